import { Button, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { toFragment } from '../../../model/route.ts';
import type { PageProps } from '../../page-props.ts';
import { EmptyState } from '../../parts/EmptyState.tsx';
import { LoadFailed } from '../../parts/LoadFailed.tsx';
import { PageHead } from '../../parts/PageHead.tsx';
import { PageLoading } from '../../parts/PageLoading.tsx';
import { useStore } from '../../use-store.ts';
import { WorkerCard } from './WorkerCard.tsx';

/** Who executes the requests, how each one is, and what can be done about it. */
export function WorkersPage({ model }: PageProps) {
  const { t } = useTranslation();
  const { value, error } = useStore(model.workers);
  return (
    <>
      <PageHead title={t('pages.workers')} text={t('workers.text')} />
      {value === undefined && error === undefined && <PageLoading />}
      {value === undefined && error !== undefined && <LoadFailed error={error} onRetry={() => void model.workers.load()} />}
      {value?.workers.length === 0 && (
        <EmptyState icon="workers" title={t('workers.empty')} text={t('workers.emptyHint')}>
          <Button component="a" href={toFragment('setup')}>
            {t('workers.toSetup')}
          </Button>
        </EmptyState>
      )}
      <Stack component="ul" gap="sm" className="plain-list">
        {value?.workers.map((worker) => (
          <li key={worker.id}>
            <WorkerCard worker={worker} model={model} />
          </li>
        ))}
      </Stack>
    </>
  );
}
