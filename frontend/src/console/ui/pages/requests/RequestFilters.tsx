import { Group, Select, Switch, Text, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { RequestState } from '../../../channel/contract.ts';
import type { RequestFilter } from '../../../model/request-feed.ts';
import { formatNumber } from '../../format.ts';
import { Icon } from '../../icons.tsx';

interface RequestFiltersProps {
  readonly filter: RequestFilter;
  readonly onChange: (filter: RequestFilter) => void;
  readonly isLive: boolean;
  readonly onLive: (isLive: boolean) => void;
  readonly shown: number;
}

const states: readonly RequestState[] = ['queued', 'running', 'completed', 'failed', 'cancelled', 'refused'];
const statuses = ['2xx', '4xx', '429', '5xx'] as const;

/** Which requests are listed, and whether the list moves. */
export function RequestFilters({ filter, onChange, isLive, onLive, shown }: RequestFiltersProps) {
  const { t, i18n } = useTranslation();
  const { state, status, search } = filter;
  const change = (changed: { [Name in keyof RequestFilter]?: RequestFilter[Name] | undefined }) => {
    const next = { state, status, search, ...changed };
    onChange({
      ...(next.state === undefined ? {} : { state: next.state }),
      ...(next.status === undefined ? {} : { status: next.status }),
      ...(next.search === undefined ? {} : { search: next.search }),
    });
  };
  return (
    <Group gap="sm" mb="sm" align="center">
      <TextInput
        aria-label={t('requests.search')}
        placeholder={t('requests.search')}
        leftSection={<Icon name="search" size={16} />}
        value={search ?? ''}
        onChange={({ currentTarget }) => change({ search: currentTarget.value })}
        flex="1 1 14rem"
        maxLength={200}
        type="search"
      />
      <Select
        aria-label={t('requests.state')}
        placeholder={t('requests.anyState')}
        data={states.map((value) => ({ value, label: t(`requests.states.${value}`) }))}
        value={state ?? null}
        onChange={(value) => change({ state: states.find((known) => known === value) })}
        clearable
        clearButtonProps={{ 'aria-label': t('requests.anyState') }}
        w="9.5rem"
      />
      <Select
        aria-label={t('requests.status')}
        placeholder={t('requests.anyStatus')}
        data={[...statuses]}
        value={status ?? null}
        onChange={(value) => change({ status: statuses.find((known) => known === value) })}
        clearable
        clearButtonProps={{ 'aria-label': t('requests.anyStatus') }}
        w="8.5rem"
      />
      <Switch label={t('requests.live')} checked={isLive} onChange={({ currentTarget }) => onLive(currentTarget.checked)} />
      <Text size="sm" c="dimmed">
        {t('requests.shown', { shown: formatNumber(shown, i18n.language) })}
      </Text>
    </Group>
  );
}
