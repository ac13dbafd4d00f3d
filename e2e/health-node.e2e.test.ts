import { type Stack, startStack, waitForReady, waitUntil } from '@gemini-proxy/testbed';
import { describe, expect, it } from 'vitest';

const pingIntervalMs = 2_000;

function stateOf(stack: Stack, id: string): string {
  return stack.gateway.workers().find((worker) => worker.id === id)?.state ?? 'gone';
}

describe('a socket that carries nothing any more, and says nothing of it', () => {
  it('is noticed on both sides before two ping intervals are over, while another worker serves on', async () => {
    await using stack = await startStack({ workers: 2, faultProxy: true, gateway: { pingIntervalMs } });
    const [first] = stack.workers;
    const [proxy] = stack.faultProxies;
    if (first === undefined || proxy === undefined) throw new Error('no worker');
    const closes: string[] = [];
    first.worker.subscribe(() => {
      const { lastClose } = first.worker.snapshot;
      if (lastClose !== undefined) closes.push(`${lastClose.code}, was open: ${lastClose.wasOpen}`);
    });
    proxy.halfOpen();
    proxy.welcome = 'refused';
    const brokenAtMs = performance.now();
    const noticed = (isGone: () => boolean, what: string) =>
      waitUntil(() => isGone() && performance.now() - brokenAtMs, { what, timeoutMs: 5 * pingIntervalMs });
    const [gatewayMs, workerMs] = await Promise.all([
      noticed(() => stateOf(stack, 'node-1') !== 'ready', 'the gateway to miss its worker'),
      noticed(() => first.worker.snapshot.connection !== 'connected', 'the worker to miss its gateway'),
    ]);
    expect(gatewayMs).toBeLessThan(2 * pingIntervalMs);
    expect(workerMs).toBeLessThan(2 * pingIntervalMs);
    expect(closes[0]).toBe('PING_TIMEOUT, was open: true');

    const answer = await fetch(`${stack.baseUrl}/v1beta/models?pageSize=1`, { headers: { 'x-goog-api-key': stack.clientKey } });
    expect(answer.status).toBe(200);
    proxy.welcome = 'carried';
    await waitForReady(stack.gateway, 2);
  });
});
