import { type Stack, startStack, waitForReady, waitUntil } from '@gemini-proxy/testbed';
import { describe, expect, it } from 'vitest';

async function ask(stack: Stack, timeoutMs = 30_000): Promise<Response> {
  return fetch(`${stack.baseUrl}/v1beta/models/gemini-2.5-flash:generateContent`, {
    method: 'POST',
    headers: { 'x-goog-api-key': stack.clientKey, 'content-type': 'application/json' },
    body: JSON.stringify({ contents: [{ parts: [{ text: 'hello' }] }] }),
    signal: AbortSignal.timeout(timeoutMs),
  });
}

interface ErrorBody {
  readonly error: {
    readonly code: number;
    readonly message: string;
    readonly status: string;
    readonly details: readonly { readonly reason?: string }[];
  };
}

describe('the worker page in Chromium', () => {
  it('waits for a click where AI Studio holds calls back, says so on the page and to clients, and is ready after it', async () => {
    await using stack = await startStack({ browser: { switches: { activationGate: 'click' }, isExpectedReady: false } });
    const states = () => stack.gateway.workers().map(({ state }) => state);
    await waitUntil(() => states().length === 1, { what: 'the page to connect' });
    const openedAtMs = performance.now();
    await waitUntil(() => states().includes('needs-interaction'), {
      what: 'the gateway to know that a click is needed',
      timeoutMs: 60_000,
    });
    expect(performance.now() - openedAtMs).toBeLessThan(20_000);
    const health = (await (await fetch(`${stack.baseUrl}/healthz?verbose`)).json()) as { readonly details: unknown };
    expect(health.details).toEqual([
      expect.objectContaining({ state: 'needs-interaction', reason: expect.stringMatching(/click here once/) }),
    ]);
    await stack.browser?.frame.getByRole('heading', { name: 'Waiting for you' }).waitFor();
    const refused = await ask(stack);
    const { error } = (await refused.json()) as ErrorBody;
    expect(refused.status).toBe(503);
    expect(error).toMatchObject({ status: 'UNAVAILABLE', message: expect.stringMatching(/click/i) });
    expect(error.details).toContainEqual(expect.objectContaining({ reason: 'NO_WORKER_READY' }));

    await stack.browser?.frame.locator('h1').first().click();
    await waitForReady(stack.gateway, 1);
    await stack.browser?.frame.getByRole('heading', { name: 'Ready' }).waitFor();
    expect((await ask(stack)).status).toBe(200);
  });

  it('says that its token is wrong and stays away, while another worker serves on', async () => {
    await using stack = await startStack({ workers: 1, browser: { token: 'gp-worker-wrong', isExpectedReady: false } });
    await waitForReady(stack.gateway, 1);
    await stack.browser?.frame.getByRole('heading', { name: 'Wrong token' }).waitFor();
    expect(stack.gateway.workers().map(({ id }) => id)).toEqual(['node-1']);
    expect((await ask(stack)).status).toBe(200);
  });

  it('says that the gateway has gone', async () => {
    await using stack = await startStack({ browser: {} });
    await stack.gateway.close();
    const heading = stack.browser?.frame.getByRole('heading', { name: /^(No gateway found|No way to the gateway)$/ });
    await heading?.waitFor();
    expect(await stack.browser?.frame.getByRole('status').textContent()).toContain('npm start');
  });

  it('spreads requests over its connections in turn', async () => {
    await using stack = await startStack({ browser: { connections: 4 } });
    for (let count = 0; count < 12; count += 1) expect((await ask(stack)).status).toBe(200);
    const served = stack.browser?.frame.locator('[data-count=served]');
    await waitUntil(async () => (await served?.allInnerTexts())?.join() === '3,3,3,3', {
      what: 'three requests on each connection',
    });
    await stack.settled();
  });

  it('is refused by a session that has ended, and says so', async () => {
    await using stack = await startStack({ browser: { switches: { session: 'expired' }, isExpectedReady: false } });
    await waitUntil(() => stack.gateway.workers().some(({ state }) => state === 'refused'), { what: 'the refusal to be known' });
    const { error } = (await (await ask(stack)).json()) as ErrorBody;
    expect(error.details).toContainEqual(expect.objectContaining({ reason: 'NO_WORKER_READY' }));
    stack.browser?.aiStudio.set({ session: 'valid' });
    await stack.browser?.frame.locator('h1').first().click();
    await waitForReady(stack.gateway, 1);
    expect((await ask(stack)).status).toBe(200);
  });
});
