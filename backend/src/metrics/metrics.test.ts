import { describe, expect, it } from 'vitest';
import { Histogram } from './histogram.ts';
import { Metrics } from './metrics.ts';
import { TimeSeries } from './time-series.ts';

const sample = {
  outcome: 'completed',
  reason: undefined,
  durationMs: 100,
  firstByteMs: 20,
  tokensIn: 3,
  tokensOut: 5,
} as const;

describe('Histogram', () => {
  it('knows no quantile before the first', () => {
    expect(new Histogram().quantile(0.5)).toBeUndefined();
  });

  it.each([0.5, 0.95, 0.99])('gives quantile %d within 6 %%', (part) => {
    const histogram = new Histogram();
    for (let value = 1; value <= 10_000; value += 1) histogram.record(value);
    expect(Math.abs((histogram.quantile(part) ?? 0) / (part * 10_000) - 1)).toBeLessThan(0.06);
  });

  it('takes what is shorter or longer than its bins', () => {
    const histogram = new Histogram();
    histogram.record(0);
    histogram.record(1e12);
    expect(histogram.count).toBe(2);
    expect(histogram.quantile(1)).toBeLessThanOrEqual(1e6);
  });

  it('adds up', () => {
    const [one, other] = [new Histogram(), new Histogram()];
    one.record(10);
    other.record(1_000);
    one.add(other);
    expect(one.count).toBe(2);
    expect(one.quantile(1)).toBeGreaterThan(900);
  });
});

describe('TimeSeries', () => {
  it('gives all steps up to now without gaps, and forgets what is older', () => {
    const series = new TimeSeries({ stepMs: 10, steps: 3 });
    series.at(100).record(sample);
    series.at(125).record(sample);
    expect(series.read(129).map(({ atMs, bucket }) => [atMs, bucket.requests])).toEqual([
      [100, 1],
      [110, 0],
      [120, 1],
    ]);
    expect(series.read(130).map(({ bucket }) => bucket.requests)).toEqual([0, 1, 0]);
    expect(series.read(1_000_000).map(({ bucket }) => bucket.requests)).toEqual([0, 0, 0]);
  });

  it('goes on in its last step when the clock is set back', () => {
    const series = new TimeSeries({ stepMs: 10, steps: 3 });
    series.at(100).record(sample);
    series.at(50).record(sample);
    expect(series.read(60).map(({ bucket }) => bucket.requests)).toEqual([0, 0, 2]);
  });

  it('tells a bounded number of reasons apart', () => {
    const bucket = new TimeSeries({ stepMs: 10, steps: 1 }).at(0);
    for (let status = 400; status < 500; status += 1) bucket.record({ ...sample, outcome: 'failed', reason: `HTTP_${status}` });
    expect(bucket.reasons.size).toBeLessThanOrEqual(33);
    expect(bucket.reasons.get('OTHER')).toBe(68);
  });
});

describe('Metrics', () => {
  it('records into every range, and looks at the workers every five seconds', () => {
    const scheduled: (() => void)[] = [];
    let nowMs = 1_000_000;
    let inFlight = 1;
    const metrics = new Metrics({
      clock: {
        now: () => nowMs,
        schedule(callback) {
          scheduled.push(callback);
          return () => void scheduled.splice(0);
        },
      },
      now: () => nowMs,
      readState: () => ({ inFlight, waiting: 0, workers: { ready: 1 } }),
    });
    metrics.start();
    metrics.record(sample);
    for (const range of ['15m', '1h', '24h'] as const) {
      expect(metrics.series(range).read(nowMs).at(-1)?.bucket).toMatchObject({ requests: 1, tokensIn: 3, tokensOut: 5 });
    }
    nowMs += 5_000;
    inFlight = 7;
    scheduled.pop()?.();
    const points = metrics.series('15m').read(nowMs);
    expect(points.slice(-2).map(({ bucket }) => bucket.state?.inFlight)).toEqual([1, 7]);
    metrics.stop();
    expect(scheduled).toEqual([]);
  });
});
