import { ActionIcon, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Resource } from '../../../channel/contract.ts';
import type { ConsoleModel } from '../../../model/console-model.ts';
import { formatBytes, formatDateTime } from '../../format.ts';
import { Icon } from '../../icons.tsx';
import { CardTable } from '../../parts/CardTable.tsx';
import { Confirm } from '../../parts/Confirm.tsx';
import { StateBadge, type Tone } from '../../parts/StateBadge.tsx';

interface ResourceTableProps {
  readonly resources: readonly Resource[];
  readonly model: ConsoleModel;
  readonly onDeleted: () => void;
}

const columns = ['name', 'state', 'owner', 'size', 'expires'] as const;
const tones: Readonly<Record<string, Tone>> = { ACTIVE: 'good', PROCESSING: 'busy', FAILED: 'bad' };

/** Files, caches and what else has an owner. */
export function ResourceTable({ resources, model, onDeleted }: ResourceTableProps) {
  const { t, i18n } = useTranslation();
  const [doomed, setDoomed] = useState<Resource>();
  return (
    <>
      <CardTable columns={columns.map((column) => t(`files.columns.${column}`))} hasActions>
        {resources.map((resource) => (
          <Table.Tr key={resource.name}>
            <Table.Td>
              <Text fw={550}>{resource.displayName ?? resource.name}</Text>
              <Text className="mono" c="dimmed">
                {[resource.displayName === null ? '' : resource.name, resource.mimeType ?? ''].filter(Boolean).join(' · ')}
              </Text>
            </Table.Td>
            <Table.Td data-label={t('files.columns.state')}>
              {resource.state === null ? '–' : <StateBadge tone={tones[resource.state] ?? 'idle'}>{resource.state}</StateBadge>}
            </Table.Td>
            <Table.Td data-label={t('files.columns.owner')}>
              {resource.account}
              {!resource.isOwnerReady && (
                <Text size="sm" c="var(--attention)">
                  {t('files.ownerOffline')}
                </Text>
              )}
            </Table.Td>
            <Table.Td data-label={t('files.columns.size')}>
              {resource.sizeBytes === null ? '–' : formatBytes(resource.sizeBytes, i18n.language)}
            </Table.Td>
            <Table.Td data-label={t('files.columns.expires')}>
              {resource.expiresAtMs === null ? '–' : formatDateTime(resource.expiresAtMs, i18n.language)}
            </Table.Td>
            <Table.Td ta="right">
              <ActionIcon
                variant="subtle"
                color="gray"
                c="dimmed"
                size="lg"
                aria-label={t('files.delete', { name: resource.displayName ?? resource.name })}
                onClick={() => setDoomed(resource)}
              >
                <Icon name="trash" />
              </ActionIcon>
            </Table.Td>
          </Table.Tr>
        ))}
      </CardTable>
      <Confirm
        title={t('files.delete', { name: doomed?.displayName ?? doomed?.name ?? '' })}
        text={t('files.deleteHint')}
        action={t('common.delete')}
        isOpen={doomed !== undefined}
        onClose={() => setDoomed(undefined)}
        onConfirm={async () => {
          if (doomed === undefined) return;
          await model.client.call('deleteResource', { params: { name: doomed.name } });
          onDeleted();
        }}
      />
    </>
  );
}
