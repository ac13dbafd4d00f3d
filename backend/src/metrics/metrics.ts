import type { Clock } from '@gemini-proxy/protocol';
import { type RequestSample, type StateSample, TimeSeries } from './time-series.ts';
import type { TokenCounts } from './token-counts.ts';

export type Range = '15m' | '1h' | '24h';

export interface MetricsOptions {
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly readState: () => StateSample;
}

/** Milliseconds between two looks at the workers: the step of the finest series. */
const sampleIntervalMs = 5_000;

/** What the gateway does, in numbers: three series of fixed size, from five seconds to a day. */
export class Metrics {
  readonly #options: MetricsOptions;
  readonly #series = {
    '15m': new TimeSeries({ stepMs: 5_000, steps: 180 }),
    '1h': new TimeSeries({ stepMs: 15_000, steps: 240 }),
    '24h': new TimeSeries({ stepMs: 300_000, steps: 288 }),
  } as const;
  readonly #all = Object.values(this.#series);
  #cancel = () => {};
  /** Of all requests since the start. */
  readonly totals = { requests: 0, failed: 0, cancelled: 0, tokensIn: 0, tokensOut: 0, durationMs: 0 };
  readonly #reasons = new Map<string, number>();

  constructor(options: MetricsOptions) {
    this.#options = options;
  }

  /** Looks at the workers from now on, until `stop`. */
  start(): void {
    this.#sample();
  }

  stop(): void {
    this.#cancel();
  }

  record(sample: RequestSample): void {
    const nowMs = this.#options.now();
    for (const series of this.#all) series.at(nowMs).record(sample);
    const { totals } = this;
    totals.requests += 1;
    if (sample.outcome === 'failed') totals.failed += 1;
    else if (sample.outcome === 'cancelled') totals.cancelled += 1;
    totals.tokensIn += sample.tokensIn;
    totals.tokensOut += sample.tokensOut;
    totals.durationMs += sample.durationMs ?? 0;
    if (sample.reason !== undefined) this.#reasons.set(sample.reason, (this.#reasons.get(sample.reason) ?? 0) + 1);
  }

  /** Tokens of a request that was recorded before they were known. */
  recordTokens(tokens: TokenCounts): void {
    const nowMs = this.#options.now();
    for (const series of this.#all) series.at(nowMs).recordTokens(tokens);
    this.totals.tokensIn += tokens.tokensIn;
    this.totals.tokensOut += tokens.tokensOut;
  }

  series(range: Range): TimeSeries {
    return this.#series[range];
  }

  get state(): StateSample {
    return this.#options.readState();
  }

  /** Failures since the start by reason; as many kinds as there are reasons and statuses. */
  get reasons(): ReadonlyMap<string, number> {
    return this.#reasons;
  }

  #sample(): void {
    const state = this.#options.readState();
    for (const series of this.#all) series.at(this.#options.now()).state = state;
    this.#cancel = this.#options.clock.schedule(() => this.#sample(), sampleIntervalMs);
  }
}
