import { gatewayErrors } from '../../errors.ts';
import type { Histogram } from '../../metrics/histogram.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import { Bucket } from '../../metrics/time-series.ts';
import type { Overview, Percentiles, Range } from '../contract/overview.ts';

export function toOverview(metrics: Metrics, range: Range, nowMs: number): Overview {
  const series = metrics.series(range);
  const steps = series.read(nowMs);
  const total = new Bucket();
  for (const { bucket } of steps) total.add(bucket);
  const firstMs = steps[0]?.atMs ?? nowMs;
  const { inFlight, waiting, workers } = metrics.state;
  return {
    range,
    stepMs: series.stepMs,
    nowMs,
    points: steps.map(({ atMs, bucket }) => ({
      atMs,
      ...toTraffic(bucket, Math.min(series.stepMs, Math.max(1, nowMs - atMs))),
      inFlight: bucket.state?.inFlight ?? 0,
      waiting: bucket.state?.waiting ?? 0,
      workers: { ...bucket.state?.workers },
    })),
    totals: toTraffic(total, Math.max(1, nowMs - firstMs)),
    errors: [...total.reasons]
      .map(([reason, count]) => ({ reason, source: toSource(reason), count }))
      .sort((one, other) => other.count - one.count),
    now: { inFlight, waiting, workers: { ...workers } },
  };
}

function toTraffic({ requests, failed, cancelled, tokensIn, tokensOut, latency, firstByte }: Bucket, spanMs: number) {
  return {
    ...{ requests, failed, cancelled, tokensIn, tokensOut },
    requestsPerSecond: Math.round((requests * 100_000) / spanMs) / 100,
    latencyMs: toPercentiles(latency),
    firstByteMs: toPercentiles(firstByte),
  };
}

function toPercentiles(histogram: Histogram): Percentiles {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((part) => histogram.quantile(part));
  if (p50 === undefined || p95 === undefined || p99 === undefined) return null;
  return { p50: rounded(p50), p95: rounded(p95), p99: rounded(p99) };
}

function rounded(milliseconds: number): number {
  return milliseconds < 100 ? Math.round(milliseconds * 10) / 10 : Math.round(milliseconds);
}

function toSource(reason: string): 'gateway' | 'upstream' {
  return Object.hasOwn(gatewayErrors, reason) ? 'gateway' : 'upstream';
}
