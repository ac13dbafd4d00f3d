import type { GeminiEmulatorOptions } from '@gemini-proxy/emulator/gemini';
import { type Stack, startStack, waitForReady, waitUntil } from '@gemini-proxy/testbed';
import type { Frame } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { AnswerGate } from './answer-gate.ts';
import { expectGoodLooks } from './page-looks.ts';

const pingIntervalMs = 2_000;
const isPage = ({ kind }: { readonly kind: string }): boolean => kind === 'aistudio';

function pagesInRotation(stack: Stack): number {
  return stack.gateway.workers().filter((worker) => isPage(worker) && worker.state === 'ready').length;
}

function frameOf(stack: Stack): Frame {
  if (stack.browser === undefined) throw new Error('no browser');
  return stack.browser.frame;
}

/** Asked, it answers when the gate opens. */
const haltingModel = 'halting';

function answeringAt(gate: AnswerGate): GeminiEmulatorOptions {
  return { behaviour: ({ model }) => (model === haltingModel ? gate.hold('{', '}', 'application/json') : undefined) };
}

async function ask(stack: Stack, model = 'gemini-2.5-flash'): Promise<number> {
  const answer = await fetch(`${stack.baseUrl}/v1beta/models/${model}:generateContent`, {
    method: 'POST',
    headers: { 'x-goog-api-key': stack.clientKey, 'content-type': 'application/json' },
    body: '{"contents":[{"parts":[{"text":"hi"}]}]}',
  });
  await answer.arrayBuffer();
  return answer.status;
}

async function untilOutOfRotation(stack: Stack): Promise<number> {
  const sinceMs = performance.now();
  await waitUntil(() => pagesInRotation(stack) === 0, { what: 'the page to be out of rotation', timeoutMs: 5 * pingIntervalMs });
  return performance.now() - sinceMs;
}

function button(stack: Stack, name: string) {
  return frameOf(stack).getByRole('button', { name, exact: true });
}

describe('a page that stands still', () => {
  it('is out of rotation before two ping intervals are over, and comes back by itself', async () => {
    await using stack = await startStack({ workers: 1, browser: { connections: 2 }, gateway: { pingIntervalMs } });
    // A task without an end, as far as the gateway can tell.
    const busy = frameOf(stack).evaluate((ms) => {
      const endAtMs = performance.now() + ms;
      while (performance.now() < endAtMs);
    }, 3 * pingIntervalMs);
    expect(await untilOutOfRotation(stack)).toBeLessThan(2 * pingIntervalMs);
    for (let request = 0; request < 4; request += 1) expect(await ask(stack)).toBe(200);
    await busy;
    await waitForReady(stack.gateway, 3);

    // The same at the press of a button, until the next.
    await button(stack, 'Freeze: connection 1').click();
    await button(stack, 'Freeze: connection 2').click();
    expect(await untilOutOfRotation(stack)).toBeLessThan(2 * pingIntervalMs);
    await frameOf(stack).getByRole('heading', { name: 'Frozen' }).waitFor();
    await button(stack, 'Wake up: connection 1').click();
    await waitForReady(stack.gateway, 2);
    expect(pagesInRotation(stack)).toBe(1);
    await button(stack, 'Wake up: connection 2').click();
    await waitForReady(stack.gateway, 3);
    await stack.settled();
  });
});

describe('the connections of a page', () => {
  it('take nothing new while paused, finish when drained or not wanted any more, and come back when cut', async () => {
    const gate = new AnswerGate();
    await using stack = await startStack({ browser: { connections: 3 }, emulator: answeringAt(gate) });
    const served = () => frameOf(stack).locator('[data-count=served]').allInnerTexts();
    const states = () => stack.gateway.workers().map(({ state }) => state);
    await button(stack, 'Pause: connection 1').click();
    await waitUntil(() => states().includes('paused'), { what: 'the gateway to know of the pause' });
    for (let request = 0; request < 4; request += 1) expect(await ask(stack)).toBe(200);
    await waitUntil(async () => (await served()).join() === '0,2,2', { what: 'the others to have served' });

    const running = Array.from({ length: 4 }, () => ask(stack, haltingModel));
    await waitUntil(() => gate.waiting === 4, { what: 'requests to run' });
    await button(stack, 'Drain: connection 2').click();
    await waitUntil(() => states().includes('draining'), { what: 'the gateway to know of the drain' });
    gate.open();
    expect(await Promise.all(running)).toEqual([200, 200, 200, 200]);
    await waitUntil(() => states().length === 2, { what: 'the drained one to be gone' });
    await waitUntil(async () => (await served()).join() === '0,4,4', { what: 'all to be served' });

    await button(stack, 'Cut: connection 3').click();
    await frameOf(stack).locator('tr[data-connection="3"]', { hasText: 'Reconnects: 1' }).waitFor();
    await expectGoodLooks(frameOf(stack));
    await button(stack, 'Resume: connection 1').click();
    await button(stack, 'Start: connection 2').click();
    await waitForReady(stack.gateway, 3);
    await stack.settled();

    gate.close();
    const more = Array.from({ length: 6 }, () => ask(stack, haltingModel));
    await waitUntil(() => gate.waiting === 6, { what: 'requests to run' });
    await frameOf(stack).locator('select[name=connections]').selectOption('1');
    await waitUntil(() => states().filter((state) => state === 'draining').length === 2, { what: 'two to be draining' });
    gate.open();
    expect(await Promise.all(more)).toEqual(Array(6).fill(200));
    await waitUntil(() => states().length === 1, { what: 'one worker to be left' });
    expect(stack.gateway.workers()[0]?.offeredSlots).toBe(96);
    expect(await ask(stack)).toBe(200);
  });

  it('say goodbye when the page is closed or reloaded, so that nobody waits for them', async () => {
    const gate = new AnswerGate();
    await using stack = await startStack({
      workers: 1,
      browser: { connections: 2 },
      gateway: { pingIntervalMs: 60_000 },
      emulator: answeringAt(gate),
    });
    const running = Array.from({ length: 6 }, () => ask(stack, haltingModel));
    await waitUntil(() => gate.waiting === 6, { what: 'requests to run' });
    const before = new Set(stack.gateway.workers().map(({ id }) => id));
    await stack.browser?.page.getByRole('button', { name: 'Reload preview' }).click();
    await waitUntil(() => stack.gateway.workers().filter(({ id }) => before.has(id)).length === 1, {
      what: 'the workers of the old page to be gone',
    });
    gate.open();
    expect(await Promise.all(running)).toEqual(Array(6).fill(200));
  });
});
