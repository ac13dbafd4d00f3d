import { useDebouncedValue } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { RequestFeed, type RequestFilter } from '../../../model/request-feed.ts';
import { toFragment } from '../../../model/route.ts';
import type { PageProps } from '../../page-props.ts';
import { EmptyState } from '../../parts/EmptyState.tsx';
import { LoadFailed } from '../../parts/LoadFailed.tsx';
import { PageHead } from '../../parts/PageHead.tsx';
import { PageLoading } from '../../parts/PageLoading.tsx';
import { useStore } from '../../use-store.ts';
import { CaptureSwitch } from './CaptureSwitch.tsx';
import { RequestDrawer } from './RequestDrawer.tsx';
import { RequestFilters } from './RequestFilters.tsx';
import { RequestTable } from './RequestTable.tsx';
import './requests.css';

/** Milliseconds between two drawings of a list that moves. */
const drawEveryMs = 300;
const searchDelayMs = 250;

/** What runs and what ran: a list that moves, and one request with everything that is known of it. */
export function RequestsPage({ model, item }: PageProps) {
  const { t } = useTranslation();
  const [feed] = useState(
    () =>
      new RequestFeed({
        client: model.client,
        openEvents: (handlers) => model.openEvents('requests', handlers),
        schedule: (callback) => setTimeout(callback, drawEveryMs),
      }),
  );
  const [filter, setFilter] = useState<RequestFilter>({});
  const [search] = useDebouncedValue(filter.search, searchDelayMs);
  const { state, status } = filter;
  useEffect(() => {
    feed.start({
      ...(state === undefined ? {} : { state }),
      ...(status === undefined ? {} : { status }),
      ...(search === undefined || search === '' ? {} : { search }),
    });
    return () => feed.stop();
  }, [feed, state, status, search]);
  const { requests, isLoading, error, hasOlder, isLive } = useStore(feed);
  const isFiltered = state !== undefined || status !== undefined || (search ?? '') !== '';
  return (
    <>
      <PageHead title={t('pages.requests')} text={t('requests.text')}>
        <CaptureSwitch model={model} />
      </PageHead>
      <RequestFilters
        filter={filter}
        onChange={setFilter}
        isLive={isLive}
        onLive={(value) => feed.setLive(value)}
        shown={requests.length}
      />
      {error !== undefined && <LoadFailed error={error} onRetry={() => void feed.reload()} />}
      {requests.length > 0 && (
        <RequestTable requests={requests} hasOlder={hasOlder} isLoading={isLoading} onOlder={() => void feed.loadOlder()} />
      )}
      {requests.length === 0 && isLoading && <PageLoading />}
      {requests.length === 0 && !isLoading && error === undefined && (
        <EmptyState
          icon={isFiltered ? 'search' : 'requests'}
          title={isFiltered ? t('requests.noneFits') : t('requests.empty')}
          text={isFiltered ? t('requests.noneFitsHint') : t('requests.emptyHint')}
        />
      )}
      <RequestDrawer
        id={item}
        model={model}
        onClose={() => {
          location.hash = toFragment('requests');
        }}
      />
    </>
  );
}
