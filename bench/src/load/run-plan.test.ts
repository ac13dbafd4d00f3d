import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { streamEvent, streamTrailer, unaryAnswer } from './content.ts';
import type { Send } from './exchange.ts';
import { parseStreamPath, type StreamPlan, streamPath } from './plan.ts';
import { runPlan } from './run-plan.ts';

const options = { clockOffsetMs: 0, onLoadEnd: async () => undefined };
const streams: StreamPlan = { kind: 'streams', lanes: 2, streams: 4, chunks: 3, chunkBytes: 200, intervalMs: 50, rampMs: 0 };

/** Answers with these bytes, in pieces of the given size, all just arrived. */
function answering(bytes: Uint8Array, pieceBytes = bytes.length): Send {
  return async () => {
    const at = performance.now();
    const count = Math.ceil(bytes.length / pieceBytes);
    const pieces = Array.from({ length: count }, (_, index) => ({
      at,
      bytes: bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes),
    }));
    return { status: 200, startedAt: at, endedAt: at, pieces };
  };
}

function streamBytes(sentAtMs: number): Uint8Array {
  const events = Array.from({ length: streams.chunks }, (_, number) => streamEvent(number, sentAtMs, 0, streams.chunkBytes));
  const hash = createHash('sha256').update(Buffer.concat(events)).digest('hex');
  return Buffer.concat([...events, streamTrailer(hash)]);
}

describe('a path of the benchmark', () => {
  it('carries the shape of its stream', () => {
    expect(parseStreamPath(streamPath(streams))).toEqual({ chunks: 3, chunkBytes: 200, intervalMs: 50 });
    expect(parseStreamPath('/v1beta/models')).toBeUndefined();
  });
});

describe('a unary plan', () => {
  const plan = { kind: 'unary', lanes: 2, durationMs: 5 } as const;

  it('counts whole answers', async () => {
    const measure = await runPlan(plan, answering(unaryAnswer, 1000), options);
    expect(measure.requests).toBeGreaterThan(0);
    expect(measure).toMatchObject({
      failed: 0,
      corrupted: 0,
      lostBytes: 0,
      receivedBytes: measure.requests * unaryAnswer.length,
    });
  });

  it('notices a single altered byte', async () => {
    const measure = await runPlan(plan, answering(unaryAnswer.map((byte, index) => (index === 1500 ? byte ^ 1 : byte))), options);
    expect(measure).toMatchObject({ corrupted: measure.requests, lostBytes: 0 });
  });

  it('counts and names failures', async () => {
    const measure = await runPlan(plan, () => Promise.reject(new Error('reset')), options);
    expect(measure.requests).toBe(0);
    expect(measure.failed).toBeGreaterThan(0);
    expect(measure.failure).toContain('reset');
  });
});

describe('a plan of streams', () => {
  it('runs each stream once and finds all its chunks, however the bytes were cut', async () => {
    const sentAtMs = performance.timeOrigin + performance.now() - 1_000;
    const measure = await runPlan(streams, answering(streamBytes(sentAtMs), 150), options);
    expect(measure).toMatchObject({ requests: 4, failed: 0, corrupted: 0, lostBytes: 0 });
    expect(measure.chunkMs.count).toBe(12);
    expect(measure.chunkMs.p50).toBeGreaterThanOrEqual(999);
  });

  it('counts the bytes that a cut stream lacks', async () => {
    const whole = streamBytes(0);
    const measure = await runPlan(streams, answering(whole.subarray(0, whole.length - 120)), options);
    expect(measure).toMatchObject({ corrupted: 4, lostBytes: 4 * 120 });
  });

  it('notices a chunk of another stream in the place of its own', async () => {
    const whole = streamBytes(0);
    whole.set(streamEvent(1, 0, 7, streams.chunkBytes), streams.chunkBytes);
    const measure = await runPlan(streams, answering(whole), options);
    expect(measure).toMatchObject({ corrupted: 4, lostBytes: 0 });
  });

  it('says when the load ends, before it looks at the answers', async () => {
    let ends = 0;
    const onLoadEnd = async () => {
      ends += 1;
    };
    await runPlan(streams, answering(streamBytes(0)), { clockOffsetMs: 0, onLoadEnd });
    expect(ends).toBe(1);
  });
});
