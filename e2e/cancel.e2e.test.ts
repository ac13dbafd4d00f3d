import { type StackOptions, startStack, waitUntil } from '@gemini-proxy/testbed';
import { describe, expect, it } from 'vitest';

/** A stream without an end in sight, and a whole answer that takes its time; the probe is answered at once. */
const emulator: StackOptions['emulator'] = {
  defaults: { chunkCount: 10_000, chunkBytes: 20, chunkIntervalMs: 50 },
  behaviour: ({ path }) => (path.includes(':generateContent') ? { delayMs: 60_000 } : undefined),
};
const body = JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'Go on for ever.' }] }] });

describe('a client that leaves, through Chromium and the fetch hook', () => {
  it.each([
    { note: 'in the middle of a stream', method: 'streamGenerateContent?alt=sse', hasHead: true },
    { note: 'before the head of a whole answer', method: 'generateContent', hasHead: false },
  ])('stops the generation within a second: $note', async ({ method, hasHead }) => {
    await using stack = await startStack({ unattendedBrowser: {}, emulator });
    const client = new AbortController();
    const answer = fetch(`${stack.baseUrl}/v1beta/models/gemini-2.5-flash:${method}`, {
      method: 'POST',
      headers: { 'x-goog-api-key': stack.clientKey, 'content-type': 'application/json' },
      body,
      signal: client.signal,
    });
    answer.catch(() => undefined);
    if (hasHead) await (await answer).body?.getReader().read();
    await waitUntil(() => stack.emulator.received.requests.length === 1, { what: 'the request to reach the emulator' });
    expect(stack.emulator.debugState().openRequests).toBe(1);

    const leftAtMs = performance.now();
    client.abort();
    await waitUntil(() => stack.emulator.debugState().openRequests === 0, { what: 'the emulator to stop', timeoutMs: 10_000 });
    expect(performance.now() - leftAtMs).toBeLessThan(1_000);
    expect(stack.emulator.debugState().runningGenerations).toBe(0);
    expect(stack.emulator.received.requests[0]?.isAborted).toBe(true);
    await stack.settled();
  });
});
