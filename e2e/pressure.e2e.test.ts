import { startStack } from '@gemini-proxy/testbed';
import { describe, expect, it } from 'vitest';
import { openAnswer, readAll, sentBy } from './pressure/answer.ts';
import { createFlood } from './pressure/flood.ts';
import { openMemoryView, watchMost } from './pressure/memory.ts';

const mebibyte = 1024 * 1024;

describe('through Chromium, 50 streams of 200 chunks at once, half of them read slowly', () => {
  it('are all complete and identical', async () => {
    await using stack = await startStack({
      unattendedBrowser: {},
      emulator: { behaviour: ({ path }) => ({ chunkCount: 200, chunkBytes: path.includes('slow') ? 40 * 1024 : 512 }) },
    });
    const makePaths = (pace: string) =>
      Array.from({ length: 25 }, (_, index) => `/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse&${pace}=${index}`);
    const open = (paths: readonly string[]) => Promise.all(paths.map((path) => openAnswer(stack, 'POST', path)));
    const slowPaths = makePaths('slow');
    const fastPaths = makePaths('fast');
    const [slow, fast] = await Promise.all([open(slowPaths), open(fastPaths)]);
    const fastDigests = await Promise.all(fast.map((answer) => readAll(answer)));
    // What is left is more than the sockets between gateway and client hold, so the page waits for credit.
    expect(stack.gateway.workers().map((worker) => worker.inFlight)).toEqual([slow.length]);
    const slowDigests = await Promise.all(slow.map((answer) => readAll(answer, { bytesPerSecond: 2 * mebibyte })));

    await stack.settled();
    expect(fastDigests).toEqual(fastPaths.map((path) => sentBy(stack.emulator, path)));
    expect(slowDigests).toEqual(slowPaths.map((path) => sentBy(stack.emulator, path)));
  });
});

describe('through Chromium, an answer of 40 MiB, read slowly', () => {
  it('is complete and identical, and does not pile up in the page', async () => {
    const flood = createFlood(40 * mebibyte);
    await using stack = await startStack({
      browser: {},
      emulator: { behaviour: ({ model }) => (model === 'flood' ? { rawBody: flood } : {}) },
    });
    if (stack.browser === undefined) throw new Error('The stack has no browser.');
    await using memory = await openMemoryView(stack.browser.page.context(), stack.browser.frame);
    const atRestBytes = await memory.bytesInUse();
    const path = '/v1beta/models/flood:streamGenerateContent?alt=sse';
    const answer = await openAnswer(stack, 'POST', path);
    const reading = readAll(answer, { bytesPerSecond: 4 * mebibyte });
    const mostBytes = await watchMost(memory.bytesInUse, reading);
    const digest = await reading;

    expect(mostBytes - atRestBytes).toBeLessThan(20 * mebibyte);
    await stack.settled();
    expect(digest).toEqual(sentBy(stack.emulator, path));
    expect(digest.bytes).toBe(flood.totalBytes);
  });
});
