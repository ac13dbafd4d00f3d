import { useTranslation } from 'react-i18next';
import type { LiveEventData, Overview } from '../../../channel/contract.ts';
import { formatCount, formatDuration, formatNumber, formatPercent } from '../../format.ts';
import type { TileProps } from './Tile.tsx';

/** The numbers at the top: what is now, and the whole range. */
export function useTiles(overview: Overview, pulse: LiveEventData<'pulse'> | undefined): readonly TileProps[] {
  const { t, i18n } = useTranslation();
  const { totals, now } = overview;
  const language = i18n.language;
  const { inFlight, waiting } = pulse ?? now;
  const duration = (value: number | undefined) => (value === undefined ? '–' : formatDuration(value, language));
  return [
    {
      label: t('overview.tiles.rate'),
      value: formatNumber(pulse?.requestsPerSecond ?? 0, language, 1),
      unit: t('overview.perSecond'),
      note: t('overview.tiles.requests', { requests: formatCount(totals.requests, language) }),
    },
    {
      label: t('overview.tiles.inFlight'),
      value: formatNumber(inFlight, language),
      note: t('overview.tiles.waiting', { waiting: formatNumber(waiting, language) }),
    },
    {
      label: t('overview.tiles.firstByte'),
      value: duration(totals.firstByteMs?.p50),
      note: t('overview.p95', { duration: duration(totals.firstByteMs?.p95) }),
    },
    {
      label: t('overview.tiles.latency'),
      value: duration(totals.latencyMs?.p50),
      note: t('overview.p95', { duration: duration(totals.latencyMs?.p95) }),
    },
    {
      label: t('overview.tiles.tokens'),
      value: formatCount(totals.tokensOut, language),
      note: t('overview.tiles.tokensIn', { tokens: formatCount(totals.tokensIn, language) }),
    },
    {
      label: t('overview.tiles.failed'),
      value: totals.requests === 0 ? '–' : formatPercent(totals.failed / totals.requests, language),
      note: t('overview.tiles.failures', { count: totals.failed, failed: formatCount(totals.failed, language) }),
    },
  ];
}
