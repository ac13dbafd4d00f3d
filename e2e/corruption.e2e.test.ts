import { createSeededRandom, startStack, waitForReady } from '@gemini-proxy/testbed';
import { describe, expect, it } from 'vitest';

const requestCount = 150;
const atOnce = 10;

describe('a link without TLS that changes bytes', () => {
  it('costs the requests on it at most: none hangs, nothing is left over, and all is well when it is over', async () => {
    await using stack = await startStack({
      workers: 3,
      faultProxy: true,
      gateway: {
        ...{ pingIntervalMs: 500, sessionGraceMs: 2_000, failoverWaitMs: 300 },
        ...{ firstByteTimeoutMs: 3_000, idleTimeoutMs: 3_000, queueTimeoutMs: 3_000 },
      },
      emulator: { defaults: { chunkCount: 20, chunkBytes: 500, chunkIntervalMs: 5 } },
    });
    const random = createSeededRandom(1);
    const call = (index: number) =>
      fetch(`${stack.baseUrl}/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse&index=${index}`, {
        method: 'POST',
        headers: { 'x-goog-api-key': stack.clientKey, 'content-type': 'application/json' },
        body: '{"contents":[{"parts":[{"text":"hi"}]}]}',
        signal: AbortSignal.timeout(60_000),
      });
    const ends: string[] = [];
    const indexes = Array.from({ length: requestCount }, (_, index) => index).values();
    const work = async () => {
      for (const index of indexes) {
        if (random.next() < 0.5) random.pick(stack.faultProxies).corrupt(random.pick(['to-target', 'to-client']));
        const read = async () => (await call(index)).arrayBuffer();
        const end = await read().then(
          () => 'ended',
          (error: unknown) => (error instanceof DOMException && error.name === 'TimeoutError' ? 'hung' : 'broken'),
        );
        ends.push(end);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    expect(ends).toHaveLength(requestCount);
    expect(ends).not.toContain('hung');
    // What was to be corrupted and met no bytes must not come later.
    for (const proxy of stack.faultProxies) proxy.cut();

    await waitForReady(stack.gateway, 3);
    await stack.settled();
    const answer = await call(requestCount);
    expect(answer.status).toBe(200);
    expect((await answer.text()).split('\r\n\r\n')).toHaveLength(21);
    expect(stack.gateway.counters().bugs).toBe(0);
  });
});
