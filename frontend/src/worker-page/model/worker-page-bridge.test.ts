import { describe, expect, it, vi } from 'vitest';
import { createConnectedPage, stateAfter } from '../../../testing/fakes.ts';

const ready = { connection: 'connected', status: { state: 'ready', reason: 'fine' } } as const;

describe('the bridge window', () => {
  const failed = { wasOpen: false, code: 'TRANSPORT_LOST' } as const;

  async function blockedPage() {
    const page = createConnectedPage();
    page.environment.permission = 'denied';
    page.environment.isDelegated = false;
    page.workers[0]?.become({ connection: 'waiting', lastClose: failed });
    await vi.waitFor(() => expect(stateAfter(page.clock, page.model)).toBe('blocked'));
    return page;
  }

  it('is offered where the browser keeps the page from this machine, and carries the next connection', async () => {
    const { model, environment, workers, clock } = await blockedPage();
    expect(model.snapshot).toMatchObject({ way: 'direct', isBridgeOffered: true });
    model.openBridge();
    expect(environment.bridgesAsked).toEqual(['http://127.0.0.1:8787/bridge']);
    expect(workers[0]?.calls).toContain('reconnectNow');
    expect(workers[0]?.options.bridge()).toBe(environment.bridges[0]);
    environment.bridges[0]?.become('open');
    workers[0]?.become(ready);
    expect(stateAfter(clock, model)).toBe('ready');
    expect(model.snapshot).toMatchObject({ way: 'bridge', isBridgeOffered: false });
  });

  it('is explained where the browser opens none', async () => {
    const { model, environment, workers } = await blockedPage();
    environment.hasWindows = false;
    model.openBridge();
    expect(model.snapshot).toMatchObject({ state: 'no-window', way: 'direct', isBridgeOffered: true });
    expect(workers[0]?.options.bridge()).toBeUndefined();
  });

  it('leaves the direct way when it is closed, and goes with its gateway', async () => {
    const { model, environment, workers } = await blockedPage();
    model.openBridge();
    environment.bridges[0]?.become('closed');
    expect(workers[0]?.options.bridge()).toBeUndefined();
    model.openBridge();
    model.connect({ endpoint: 'ws://127.0.0.1:9/worker' });
    expect(environment.bridges[1]?.state).toBe('closed');
  });

  it('tells a gateway that does not admit the page from one that does not answer', async () => {
    const { model, environment, workers, clock } = await blockedPage();
    model.openBridge();
    environment.bridges[0]?.events.onRefused('origin');
    workers[0]?.become({ connection: 'waiting', lastClose: { ...failed } });
    await vi.waitFor(() => expect(stateAfter(clock, model)).toBe('not-admitted'));
    model.openBridge();
    workers[0]?.become({ connection: 'waiting', lastClose: { ...failed } });
    await vi.waitFor(() => expect(stateAfter(clock, model)).toBe('unreachable'));
  });
});
