import { describe, expect, it, vi } from 'vitest';
import {
  aRequest,
  createConnectedPage,
  createFakePage,
  FakeEnvironment,
  FakeStorage,
  stateAfter,
} from '../../../testing/fakes.ts';
import { pageSlots } from './connection-set.ts';
import { maxInFlightRows } from './page-snapshot.ts';
import { crowdedPublishIntervalMs, inputProbeIntervalMs, publishIntervalMs, tickIntervalMs } from './worker-page-model.ts';

const ready = { connection: 'connected', status: { state: 'ready', reason: 'fine' } } as const;
const asking = { connection: 'connected', status: { state: 'needs-interaction', reason: 'click' } } as const;

describe('WorkerPageModel settings', () => {
  it('connects by a link with a token to this machine, and takes the token out of the address', () => {
    const environment = new FakeEnvironment();
    environment.fragment = '#endpoint=ws://127.0.0.1:9/worker&token=secret&connections=3';
    const { model, workers } = createFakePage(environment);
    model.start();
    expect(environment.fragmentsSet).toEqual(['']);
    expect(workers.map(({ options }) => options.settings.token)).toEqual(['secret', 'secret', 'secret']);
    expect(model.snapshot.settings).toMatchObject({ endpoint: 'ws://127.0.0.1:9/worker', connections: 3, kind: 'aistudio' });
  });

  it('waits for the user when a link names a gateway elsewhere', () => {
    const environment = new FakeEnvironment();
    environment.fragment = '#endpoint=wss://stranger.example/worker&token=secret';
    const { model, workers } = createFakePage(environment);
    model.start();
    expect(workers).toEqual([]);
    model.connect();
    expect(workers).toHaveLength(1);
  });

  it('does not offer the stored token to the gateway of a link', () => {
    const environment = new FakeEnvironment();
    const first = createFakePage(environment);
    first.model.start();
    first.model.connect({ token: 'mine' });
    first.model.stop();
    environment.fragment = '#endpoint=wss://stranger.example/worker';
    const second = createFakePage(environment);
    second.model.start();
    expect(second.workers).toEqual([]);
    expect(second.model.snapshot).toMatchObject({ state: 'no-token', settings: { token: '' } });
  });

  it('connects again after a reload, until the user disconnects', () => {
    const environment = new FakeEnvironment(new FakeStorage());
    const first = createFakePage(environment);
    first.model.start();
    first.model.connect({ token: 'token' });
    first.model.stop();

    const second = createFakePage(environment);
    second.model.start();
    expect(second.workers).toHaveLength(1);
    second.model.disconnect();

    const third = createFakePage(environment);
    third.model.start();
    expect(third.workers).toEqual([]);
    expect(third.model.snapshot.settings.token).toBe('token');
  });

  it('asks for what is missing instead of connecting', () => {
    const { model, workers } = createFakePage();
    model.start();
    model.connect();
    expect(model.snapshot.state).toBe('no-token');
    model.connect({ token: 'token', endpoint: 'ws://gateway.example/worker' });
    expect(model.snapshot.state).toBe('needs-wss');
    expect(workers).toEqual([]);
  });

  it('does not connect by itself at top level, and never where it is deployed', () => {
    const environment = new FakeEnvironment();
    environment.fragment = '#token=secret';
    environment.place = 'top-level';
    const outside = createFakePage(environment);
    outside.model.start();
    expect(outside.model.snapshot.state).toBe('outside');
    outside.model.connect();
    expect(outside.workers).toHaveLength(1);

    environment.place = 'deployed';
    const deployed = createFakePage(environment);
    deployed.model.start();
    deployed.model.connect({ token: 'token' });
    expect(deployed.workers).toEqual([]);
    expect(deployed.model.snapshot.state).toBe('deployed');
  });

  it('connects at top level when the address says that it is for the emulator', () => {
    const environment = new FakeEnvironment();
    environment.place = 'top-level';
    environment.fragment = '#token=secret&kind=emulator';
    const { model, workers } = createFakePage(environment);
    model.start();
    expect(workers.map(({ options }) => options.settings.kind)).toEqual(['emulator']);
  });
});

