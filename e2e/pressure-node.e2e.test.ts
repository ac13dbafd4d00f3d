import { residentBytes, startProcessStack, startStack, waitUntil } from '@gemini-proxy/testbed';
import { describe, expect, it } from 'vitest';
import { openAnswer, readAll, sentBy } from './pressure/answer.ts';
import { createFlood } from './pressure/flood.ts';
import { watchMost } from './pressure/memory.ts';

const mebibyte = 1024 * 1024;
const minuteMs = 60_000;
/** More than what the sockets and windows between the emulator and its reader hold (10 to 20 MiB, most of it the system's). */
const mostHeldBytes = 64 * mebibyte;

describe('200 streams of 500 chunks at once, half of them read slowly', () => {
  it('are all complete and identical', { timeout: 3 * minuteMs }, async () => {
    await using stack = await startStack({ workers: 2 });
    const makePaths = (chunkBytes: number) =>
      Array.from({ length: 100 }, (_, index) => `/v1beta/emulator/sse?events=500&bytes=${chunkBytes + index}`);
    const open = (paths: readonly string[]) => Promise.all(paths.map((path) => openAnswer(stack, 'GET', path)));
    const inFlight = () => stack.gateway.workers().reduce((sum, worker) => sum + worker.inFlight, 0);
    const fastPaths = makePaths(1024);
    const slowPaths = makePaths(16 * 1024);
    const [fast, slow] = await Promise.all([open(fastPaths), open(slowPaths)]);
    const fastDigests = await Promise.all(fast.map((answer) => readAll(answer)));
    // The windows of the slow are full, since the workers cannot get rid of what they have.
    expect(inFlight()).toBe(slow.length);
    const slowDigests = await Promise.all(slow.map((answer) => readAll(answer, { bytesPerSecond: mebibyte })));

    await stack.settled();
    expect(fastDigests).toEqual(fastPaths.map((path) => sentBy(stack.emulator, path)));
    expect(slowDigests).toEqual(slowPaths.map((path) => sentBy(stack.emulator, path)));
  });
});

describe('a reader that stops', () => {
  it('stops the emulator, and gets the rest unchanged and in order when it goes on', { timeout: minuteMs }, async () => {
    const flood = createFlood(4 * mostHeldBytes);
    await using stack = await startStack({
      emulator: { behaviour: ({ model }) => (model === 'flood' ? { rawBody: flood } : {}) },
    });
    const path = '/v1beta/models/flood:streamGenerateContent?alt=sse';
    const answer = await openAnswer(stack, 'POST', path);
    await flood.untilStalled();
    expect(flood.madeBytes).toBeLessThan(mostHeldBytes);
    expect(stack.emulator.debugState()).toEqual({ openRequests: 1, runningGenerations: 1, openUploads: 0, openLiveSessions: 0 });
    const digest = await readAll(answer);
    await stack.settled();
    expect(digest).toEqual(sentBy(stack.emulator, path));
    expect(digest.bytes).toBe(flood.totalBytes);
  });
});

describe('an answer of 300 MiB, read at 5 MiB/s', () => {
  it('raises the memory of gateway and worker by less than 64 MiB each', { timeout: 3 * minuteMs }, async () => {
    await using stack = await startProcessStack();
    const pathOf = (bytes: number) => `/v1beta/emulator/bytes/${bytes}?seed=7&chunk=65536`;
    await readAll(await openAnswer(stack, 'GET', pathOf(16 * mebibyte)));
    const growthOf = (pid: number) => {
      const beforeBytes = residentBytes(pid);
      return () => residentBytes(pid) - beforeBytes;
    };
    const samples = [stack.gatewayPid, stack.workerPid].map(growthOf);
    const path = pathOf(300 * mebibyte);
    const startedAtMs = performance.now();
    const reading = readAll(await openAnswer(stack, 'GET', path), { bytesPerSecond: 5 * mebibyte });
    const [gatewayGrowth, workerGrowth] = await Promise.all(samples.map((sample) => watchMost(sample, reading)));
    const digest = await reading;

    expect(performance.now() - startedAtMs).toBeGreaterThan(59_000);
    expect(gatewayGrowth).toBeLessThan(64 * mebibyte);
    expect(workerGrowth).toBeLessThan(64 * mebibyte);
    await waitUntil(() => stack.emulator.debugState().openRequests === 0, { what: 'the emulator to be at rest' });
    expect(digest).toEqual(sentBy(stack.emulator, path));
    expect(digest.bytes).toBe(300 * mebibyte);
  });
});
