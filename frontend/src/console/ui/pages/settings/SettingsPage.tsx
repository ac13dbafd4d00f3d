import { Group, Switch, Table, Text, TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Setting } from '../../../channel/contract.ts';
import { Query } from '../../../model/query.ts';
import type { GatewayTexts } from '../../../texts/gateway-texts.ts';
import { formatBytes, formatDateTime, formatDuration } from '../../format.ts';
import { Icon } from '../../icons.tsx';
import type { PageProps } from '../../page-props.ts';
import { CardTable } from '../../parts/CardTable.tsx';
import { EmptyState } from '../../parts/EmptyState.tsx';
import { Facts } from '../../parts/Facts.tsx';
import { LoadFailed } from '../../parts/LoadFailed.tsx';
import { PageHead } from '../../parts/PageHead.tsx';
import { PageLoading } from '../../parts/PageLoading.tsx';
import { StateBadge } from '../../parts/StateBadge.tsx';
import { useGatewayTexts } from '../../use-gateway-texts.ts';
import { useQuery } from '../../use-store.ts';

const columns = ['name', 'value', 'source'] as const;

/** The configuration that holds, and where each value comes from. */
export function SettingsPage({ model }: PageProps) {
  const { t, i18n } = useTranslation();
  const query = useMemo(() => new Query((signal) => model.client.call('listSettings', {}, signal)), [model]);
  const { value, error } = useQuery(query);
  const [search, setSearch] = useState('');
  const [isChangedOnly, setChangedOnly] = useState(false);
  const { gateway } = model.session;
  const texts = useGatewayTexts();
  const shown = value?.settings.filter(
    (setting) => (!isChangedOnly || setting.source.kind !== 'default') && matches(setting, search, texts),
  );
  return (
    <>
      <PageHead title={t('pages.settings')} text={t('settings.text')} />
      <section className="card" aria-label={t('settings.gateway')}>
        <Facts
          facts={[
            [t('settings.version'), gateway.version],
            [t('settings.address'), gateway.baseUrl],
            [t('settings.started'), formatDateTime(gateway.startedAtMs, i18n.language)],
            [t('settings.platform'), `${gateway.platform} ${gateway.arch}, Node ${gateway.node}`],
            [t('settings.process'), String(gateway.processId)],
            [
              t('settings.dataFolder'),
              <span key="folder" className="mono">
                {gateway.dataFolder}
              </span>,
            ],
          ]}
        />
      </section>
      <Group my="md" gap="md">
        <TextInput
          aria-label={t('settings.search')}
          placeholder={t('settings.search')}
          leftSection={<Icon name="search" size={16} />}
          value={search}
          onChange={({ currentTarget }) => setSearch(currentTarget.value)}
          flex="1 1 14rem"
          type="search"
        />
        <Switch
          label={t('settings.changedOnly')}
          checked={isChangedOnly}
          onChange={({ currentTarget }) => setChangedOnly(currentTarget.checked)}
        />
      </Group>
      {value === undefined && error === undefined && <PageLoading />}
      {error !== undefined && <LoadFailed error={error} onRetry={() => void query.load()} />}
      {shown?.length === 0 && <EmptyState icon="search" title={t('settings.noneFits')} text={t('settings.noneFitsHint')} />}
      {shown !== undefined && shown.length > 0 && <SettingTable settings={shown} />}
    </>
  );
}

function SettingTable({ settings }: { readonly settings: readonly Setting[] }) {
  const { t, i18n } = useTranslation();
  const texts = useGatewayTexts();
  return (
    <CardTable columns={columns.map((column) => t(`settings.columns.${column}`))}>
      {settings.map((setting) => (
        <Table.Tr key={setting.member}>
          <Table.Td>
            <Text fw={550} className="mono">
              {setting.flag}
            </Text>
            <Text size="sm" c="dimmed">
              {toDescription(setting, texts)}
            </Text>
          </Table.Td>
          <Table.Td data-label={t('settings.columns.value')}>
            <span className="mono">
              {setting.isSecret && setting.isSet ? t('settings.secret') : toText(setting, i18n.language)}
            </span>
            {setting.source.kind !== 'default' && (
              <Text size="sm" c="dimmed">
                {t('settings.default', { value: texts.defaults[setting.defaultText] ?? setting.defaultText })}
              </Text>
            )}
          </Table.Td>
          <Table.Td data-label={t('settings.columns.source')}>
            <StateBadge tone={setting.source.kind === 'default' ? 'idle' : 'busy'}>
              {t(`settings.sources.${setting.source.kind}`)}
            </StateBadge>
            {setting.source.kind !== 'default' && (
              <Text className="mono" c="dimmed" mt={2}>
                {setting.source.name}
              </Text>
            )}
          </Table.Td>
        </Table.Tr>
      ))}
    </CardTable>
  );
}

function toDescription({ member, description }: Setting, { settings }: GatewayTexts): string {
  return settings[member] ?? description;
}

function matches(setting: Setting, search: string, texts: GatewayTexts): boolean {
  const { member, flag, variable, description } = setting;
  const wanted = search.trim().toLowerCase();
  return [member, flag, variable, description, toDescription(setting, texts)].some((text) => text.toLowerCase().includes(wanted));
}

function toText({ value, unit }: Setting, language: string): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return '–';
  if (typeof value === 'number' && unit === 'bytes') return formatBytes(value, language);
  if (typeof value === 'number' && unit === 'milliseconds') return formatDuration(value, language);
  return Array.isArray(value) ? value.join(', ') : String(value);
}
