import { Button, Table, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Key } from '../../../channel/contract.ts';
import { Query } from '../../../model/query.ts';
import { formatDateTime } from '../../format.ts';
import { Icon } from '../../icons.tsx';
import type { PageProps } from '../../page-props.ts';
import { Age } from '../../parts/Age.tsx';
import { CardTable } from '../../parts/CardTable.tsx';
import { Confirm } from '../../parts/Confirm.tsx';
import { LoadFailed } from '../../parts/LoadFailed.tsx';
import { PageHead } from '../../parts/PageHead.tsx';
import { PageLoading } from '../../parts/PageLoading.tsx';
import { useQuery } from '../../use-store.ts';
import { NewKeyDialog } from './NewKeyDialog.tsx';

const refreshMs = 30_000;
const columns = ['name', 'start', 'created', 'used'] as const;

/** Who may ask the gateway. */
export function KeysPage({ model }: PageProps) {
  const { t, i18n } = useTranslation();
  const query = useMemo(() => new Query((signal) => model.client.call('listKeys', {}, signal)), [model]);
  const { value, error } = useQuery(query, refreshMs);
  const [isMaking, setMaking] = useState(false);
  const [doomed, setDoomed] = useState<Key>();
  return (
    <>
      <PageHead title={t('pages.keys')} text={t('keys.text')}>
        <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>
          {t('keys.new')}
        </Button>
      </PageHead>
      {value === undefined && error === undefined && <PageLoading />}
      {error !== undefined && <LoadFailed error={error} onRetry={() => void query.load()} />}
      {value !== undefined && (
        <CardTable columns={columns.map((column) => t(`keys.columns.${column}`))} hasActions>
          {value.keys.map((key) => (
            <Table.Tr key={key.id}>
              <Table.Td fw={550}>{key.canRevoke ? key.name : t('keys.ofDataFolder')}</Table.Td>
              <Table.Td data-label={t('keys.columns.start')}>
                <span className="mono">{key.start}…</span>
              </Table.Td>
              <Table.Td data-label={t('keys.columns.created')}>
                {key.createdAtMs === null ? '–' : formatDateTime(key.createdAtMs, i18n.language)}
              </Table.Td>
              <Table.Td data-label={t('keys.columns.used')}>
                {key.lastUsedAtMs === null ? t('keys.never') : <Age sinceMs={key.lastUsedAtMs} as="ago" />}
              </Table.Td>
              <Table.Td ta="right">
                {key.canRevoke ? (
                  <Button
                    size="compact-sm"
                    variant="subtle"
                    c="var(--bad)"
                    aria-label={t('keys.revokeOf', { name: key.name })}
                    onClick={() => setDoomed(key)}
                  >
                    {t('keys.revoke')}
                  </Button>
                ) : (
                  <Text size="sm" c="dimmed">
                    {t('keys.first')}
                  </Text>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </CardTable>
      )}
      <NewKeyDialog
        isOpen={isMaking}
        model={model}
        onClose={() => {
          setMaking(false);
          void query.load();
        }}
      />
      <Confirm
        title={t('keys.revokeOf', { name: doomed?.name ?? '' })}
        text={t('keys.revokeHint')}
        action={t('keys.revoke')}
        isOpen={doomed !== undefined}
        onClose={() => setDoomed(undefined)}
        onConfirm={async () => {
          if (doomed === undefined) return;
          await model.client.call('revokeKey', { params: { id: doomed.id } });
          await query.load();
        }}
      />
    </>
  );
}