describe('WorkerPageModel connections', () => {
  it('opens as many engines as were asked for, each with its own id, sharing the slots of the page', () => {
    const { workers } = createConnectedPage(4);
    expect(new Set(workers.map(({ options }) => options.workerId)).size).toBe(4);
    expect(workers.map(({ options }) => options.slots)).toEqual(Array(4).fill(pageSlots / 4));
    expect(workers.every(({ calls }) => calls.join() === 'start')).toBe(true);
  });

  it('opens what is missing when more are wanted, and lets what is too much finish', async () => {
    const { model, workers, clock } = createConnectedPage(1);
    workers[0]?.become({ ...ready, served: 5, bytesSent: 50 });
    model.setConnections(4);
    expect(workers.map(({ options, snapshot }) => [options.slots, snapshot.slots])).toEqual([
      [96, 24],
      ...Array(3).fill([24, 96]),
    ]);
    workers[3]?.become({ ...ready, served: 2, inFlight: [aRequest()] });
    model.setConnections(2);
    clock.advance(publishIntervalMs);
    expect(workers.map(({ calls }) => calls.join())).toEqual([
      'start,slots 24,slots 48',
      'start,slots 48',
      'start,drain',
      'start,drain',
    ]);
    expect(model.snapshot.connections.map(({ number, state }) => `${number} ${state}`)).toEqual([
      '1 ready',
      '2 connecting',
      '3 connecting',
      '4 draining',
    ]);
    workers[2]?.drained.resolve();
    workers[3]?.become({ inFlight: [], served: 3 });
    workers[3]?.drained.resolve();
    await vi.waitFor(() => expect(workers[3]?.calls).toContain('dispose'));
    clock.advance(publishIntervalMs);
    expect(model.snapshot.connections.map(({ number }) => number)).toEqual([1, 2]);
    expect(model.snapshot.totals).toMatchObject({ served: 8, bytesSent: 50, inFlight: 0 });
    expect(workers[3]?.listeners).toBe(0);
  });

  it('gives numbers again, but never the id of a worker', async () => {
    const { model, workers } = createConnectedPage(3);
    model.setConnections(1);
    model.setConnections(2);
    expect(model.snapshot.connections.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    expect(new Set(workers.map(({ options }) => options.workerId)).size).toBe(4);
  });

  it('does to one connection what its button says', () => {
    const { model, workers } = createConnectedPage(2);
    workers[1]?.become(ready);
    for (const action of ['pause', 'resume', 'cut', 'drain', 'start'] as const) model.act(2, action);
    expect([workers[1]?.calls.join(), workers[1]?.faults.cuts]).toEqual(['start,pause,resume,drain,drain', 1]);
    model.act(2, 'freeze');
    expect(model.snapshot.connections[1]?.state).toBe('frozen');
    model.act(2, 'thaw');
    expect(workers[1]?.faults.isFrozen).toBe(false);
    expect(workers[0]?.calls).toEqual(['start']);
    model.act(17, 'pause');
  });

  it('lets running requests finish before it disconnects, unless it is asked twice', async () => {
    const { model, workers, clock } = createConnectedPage(1);
    workers[0]?.become({ ...ready, inFlight: [aRequest()] });
    clock.advance(publishIntervalMs);
    model.disconnect();
    expect(model.snapshot).toMatchObject({ state: 'draining', isActive: true });
    model.disconnect();
    expect(workers[0]?.calls).toEqual(['start', 'drain', 'stop', 'dispose']);
    expect(model.snapshot).toMatchObject({ state: 'stopped', isActive: false });
  });

  it('only remembers the number while disconnected', () => {
    const { model, workers } = createFakePage();
    model.start();
    model.setConnections(4);
    expect(workers).toEqual([]);
    expect(model.snapshot.settings.connections).toBe(4);
  });

  it('starts once however often it is started, and stops once', () => {
    const environment = new FakeEnvironment();
    environment.fragment = '#token=secret&connections=2';
    const { model, workers, clock } = createFakePage(environment);
    model.start();
    model.start();
    expect(workers).toHaveLength(2);
    expect([environment.inputListeners, environment.wakeListeners, environment.hideListeners].map(({ size }) => size)).toEqual([
      1, 1, 1,
    ]);
    model.stop();
    model.stop();
    expect(workers.map(({ calls }) => calls.join())).toEqual(['start,stop,dispose', 'start,stop,dispose']);
    expect([environment.inputListeners, environment.wakeListeners, environment.hideListeners].map(({ size }) => size)).toEqual([
      0, 0, 0,
    ]);
    expect([environment.locks, clock.timers]).toEqual([0, 0]);
  });

  it('holds a lock while connected', () => {
    const { model, environment } = createConnectedPage();
    expect(environment.locks).toBe(1);
    model.disconnect();
    expect(environment.locks).toBe(0);
  });

  it('lets go of the lock and says why when the gateway refuses the token', () => {
    const { model, environment, workers, clock } = createConnectedPage();
    workers[0]?.become({
      connection: 'stopped',
      connectionReason: 'refused',
      lastClose: { code: 'UNAUTHORIZED', wasOpen: true },
    });
    clock.advance(publishIntervalMs);
    expect(model.snapshot).toMatchObject({ state: 'wrong-token', isActive: false, detail: 'refused' });
    expect(environment.locks).toBe(0);
    model.connect({ token: 'better' });
    expect(workers.at(-1)?.options.settings.token).toBe('better');
  });

  it('finds out, at each failed try, why the socket did not open', async () => {
    const { model, environment, workers, clock } = createFakePage();
    const fail = () => workers.at(-1)?.become({ connection: 'waiting', lastClose: { code: 'TRANSPORT_LOST', wasOpen: false } });
    model.start();
    model.connect({ token: 'token' });
    fail();
    await vi.waitFor(() => expect(stateAfter(clock, model)).toBe('unreachable'));
    environment.permission = 'denied';
    environment.isDelegated = false;
    fail();
    await vi.waitFor(() => expect(stateAfter(clock, model)).toBe('blocked'));
    environment.answers = true;
    fail();
    await vi.waitFor(() => expect(stateAfter(clock, model)).toBe('not-admitted'));
    expect(model.snapshot).toMatchObject({ origin: 'https://preview.example', isActive: true });
    expect(environment.urlsAsked).toHaveLength(3);
  });

  it('forgets what it found when other settings are tried', async () => {
    const { model, environment, workers, clock } = createFakePage();
    environment.answers = true;
    model.start();
    model.connect({ token: 'token' });
    workers[0]?.become({ connection: 'waiting', lastClose: { code: 'TRANSPORT_LOST', wasOpen: false } });
    await vi.waitFor(() => expect(stateAfter(clock, model)).toBe('not-admitted'));
    environment.answers = false;
    model.connect({ endpoint: 'ws://127.0.0.1:9/worker' });
    workers[1]?.become({ connection: 'waiting', lastClose: { code: 'TRANSPORT_LOST', wasOpen: false } });
    expect(stateAfter(clock, model)).toBe('connecting');
    await vi.waitFor(() => expect(stateAfter(clock, model)).toBe('unreachable'));
  });
});

describe('WorkerPageModel events of the page', () => {
  it('says goodbye when the page is put away, and comes back when it is shown again', () => {
    const { environment, workers } = createConnectedPage(2);
    workers[0]?.become(ready);
    workers[1]?.become({ connection: 'stopped' });
    environment.hide();
    expect(workers.map(({ calls }) => calls)).toEqual([['start', 'stop'], ['start']]);
    environment.wake();
    expect(workers.map(({ calls }) => calls)).toEqual([['start', 'stop', 'start'], ['start']]);
  });

  it('probes at input while an engine asks for it, and not too often', () => {
    const { environment, workers, clock } = createConnectedPage(2);
    const probes = () => workers.map(({ calls }) => calls.filter((call) => call === 'probe').length);
    environment.input();
    workers[0]?.become(asking);
    workers[1]?.become(ready);
    environment.input();
    environment.input();
    expect(probes()).toEqual([1, 0]);
    clock.advance(inputProbeIntervalMs);
    environment.input();
    expect(probes()).toEqual([2, 0]);
  });

  it('probes at input after a refusal, for the user may have signed in again', () => {
    const { environment, workers } = createConnectedPage(1);
    workers[0]?.become({ connection: 'connected', status: { state: 'refused', reason: 'The session has expired.' } });
    environment.input();
    expect(workers[0]?.calls).toEqual(['start', 'probe']);
  });

  it('reconnects at once when the network comes back or the page is shown', () => {
    const { environment, workers } = createConnectedPage(2);
    workers[0]?.become({ connection: 'waiting' });
    workers[1]?.become(ready);
    environment.wake();
    expect(workers.map(({ calls }) => calls)).toEqual([['start', 'reconnectNow'], ['start']]);
  });
});

describe('WorkerPageModel snapshots', () => {
  it('come at most twice a second, however much happens', () => {
    const { model, workers, clock } = createConnectedPage();
    clock.advance(10_000);
    let published = 0;
    model.subscribe(() => {
      published += 1;
    });
    for (let step = 0; step < 1_000; step += 1) {
      workers[0]?.become({ ...ready, served: step });
      clock.advance(1);
    }
    clock.advance(publishIntervalMs);
    expect(published).toBeGreaterThanOrEqual(2);
    expect(published).toBeLessThanOrEqual(3);
    expect(model.snapshot.totals.served).toBe(999);
  });

  it('are the only times at which an engine is looked at', () => {
    const { workers, clock } = createConnectedPage();
    clock.advance(10_000);
    const [worker] = workers;
    const looksBefore = worker?.looks;
    for (let step = 0; step < 1_000; step += 1) worker?.become({ ...ready, served: step });
    expect(worker?.looks).toBe(looksBefore);
    clock.advance(publishIntervalMs);
    expect(worker?.looks).toBeGreaterThan(looksBefore ?? 0);
    expect(worker?.looks).toBeLessThan((looksBefore ?? 0) + 20);
  });

  it('come less often while more requests run than there are rows', () => {
    const { model, workers, clock } = createConnectedPage();
    const inFlight = Array.from({ length: maxInFlightRows + 1 }, aRequest);
    workers[0]?.become({ ...ready, inFlight });
    clock.advance(crowdedPublishIntervalMs);
    const published: number[] = [];
    model.subscribe(() => published.push(clock.now()));
    for (let step = 0; step < 4 * crowdedPublishIntervalMs; step += 1) {
      workers[0]?.become({ ...ready, inFlight, served: step });
      clock.advance(1);
    }
    expect(published.length).toBeGreaterThanOrEqual(3);
    expect(published.length).toBeLessThanOrEqual(4);
  });

  it('go on once a second while a request is silent, and end with it', () => {
    const { model, workers, clock } = createConnectedPage();
    workers[0]?.become({ ...ready, inFlight: [aRequest()] });
    clock.advance(publishIntervalMs);
    clock.advance(3 * tickIntervalMs);
    expect(model.snapshot.inFlight[0]?.elapsedMs).toBeGreaterThanOrEqual(3 * tickIntervalMs);
    workers[0]?.become({ ...ready, inFlight: [] });
    clock.advance(publishIntervalMs);
    expect(clock.timers).toBe(0);
  });

  it('hold log lines only while the log is open', () => {
    const { model, workers, clock } = createConnectedPage();
    workers[0]?.become({ log: [{ sequence: 1, at: 1, level: 'info', text: 'hello' }] });
    clock.advance(publishIntervalMs);
    expect(model.snapshot.log).toEqual([]);
    model.setLogOpen(true);
    expect(model.snapshot.log.map(({ text }) => text)).toEqual(['hello']);
    model.setLogOpen(false);
    expect(model.snapshot.log).toEqual([]);
  });

  it('add up what is alive in all engines', () => {
    const { model, workers } = createConnectedPage(2);
    workers[0]?.become({ ...ready, inFlight: [aRequest()] });
    expect(model.debugState()).toEqual({ streams: 1, timers: 2, queuedBytes: 0 });
  });
});
