import { describe, expect, it } from 'vitest';
import { createBody, createHarness, openStream, turns } from '../testing/harness.ts';
import { reconnectBackoff } from './backoff.ts';
import { defaultDeadlines } from './deadlines.ts';

const { drainMs } = defaultDeadlines;
const bytes = (text: string) => new TextEncoder().encode(text);
const streamed = { operation: 'models.streamGenerateContent' };
const nothing = { streams: 0, timers: 0, queuedBytes: 0 };

describe('a worker that drains', () => {
  it('stops as soon as it has said so when nothing runs', async () => {
    const harness = createHarness();
    await harness.start();
    const drained = harness.worker.drain('Fewer connections are wanted.');
    await turns();
    expect(harness.gateway.goaways).toEqual(['Fewer connections are wanted.']);
    await harness.pass(100);
    await drained;
    expect(harness.gateway.closed?.code).toBe('CLOSED');
    expect(harness.worker.snapshot).toMatchObject({ connection: 'stopped', connectionReason: 'Fewer connections are wanted.' });
    expect(harness.worker.debugState()).toEqual(nothing);
    await harness.worker.drain('again');
  });

  it('finishes what runs to its last byte, refuses what crosses, and then says goodbye', async () => {
    const harness = createHarness();
    await harness.start();
    const running = openStream(harness.gateway, streamed);
    await turns();
    const { body, push, end } = createBody();
    harness.executor.calls[0]?.answer({ status: 200, body });
    push(bytes('one'));
    await turns();
    const crossing = openStream(harness.gateway, { attempt: 'a2' });
    const drained = harness.worker.drain('The user wants it.');
    await turns();
    expect(harness.gateway.goaways).toEqual(['The user wants it.']);
    expect(crossing.reset).toMatchObject({ code: 'REFUSED', sentUpstream: false });
    expect(harness.worker.snapshot).toMatchObject({ connection: 'connected', intake: 'draining' });
    push(bytes('two'));
    end();
    await turns();
    await harness.pass(1_000);
    await drained;
    expect(await new Blob(running.chunks).text()).toBe('onetwo');
    expect([running.ended, running.reset, harness.gateway.closed?.code]).toEqual([true, undefined, 'CLOSED']);
    expect(harness.worker.debugState()).toEqual(nothing);
  });

  it('waits for a client that has not read its answer yet', async () => {
    const harness = createHarness({ windowBytes: 4 });
    await harness.start();
    const running = openStream(harness.gateway, streamed, { autoConsume: false });
    await turns();
    const { body, push, end } = createBody();
    harness.executor.calls[0]?.answer({ status: 200, body });
    push(bytes('123456'));
    end();
    await turns();
    void harness.worker.drain('x');
    await harness.pass(10_000);
    expect([running.ended, harness.gateway.closed]).toEqual([false, undefined]);
    running.stream.consumed(4);
    await turns();
    running.stream.consumed(2);
    await turns();
    await harness.pass(1_000);
    expect(running.ended).toBe(true);
    expect(harness.gateway.closed?.code).toBe('CLOSED');
  });

  it('gives up what runs past its deadline', async () => {
    const harness = createHarness();
    await harness.start();
    const running = openStream(harness.gateway);
    await turns();
    const drained = harness.worker.drain('x');
    await harness.pass(drainMs - 1);
    expect(running.reset).toBeUndefined();
    await harness.pass(1_000);
    await drained;
    await turns();
    expect(running.reset?.code).toBe('SESSION_LOST');
    expect(harness.executor.calls[0]?.signal.aborted).toBe(true);
    expect(harness.worker.debugState()).toEqual(nothing);
  });

  it('is over at once when it is stopped meanwhile, and takes requests again after a new start', async () => {
    const harness = createHarness();
    await harness.start();
    openStream(harness.gateway);
    await turns();
    const drained = harness.worker.drain('x');
    harness.worker.stop('now');
    await drained;
    await harness.start();
    expect(harness.worker.snapshot).toMatchObject({ connection: 'connected', intake: 'open' });
    openStream(harness.gateway);
    await turns();
    expect(harness.executor.calls).toHaveLength(2);
  });
});

