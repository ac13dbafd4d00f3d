import { checkStream } from './check-stream.ts';
import { unaryAnswer } from './content.ts';
import type { Exchange, Send } from './exchange.ts';
import { type Plan, type StreamPlan, streamPath, type UnaryPlan, unaryPath } from './plan.ts';
import { type Quantiles, quantiles } from './quantiles.ts';

/** What a load generator found in one run. */
export interface Measure {
  readonly requests: number;
  /** Calls that were refused or broken off. */
  readonly failed: number;
  /** First message of a failure, for people. */
  readonly failure: string | null;
  /** Answers that were whole, but not the bytes that were sent. */
  readonly corrupted: number;
  readonly lostBytes: number;
  readonly receivedBytes: number;
  readonly elapsedMs: number;
  readonly totalMs: Quantiles;
  readonly firstByteMs: Quantiles;
  readonly chunkMs: Quantiles;
}

export interface RunOptions {
  /** Added to this process's clock to get the upstream's. */
  readonly clockOffsetMs: number;
  /** Called when the last call has ended and before the answers are looked at: the moment to read CPU times. */
  readonly onLoadEnd: () => Promise<void>;
}

/** Runs a plan, in Node or in a page: what differs is only how a call is sent. */
export function runPlan(plan: Plan, send: Send, options: RunOptions): Promise<Measure> {
  return plan.kind === 'unary' ? runUnary(plan, send, options) : runStreams(plan, send, options);
}

async function runUnary(plan: UnaryPlan, send: Send, options: RunOptions): Promise<Measure> {
  const tally = new Tally();
  const path = unaryPath();
  const startedAt = performance.now();
  const deadline = startedAt + plan.durationMs;
  await inLanes(plan.lanes, 0, async () => {
    while (performance.now() < deadline) {
      const exchange = await tally.count(send(path));
      if (exchange === undefined) continue;
      tally.lostBytes += Math.max(0, unaryAnswer.length - exchange.bytes);
      if (!isUnaryAnswer(exchange.exchange)) tally.corrupted += 1;
    }
  });
  const elapsedMs = performance.now() - startedAt;
  await options.onLoadEnd();
  return tally.toMeasure(elapsedMs, []);
}

async function runStreams(plan: StreamPlan, send: Send, options: RunOptions): Promise<Measure> {
  const tally = new Tally();
  const path = streamPath(plan);
  const finished: Exchange[] = [];
  let left = plan.streams;
  const startedAt = performance.now();
  await inLanes(plan.lanes, plan.rampMs, async () => {
    while (left > 0) {
      left -= 1;
      const exchange = await tally.count(send(path));
      if (exchange === undefined) tally.lostBytes += plan.chunks * plan.chunkBytes;
      else finished.push(exchange.exchange);
    }
  });
  const elapsedMs = performance.now() - startedAt;
  await options.onLoadEnd();

  const chunkLatenciesMs: number[] = [];
  for (const exchange of finished) {
    const check = await checkStream(exchange, plan, options.clockOffsetMs);
    tally.lostBytes += check.lostBytes;
    if (!check.intact) tally.corrupted += 1;
    for (const latency of check.chunkLatenciesMs) chunkLatenciesMs.push(latency);
  }
  return tally.toMeasure(elapsedMs, chunkLatenciesMs);
}

async function inLanes(lanes: number, rampMs: number, lane: () => Promise<void>): Promise<void> {
  await Promise.all(
    Array.from({ length: lanes }, async (_, index) => {
      if (rampMs > 0) await new Promise((resolve) => setTimeout(resolve, (index * rampMs) / lanes));
      await lane();
    }),
  );
}

function isUnaryAnswer(exchange: Exchange): boolean {
  let offset = 0;
  for (const { bytes } of exchange.pieces) {
    for (let index = 0; index < bytes.length; index += 1) if (bytes[index] !== unaryAnswer[offset + index]) return false;
    offset += bytes.length;
  }
  return exchange.status === 200 && offset === unaryAnswer.length;
}

class Tally {
  corrupted = 0;
  lostBytes = 0;
  #requests = 0;
  #failed = 0;
  #failure: string | null = null;
  #receivedBytes = 0;
  readonly #totalMs: number[] = [];
  readonly #firstByteMs: number[] = [];

  async count(call: Promise<Exchange>): Promise<{ exchange: Exchange; bytes: number } | undefined> {
    try {
      const exchange = await call;
      let bytes = 0;
      for (const piece of exchange.pieces) bytes += piece.bytes.length;
      if (exchange.status !== 200) throw new Error(`answered ${exchange.status}: ${describe(exchange)}`);
      this.#requests += 1;
      this.#receivedBytes += bytes;
      this.#totalMs.push(exchange.endedAt - exchange.startedAt);
      this.#firstByteMs.push((exchange.pieces[0]?.at ?? exchange.endedAt) - exchange.startedAt);
      return { exchange, bytes };
    } catch (error) {
      this.#failed += 1;
      this.#failure ??= String(error);
      await new Promise((resolve) => setTimeout(resolve, 10));
      return undefined;
    }
  }

  toMeasure(elapsedMs: number, chunkLatenciesMs: readonly number[]): Measure {
    return {
      requests: this.#requests,
      failed: this.#failed,
      failure: this.#failure,
      corrupted: this.corrupted,
      lostBytes: this.lostBytes,
      receivedBytes: this.#receivedBytes,
      elapsedMs,
      totalMs: quantiles(this.#totalMs),
      firstByteMs: quantiles(this.#firstByteMs),
      chunkMs: quantiles(chunkLatenciesMs),
    };
  }
}

function describe(exchange: Exchange): string {
  return new TextDecoder().decode(exchange.pieces[0]?.bytes.subarray(0, 300));
}
