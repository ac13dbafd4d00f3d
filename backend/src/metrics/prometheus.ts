import type { Counters } from '../events.ts';
import type { Metrics } from './metrics.ts';

export interface ExportedState {
  readonly metrics: Metrics;
  readonly counters: Counters;
}

/** What the gateway does, in Prometheus' text format. It names no worker, account, key or path: counts are for everybody on this machine. */
export function toPrometheus({ metrics, counters }: ExportedState): string {
  const { totals, reasons, state } = metrics;
  return [
    family('requests_total', 'counter', 'Requests that have ended.', [
      [{ outcome: 'completed' }, totals.requests - totals.failed - totals.cancelled],
      [{ outcome: 'failed' }, totals.failed],
      [{ outcome: 'cancelled' }, totals.cancelled],
    ]),
    family(
      'failures_total',
      'counter',
      "Failed requests by reason: the gateway's own, or the upstream's status.",
      [...reasons].map(([reason, count]) => [{ reason }, count]),
    ),
    family('request_duration_seconds_sum', 'counter', 'Time of all ended requests together.', [[{}, totals.durationMs / 1000]]),
    family('tokens_total', 'counter', 'Tokens that answers have told of.', [
      [{ direction: 'in' }, totals.tokensIn],
      [{ direction: 'out' }, totals.tokensOut],
    ]),
    family('requests_in_flight', 'gauge', 'Requests that workers are busy with.', [[{}, state.inFlight]]),
    family('requests_waiting', 'gauge', 'Requests that wait for a worker.', [[{}, state.waiting]]),
    family(
      'workers',
      'gauge',
      'Connected workers by state.',
      Object.entries(state.workers).map(([name, count]) => [{ state: name }, count]),
    ),
    family(
      'events_total',
      'counter',
      'What has happened since the start, by the name of the count.',
      Object.entries(counters).map(([event, count]) => [{ event }, count]),
    ),
  ].join('');
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

function family(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text.replaceAll(/["\\\n]/g, '_')}"`);
    return `gemini_proxy_${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`;
  });
  const head = [`# HELP gemini_proxy_${name} ${help}`, `# TYPE gemini_proxy_${name} ${type}`];
  return `${[...head, ...lines].join('\n')}\n`;
}
