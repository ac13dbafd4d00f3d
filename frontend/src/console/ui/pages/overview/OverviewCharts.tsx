import { SimpleGrid } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ConsoleWorkerState, Overview, OverviewPoint } from '../../../channel/contract.ts';
import type { Series } from '../../charts/series.ts';
import { TimeChart } from '../../charts/TimeChart.tsx';
import { formatCount, formatDuration, formatNumber } from '../../format.ts';

const colors = ['var(--series-1)', 'var(--series-2)', 'var(--series-4)'] as const;
const percentiles = ['p50', 'p95', 'p99'] as const;
const workerColors: readonly (readonly [ConsoleWorkerState, string])[] = [
  ['ready', 'var(--good)'],
  ['probing', 'var(--busy)'],
  ['needs-interaction', 'var(--attention)'],
  ['paused', 'var(--series-4)'],
  ['suspended', 'var(--series-2)'],
  ['draining', 'var(--idle)'],
  ['refused', 'var(--bad)'],
];

/** The range as lines. */
export function OverviewCharts({ overview }: { readonly overview: Overview }) {
  const { t, i18n } = useTranslation();
  const { stepMs, now } = overview;
  // The last step is still filling: what is counted at its end is as it is now.
  const points = overview.points.map((point, index, all) => (index === all.length - 1 ? { ...point, ...now } : point));
  const language = i18n.language;
  const times = points.map(({ atMs }) => atMs);
  const valuesOf = (read: (point: OverviewPoint) => number | null) => points.map(read);
  const percentileSeries = (read: (point: OverviewPoint) => OverviewPoint['latencyMs']): Series[] =>
    percentiles.map((name, index) => ({
      name,
      color: colors[index] ?? '',
      values: valuesOf((point) => read(point)?.[name] ?? null),
    }));
  const states = workerColors.filter(([state]) => points.some(({ workers }) => (workers[state] ?? 0) > 0));
  const number = (value: number) => formatNumber(value, language, value < 10 ? 2 : 0);
  const duration = (value: number) => formatDuration(value, language);
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
      <TimeChart
        title={t('overview.charts.requests')}
        times={times}
        format={number}
        series={[
          { name: t('overview.charts.all'), color: colors[0], values: valuesOf((point) => point.requestsPerSecond) },
          {
            name: t('overview.charts.failed'),
            color: 'var(--series-5)',
            values: valuesOf((point) => point.failed / (stepMs / 1_000)),
          },
        ]}
      />
      <TimeChart
        title={t('overview.charts.latency')}
        times={times}
        format={duration}
        series={percentileSeries((point) => point.latencyMs)}
      />
      <TimeChart
        title={t('overview.charts.firstByte')}
        times={times}
        format={duration}
        series={percentileSeries((point) => point.firstByteMs)}
      />
      <TimeChart
        title={t('overview.charts.tokens')}
        times={times}
        format={(value) => formatCount(value, language)}
        series={[
          { name: t('overview.charts.tokensOut'), color: colors[0], values: valuesOf((point) => point.tokensOut) },
          { name: t('overview.charts.tokensIn'), color: colors[1], values: valuesOf((point) => point.tokensIn) },
        ]}
      />
      <TimeChart
        title={t('overview.charts.load')}
        isWhole
        times={times}
        format={number}
        series={[
          { name: t('overview.charts.inFlight'), color: colors[0], values: valuesOf((point) => point.inFlight) },
          { name: t('overview.charts.waiting'), color: colors[1], values: valuesOf((point) => point.waiting) },
        ]}
      />
      <TimeChart
        title={t('overview.charts.workers')}
        isWhole
        times={times}
        format={number}
        isStacked
        series={states.map(([state, color]) => ({
          name: t(`workers.states.${state}`),
          color,
          values: valuesOf(({ workers }) => workers[state] ?? 0),
        }))}
      />
    </SimpleGrid>
  );
}
