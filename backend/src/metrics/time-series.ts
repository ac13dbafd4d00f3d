import { Histogram } from './histogram.ts';
import type { TokenCounts } from './token-counts.ts';

/** What one request adds. */
export interface RequestSample {
  readonly outcome: 'completed' | 'failed' | 'cancelled';
  /** `undefined` for one that did not fail. */
  readonly reason: string | undefined;
  /** Milliseconds; `undefined` where they say nothing of how quick answers are. */
  readonly durationMs: number | undefined;
  /** Milliseconds to the head of the answer; `undefined`: there was none. */
  readonly firstByteMs: number | undefined;
  readonly tokensIn: number;
  readonly tokensOut: number;
}

/** How things stand at one moment. */
export interface StateSample {
  readonly inFlight: number;
  readonly waiting: number;
  /** State → workers in it. */
  readonly workers: Readonly<Record<string, number>>;
}

/** Reasons told apart in one bucket; further ones count as `OTHER`. */
const maxReasons = 32;

/** What happened in one step of a series. */
export class Bucket {
  readonly latency = new Histogram();
  readonly firstByte = new Histogram();
  readonly reasons = new Map<string, number>();
  requests = 0;
  failed = 0;
  cancelled = 0;
  tokensIn = 0;
  tokensOut = 0;
  state: StateSample | undefined;

  record({ outcome, reason, durationMs, firstByteMs, tokensIn, tokensOut }: RequestSample): void {
    this.requests += 1;
    if (outcome === 'failed') this.failed += 1;
    else if (outcome === 'cancelled') this.cancelled += 1;
    // What a client gave up, or the gateway refused, says nothing of how long answers take.
    if (outcome === 'completed' && durationMs !== undefined) this.latency.record(durationMs);
    if (firstByteMs !== undefined) this.firstByte.record(firstByteMs);
    if (reason !== undefined) this.#count(reason, 1);
    this.recordTokens({ tokensIn, tokensOut });
  }

  recordTokens({ tokensIn, tokensOut }: TokenCounts): void {
    this.tokensIn += tokensIn;
    this.tokensOut += tokensOut;
  }

  add(other: Bucket): void {
    this.requests += other.requests;
    this.failed += other.failed;
    this.cancelled += other.cancelled;
    this.tokensIn += other.tokensIn;
    this.tokensOut += other.tokensOut;
    this.latency.add(other.latency);
    this.firstByte.add(other.firstByte);
    for (const [reason, count] of other.reasons) this.#count(reason, count);
  }

  clear(): void {
    this.latency.clear();
    this.firstByte.clear();
    this.reasons.clear();
    this.requests = 0;
    this.failed = 0;
    this.cancelled = 0;
    this.tokensIn = 0;
    this.tokensOut = 0;
    this.state = undefined;
  }

  #count(reason: string, count: number): void {
    const name = this.reasons.has(reason) || this.reasons.size < maxReasons ? reason : 'OTHER';
    this.reasons.set(name, (this.reasons.get(name) ?? 0) + count);
  }
}

/** A ring of buckets: the last `steps` steps of `stepMs` each. */
export class TimeSeries {
  readonly stepMs: number;
  readonly #buckets: readonly Bucket[];
  /** Step that is filling, counted from 1970. */
  #step: number | undefined;

  constructor({ stepMs, steps }: { readonly stepMs: number; readonly steps: number }) {
    this.stepMs = stepMs;
    this.#buckets = Array.from({ length: steps }, () => new Bucket());
  }

  /** The bucket of this moment; those of the time in which nothing happened are empty. */
  at(nowMs: number): Bucket {
    const step = Math.floor(nowMs / this.stepMs);
    const last = this.#step ?? step - 1;
    for (let next = Math.max(last + 1, step - this.#buckets.length + 1); next <= step; next += 1) this.#bucket(next).clear();
    // A clock that is set back goes on in the bucket that it had.
    this.#step = Math.max(step, last);
    return this.#bucket(this.#step);
  }

  /** All steps up to this moment, oldest first, with their start. */
  read(nowMs: number): readonly { readonly atMs: number; readonly bucket: Bucket }[] {
    this.at(nowMs);
    const last = this.#step ?? 0;
    return this.#buckets.map((_, index) => {
      const step = last - this.#buckets.length + 1 + index;
      return { atMs: step * this.stepMs, bucket: this.#bucket(step) };
    });
  }

  #bucket(step: number): Bucket {
    const count = this.#buckets.length;
    const bucket = this.#buckets[((step % count) + count) % count];
    if (bucket === undefined) throw new RangeError(`There is no step ${step}.`);
    return bucket;
  }
}
