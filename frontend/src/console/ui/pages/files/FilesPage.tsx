import { Button, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RouteAnswer } from '../../../channel/contract.ts';
import { Query } from '../../../model/query.ts';
import { formatNumber } from '../../format.ts';
import type { PageProps } from '../../page-props.ts';
import { EmptyState } from '../../parts/EmptyState.tsx';
import { LoadFailed } from '../../parts/LoadFailed.tsx';
import { PageHead } from '../../parts/PageHead.tsx';
import { PageLoading } from '../../parts/PageLoading.tsx';
import { useStore } from '../../use-store.ts';
import { ResourceTable } from './ResourceTable.tsx';
import { UploadList } from './UploadList.tsx';

type Kind = 'all' | 'files' | 'cachedContents';
const kinds: readonly Kind[] = ['all', 'files', 'cachedContents'];
const pageSize = 200;

/** What lies at the Gemini API and whose it is, and what is on its way there. */
export function FilesPage({ model }: PageProps) {
  const { t, i18n } = useTranslation();
  const [kind, setKind] = useState<Kind>('all');
  const [limit, setLimit] = useState(pageSize);
  const changes = useStore(model.resources);
  const liveUploads = useStore(model.uploads);
  const query = useMemo(
    () =>
      new Query<RouteAnswer<'listResources'>>((signal) =>
        model.client.call('listResources', { query: { limit, ...(kind === 'all' ? {} : { kind }) } }, signal),
      ),
    [model, kind, limit],
  );
  const { value: list, error } = useStore(query);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change is a reason to fetch
  useEffect(() => {
    void query.load();
  }, [query, changes]);
  const uploads = (liveUploads ?? list?.uploads ?? []).filter(({ state }) => state === 'receiving' || state === 'sending');
  return (
    <>
      <PageHead title={t('pages.files')} text={t('files.text')}>
        <SegmentedControl
          value={kind}
          onChange={(value) => setKind(kinds.find((known) => known === value) ?? 'all')}
          data={kinds.map((value) => ({ value, label: t(`files.kinds.${value}`) }))}
          aria-label={t('files.kind')}
        />
      </PageHead>
      {list === undefined && error === undefined && <PageLoading />}
      {error !== undefined && <LoadFailed error={error} onRetry={() => void query.load()} />}
      <Stack gap="md">
        {uploads.length > 0 && <UploadList uploads={uploads} model={model} />}
        {list?.resources.length === 0 && <EmptyState icon="files" title={t('files.empty')} text={t('files.emptyHint')} />}
        {list !== undefined && list.resources.length > 0 && (
          <ResourceTable resources={list.resources} model={model} onDeleted={() => void query.load()} />
        )}
        {list !== undefined && list.nextAfter !== null && (
          <Group justify="center">
            <Text size="sm" c="dimmed">
              {t('files.shown', {
                shown: formatNumber(list.resources.length, i18n.language),
                total: formatNumber(list.total, i18n.language),
              })}
            </Text>
            <Button variant="default" size="xs" onClick={() => setLimit(Math.min(1_000, limit + pageSize))}>
              {t('files.more')}
            </Button>
          </Group>
        )}
      </Stack>
    </>
  );
}