describe('a worker that is paused', () => {
  it('says so, finishes what runs, and says how it is when it goes on', async () => {
    const harness = createHarness();
    await harness.start();
    const running = openStream(harness.gateway);
    await turns();
    harness.worker.pause();
    harness.worker.pause();
    await turns();
    expect(harness.gateway.statuses.map(({ state }) => state)).toEqual(['probing', 'ready', 'paused']);
    expect(harness.worker.snapshot).toMatchObject({ intake: 'paused', status: { state: 'ready' } });
    harness.executor.calls[0]?.answer({ status: 200 });
    await turns();
    expect(running.ended).toBe(true);
    harness.worker.resume();
    harness.worker.resume();
    await turns();
    expect(harness.gateway.statuses.at(-1)?.state).toBe('ready');
  });

  it('stays so over a new connection, and whatever its probe finds', async () => {
    const harness = createHarness();
    await harness.start();
    harness.worker.pause();
    harness.gateway.transport.break();
    await harness.pass(reconnectBackoff.firstMs);
    expect(harness.gateways).toHaveLength(2);
    harness.worker.probe();
    await turns();
    expect(new Set(harness.gateway.statuses.map(({ state }) => state))).toEqual(new Set(['paused']));
  });
});

describe('a worker whose gateway wants nothing new', () => {
  it('knows that of its session, and not of the next', async () => {
    const harness = createHarness();
    await harness.start();
    expect(harness.worker.snapshot.isReleased).toBe(false);
    harness.gateway.session.drain('The console drains it.');
    await turns();
    expect(harness.worker.snapshot).toMatchObject({ connection: 'connected', isReleased: true });
    harness.worker.stop('x');
    await harness.start();
    expect(harness.worker.snapshot.isReleased).toBe(false);
  });
});

describe('the slots of a worker', () => {
  it('change by a status, which a new connection hears again', async () => {
    const harness = createHarness({ slots: 4 });
    await harness.start();
    expect(harness.gateway.statuses.at(-1)).not.toHaveProperty('slots');
    harness.worker.setSlots(1);
    await turns();
    expect(harness.gateway.statuses.at(-1)).toMatchObject({ state: 'ready', slots: 1 });
    openStream(harness.gateway);
    const second = openStream(harness.gateway, { attempt: 'a2' });
    await turns();
    expect(second.reset?.code).toBe('REFUSED');
    harness.gateway.transport.break();
    await harness.pass(reconnectBackoff.firstMs);
    expect(harness.gateway.hello?.slots).toBe(4);
    expect(harness.gateway.statuses[0]).toMatchObject({ slots: 1 });
    harness.worker.setSlots(4);
    await turns();
    expect(harness.gateway.statuses.at(-1)).toMatchObject({ slots: 4 });
  });
});

describe('what a worker says of its last request and connection', () => {
  it('is the outcome, the bytes and the time', async () => {
    const harness = createHarness();
    await harness.start();
    expect(harness.worker.snapshot).toMatchObject({ lastRequest: undefined, lastClose: undefined });
    openStream(harness.gateway);
    await turns();
    await harness.pass(250);
    harness.executor.calls[0]?.answer({ status: 201 });
    await turns();
    expect(harness.worker.snapshot.lastRequest).toMatchObject({ outcome: 201, durationMs: 250, model: 'gemini-2.5-flash' });
    harness.gateway.transport.break();
    await turns();
    expect(harness.worker.snapshot.lastClose).toEqual({ code: 'TRANSPORT_LOST', wasOpen: true });
  });

  it('tells a socket that never opened from one that was closed', async () => {
    const harness = createHarness({ isReachable: () => false });
    await harness.start();
    expect(harness.worker.snapshot.lastClose).toEqual({ code: 'TRANSPORT_LOST', wasOpen: false });
  });

  it('knows that a user holds it back there, and forgets it with the session', async () => {
    const harness = createHarness();
    await harness.start();
    expect(harness.gateway.hello?.capabilities).toContain('hold');
    for (const isHeld of [true, false, true]) {
      harness.gateway.session.sendHold({ isHeld });
      await turns();
      expect(harness.worker.snapshot.isHeld).toBe(isHeld);
    }
    harness.worker.stop('x');
    await harness.start();
    expect(harness.worker.snapshot).toMatchObject({ connection: 'connected', isHeld: false });
  });
});
