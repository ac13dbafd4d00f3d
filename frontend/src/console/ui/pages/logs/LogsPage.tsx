import { Group, Select, Switch, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LogLevel } from '../../../channel/contract.ts';
import { LogFeed } from '../../../model/log-feed.ts';
import { Icon } from '../../icons.tsx';
import type { PageProps } from '../../page-props.ts';
import { EmptyState } from '../../parts/EmptyState.tsx';
import { LoadFailed } from '../../parts/LoadFailed.tsx';
import { PageHead } from '../../parts/PageHead.tsx';
import { PageLoading } from '../../parts/PageLoading.tsx';
import { useStore } from '../../use-store.ts';
import { LogLines } from './LogLines.tsx';
import './logs.css';

const searchDelayMs = 250;
const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** What the gateway writes, as it writes it. */
export function LogsPage({ model }: PageProps) {
  const { t } = useTranslation();
  const [feed] = useState(
    () => new LogFeed({ client: model.client, openEvents: (handlers) => model.openEvents('logs', handlers) }),
  );
  const [level, setLevel] = useState<LogLevel>('info');
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed, searchDelayMs);
  const [isFollowing, setFollowing] = useState(true);
  useEffect(() => {
    feed.start({ level, search });
    return () => feed.stop();
  }, [feed, level, search]);
  const { lines, isLoading, error } = useStore(feed);
  return (
    <>
      <PageHead title={t('pages.logs')} text={t('logs.text')} />
      <Group mb="sm" gap="sm">
        <TextInput
          aria-label={t('logs.search')}
          placeholder={t('logs.search')}
          leftSection={<Icon name="search" size={16} />}
          value={typed}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
          flex="1 1 14rem"
          maxLength={200}
          type="search"
        />
        <Select
          aria-label={t('logs.level')}
          data={levels.map((value) => ({ value, label: t(`logs.levels.${value}`) }))}
          value={level}
          onChange={(value) => setLevel(levels.find((known) => known === value) ?? 'info')}
          allowDeselect={false}
          w="11rem"
        />
        <Switch
          label={t('logs.follow')}
          checked={isFollowing}
          onChange={({ currentTarget }) => setFollowing(currentTarget.checked)}
        />
      </Group>
      {error !== undefined && <LoadFailed error={error} onRetry={() => void feed.reload()} />}
      {lines.length > 0 && <LogLines lines={lines} isFollowing={isFollowing} onScrolledBack={() => setFollowing(false)} />}
      {lines.length === 0 && isLoading && <PageLoading />}
      {lines.length === 0 && !isLoading && error === undefined && (
        <EmptyState icon="logs" title={t('logs.empty')} text={t('logs.emptyHint')} />
      )}
    </>
  );
}
