import type { ConsoleWorker, GatewayInfo, Overview, Percentiles } from '../../console/contract.ts';
import { formatCount, formatDuration, formatPercent } from './format.ts';
import type { Style } from './style.ts';
import { formatPairs } from './table.ts';
import { workerTable } from './worker-table.ts';

export interface GatewayStatus {
  readonly gateway: GatewayInfo | undefined;
  readonly overview: Overview;
  readonly workers: readonly ConsoleWorker[];
}

export interface StatusTextOptions {
  readonly status: GatewayStatus;
  readonly url: string;
  readonly style: Style;
  readonly columns: number;
}

/** The whole picture: the gateway, its last 15 minutes, its workers. */
export function statusText({ status: { gateway, overview, workers }, url, style, columns }: StatusTextOptions): string {
  const { totals, now, errors, nowMs } = overview;
  const uptime = gateway === undefined ? '' : `, up ${formatDuration(gateway.nowMs - gateway.startedAtMs)}`;
  const failed =
    totals.requests === 0 ? '0' : `${formatCount(totals.failed)} (${formatPercent(totals.failed / totals.requests)})`;
  const worst = errors.slice(0, 3).map(({ reason, count }) => `${reason} ${formatCount(count)}`);
  const rows: readonly (readonly [string, string])[] = [
    ['Now', `${now.inFlight} running, ${now.waiting} waiting`],
    ['Requests', `${formatCount(totals.requests)}, ${totals.requestsPerSecond.toFixed(1)} per second`],
    ['Failed', totals.failed === 0 ? failed : style('bad', `${failed}${worst.length === 0 ? '' : `: ${worst.join(', ')}`}`)],
    ['Time to first byte', formatPercentiles(totals.firstByteMs)],
    ['Time to the end', formatPercentiles(totals.latencyMs)],
    ['Tokens', `${formatCount(totals.tokensIn)} in, ${formatCount(totals.tokensOut)} out`],
  ];
  return `${style('strong', `GeminiProxy ${gateway?.version ?? ''}`.trim())} at ${url}${uptime}

${style('quiet', 'Last 15 minutes')}
${formatPairs(rows)}
${workerTable({ workers, nowMs, style, columns })}`;
}

function formatPercentiles(percentiles: Percentiles): string {
  if (percentiles === null) return '–';
  const { p50, p95, p99 } = percentiles;
  return `${formatDuration(p50)} median, ${formatDuration(p95)} p95, ${formatDuration(p99)} p99`;
}
