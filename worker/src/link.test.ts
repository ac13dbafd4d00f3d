import { ProtocolError, type Welcome } from '@gemini-proxy/protocol';
import { describe, expect, it } from 'vitest';
import { createHarness, turns } from '../testing/harness.ts';
import { freshLossBackoff, reconnectBackoff } from './backoff.ts';
import { defaultDeadlines } from './deadlines.ts';
import { FRESH_LOSS_MS, STABLE_SESSION_MS } from './link.ts';

describe('a worker’s connection', () => {
  it('says hello with token, identity and slots, and is connected after the welcome', async () => {
    const harness = createHarness();
    expect(harness.worker.snapshot.connection).toBe('stopped');
    harness.worker.start();
    harness.worker.start();
    expect(harness.worker.snapshot.connection).toBe('connecting');
    await turns();
    expect(harness.worker.snapshot.connection).toBe('connected');
    expect(harness.dials).toBe(1);
    expect(harness.gateway.hello).toEqual({
      version: 1,
      token: 'token',
      workerId: 'w1',
      account: 'me',
      kind: 'aistudio',
      slots: 4,
      capabilities: ['hold'],
      resume: null,
    });
  });

  it('comes back after a break, later with each failure', async () => {
    let isReachable = true;
    const harness = createHarness({ isReachable: () => isReachable });
    await harness.start();
    isReachable = false;
    harness.gateway.transport.break();
    await turns();
    expect(harness.worker.snapshot.connection).toBe('waiting');
    // Half of the ceiling each time, as `random` says 0.5.
    const nextDialIsAfter = async (ceilingMs: number) => {
      const before = harness.dials;
      await harness.pass(ceilingMs / 2 - 1);
      expect(harness.dials).toBe(before);
      await harness.pass(1);
      expect(harness.dials).toBe(before + 1);
    };
    for (const factor of [1, 2, 4, 8, 8, 8]) await nextDialIsAfter(freshLossBackoff.firstMs * factor);
    // The gateway is not on its way back any more: the next delay is already that of a long absence.
    await harness.pass(FRESH_LOSS_MS);
    for (let count = 0; count < 3; count += 1) await nextDialIsAfter(reconnectBackoff.maxMs);
    isReachable = true;
    await harness.pass(reconnectBackoff.maxMs / 2);
    expect(harness.worker.snapshot).toMatchObject({ connection: 'connected', reconnects: 1 });
  });

  it('comes back soon when the gateway said that it goes, even after a short session', async () => {
    const harness = createHarness();
    for (let count = 1; count <= 3; count += 1) {
      await harness.start();
      harness.gateway.session.destroy(new ProtocolError('GOING_AWAY', 'restart'));
      await turns();
      expect(harness.worker.snapshot.connection).toBe('waiting');
      await harness.pass(freshLossBackoff.firstMs / 2);
      expect(harness.worker.snapshot).toMatchObject({ connection: 'connected', reconnects: count });
    }
  });

  it('goes on with its backoff after short sessions, and starts over after a stable one', async () => {
    const harness = createHarness();
    await harness.start();
    harness.gateway.transport.break();
    await harness.pass(freshLossBackoff.firstMs / 2);
    expect(harness.dials).toBe(2);
    harness.gateway.transport.break();
    await harness.pass(freshLossBackoff.firstMs / 2);
    expect(harness.dials).toBe(2);
    await harness.pass(freshLossBackoff.firstMs / 2);
    expect(harness.dials).toBe(3);
    await harness.pass(STABLE_SESSION_MS);
    harness.gateway.transport.break();
    await harness.pass(freshLossBackoff.firstMs / 2);
    expect(harness.dials).toBe(4);
  });

  it.each([
    { code: 'UNAUTHORIZED', says: 'token' },
    { code: 'UNSUPPORTED_VERSION', says: 'version' },
    { code: 'REPLACED', says: 'Another page' },
  ] as const)('stays away after $code, and says what to do', async ({ code, says }) => {
    const harness = createHarness({ judge: () => new ProtocolError(code, 'no') });
    await harness.start();
    expect(harness.worker.snapshot).toMatchObject({ connection: 'stopped', connectionReason: expect.stringContaining(says) });
    await harness.pass(3_600_000);
    expect(harness.dials).toBe(1);
    harness.worker.start();
    await turns();
    expect(harness.dials).toBe(2);
  });

  it.each(['UNAUTHORIZED', 'UNSUPPORTED_VERSION'] as const)(
    'doubts the first %s of a gateway that welcomed it before, and believes the second',
    async (code) => {
      const welcome: Welcome = { version: 1, sessionId: 's1', windowBytes: 65_536, pingIntervalMs: 3_600_000, resume: null };
      const refusals = [false, true, false];
      const harness = createHarness({ judge: () => ((refusals.shift() ?? true) ? new ProtocolError(code, 'no') : welcome) });
      await harness.start();
      harness.gateway.transport.break();
      for (let retry = 0; retry < 2; retry += 1) await harness.pass(freshLossBackoff.maxMs);
      expect(harness.worker.snapshot.connection).toBe('connected');
      expect(harness.dials).toBe(3);

      harness.gateway.transport.break();
      for (let retry = 0; retry < 2; retry += 1) await harness.pass(freshLossBackoff.maxMs);
      expect(harness.worker.snapshot.connection).toBe('stopped');
      await harness.pass(3_600_000);
      expect(harness.dials).toBe(5);
    },
  );

  it('tries again after errors that may pass', async () => {
    const harness = createHarness({ judge: () => new ProtocolError('GOING_AWAY', 'restart') });
    await harness.start();
    expect(harness.worker.snapshot).toMatchObject({ connection: 'waiting', connectionReason: expect.stringContaining('0.3 s') });
  });

  it('gives up a connection that does not open in time', async () => {
    const transport = { send: () => {}, close: () => {}, bufferedAmount: 0 };
    const harness = createHarness({ connect: () => transport });
    await harness.start();
    await harness.pass(defaultDeadlines.connectMs - 1);
    expect(harness.worker.snapshot.connection).toBe('connecting');
    await harness.pass(1);
    expect(harness.worker.snapshot.connection).toBe('waiting');
  });

  it('stops where the connection cannot even be started', async () => {
    const harness = createHarness({
      connect: () => {
        throw new SyntaxError("The URL 'x' is invalid.");
      },
    });
    await harness.start();
    expect(harness.worker.snapshot).toMatchObject({
      connection: 'stopped',
      connectionReason: expect.stringContaining("The URL 'x' is invalid."),
    });
    expect(harness.clock.timers).toBe(0);
  });

  it('retries at once when told to, and only while it waits', async () => {
    let isReachable = false;
    const harness = createHarness({ isReachable: () => isReachable });
    harness.worker.reconnectNow();
    await turns();
    expect(harness.dials).toBe(0);
    await harness.start();
    isReachable = true;
    harness.worker.reconnectNow();
    harness.worker.reconnectNow();
    await turns();
    expect(harness.dials).toBe(2);
    expect(harness.worker.snapshot.connection).toBe('connected');
  });

  it('says goodbye when it is stopped, and stays away', async () => {
    const harness = createHarness();
    await harness.start();
    harness.worker.stop('The user disconnected.');
    harness.worker.stop('again');
    await turns();
    expect(harness.gateway.closed?.code).toBe('CLOSED');
    expect(harness.worker.snapshot).toMatchObject({ connection: 'stopped', connectionReason: 'The user disconnected.' });
    await harness.pass(3_600_000);
    expect(harness.dials).toBe(1);
    expect(harness.worker.debugState()).toEqual({ streams: 0, timers: 0, queuedBytes: 0 });
    expect(harness.clock.timers).toBe(0);
  });

  it('leaves nothing behind when it is disposed of, in whatever state', async () => {
    let isReachable = true;
    const disposals = ['connected', 'waiting', 'stopped'].map(async (state) => {
      const harness = createHarness({ isReachable: () => isReachable });
      harness.executor.answerProbe = undefined;
      await harness.start();
      if (state === 'waiting') harness.gateway.transport.break();
      if (state === 'stopped') harness.worker.stop('x');
      await turns();
      expect(harness.worker.snapshot.connection).toBe(state);
      await harness.worker[Symbol.asyncDispose]();
      await turns();
      return harness.worker.debugState();
    });
    const states = await Promise.all(disposals);
    isReachable = false;
    for (const state of states) expect(state).toEqual({ streams: 0, timers: 0, queuedBytes: 0 });
  });
});
