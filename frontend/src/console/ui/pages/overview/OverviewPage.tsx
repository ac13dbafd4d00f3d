import { SegmentedControl, SimpleGrid, Stack } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Overview, Range } from '../../../channel/contract.ts';
import type { PageProps } from '../../page-props.ts';
import { LoadFailed } from '../../parts/LoadFailed.tsx';
import { Notice } from '../../parts/Notice.tsx';
import { PageHead } from '../../parts/PageHead.tsx';
import { PageLoading } from '../../parts/PageLoading.tsx';
import { useQuery, useStore } from '../../use-store.ts';
import { ErrorsCard } from './ErrorsCard.tsx';
import { OverviewCharts } from './OverviewCharts.tsx';
import { Tile } from './Tile.tsx';
import { useTiles } from './use-tiles.ts';
import './overview.css';

/** How often a range is fetched anew: about as often as a step of it is over. */
const refreshMs: Readonly<Record<Range, number>> = { '15m': 5_000, '1h': 15_000, '24h': 60_000 };
const ranges: readonly Range[] = ['15m', '1h', '24h'];

/** What the gateway has done lately, and how well. */
export function OverviewPage({ model }: PageProps) {
  const { t } = useTranslation();
  const [range, setRange] = useState<Range>('15m');
  const query = model.overview(range);
  const { value: overview, error } = useQuery(query, refreshMs[range]);
  return (
    <>
      <PageHead title={t('pages.overview')} text={t('overview.text')}>
        <SegmentedControl
          value={range}
          onChange={(value) => setRange(ranges.find((known) => known === value) ?? '15m')}
          data={ranges.map((value) => ({ value, label: t(`overview.ranges.${value}`) }))}
          aria-label={t('overview.range')}
        />
      </PageHead>
      {error !== undefined && overview === undefined && <LoadFailed error={error} onRetry={() => void query.load()} />}
      {error === undefined && overview === undefined && <PageLoading />}
      {overview !== undefined && <OverviewBody overview={overview} model={model} />}
    </>
  );
}

function OverviewBody({ overview, model }: { readonly overview: Overview; readonly model: PageProps['model'] }) {
  const { t } = useTranslation();
  return (
    <Stack gap="md">
      {overview.totals.requests === 0 && (
        <Notice tone="idle" title={t('overview.noRequests')}>
          {t('overview.noRequestsHint')}
        </Notice>
      )}
      <Tiles overview={overview} model={model} />
      <OverviewCharts overview={overview} />
      <ErrorsCard errors={overview.errors} />
    </Stack>
  );
}

/** Apart from the charts, which do not have to be drawn with every pulse. */
function Tiles({ overview, model }: { readonly overview: Overview; readonly model: PageProps['model'] }) {
  const tiles = useTiles(overview, useStore(model.pulse));
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="sm">
      {tiles.map((tile) => (
        <Tile key={tile.label} {...tile} />
      ))}
    </SimpleGrid>
  );
}
