import type { Clock } from '@gemini-proxy/protocol';
import type { InFlightRequest, Worker, WorkerSnapshot } from '@gemini-proxy/worker';
import type { Connection, ConnectionOptions } from '../src/worker-page/model/connection.ts';
import type { BridgeEvents, PageBridge } from '../src/worker-page/model/gateway-bridge.ts';
import type { LoopbackPermission, PageEnvironment, PagePlace } from '../src/worker-page/model/page-environment.ts';
import type { KeyValueStorage } from '../src/worker-page/model/settings-store.ts';
import { publishIntervalMs, WorkerPageModel } from '../src/worker-page/model/worker-page-model.ts';

/** Time that passes only by `advance`. */
export class FakeClock implements Clock {
  #nowMs = 0;
  #timers: { atMs: number; callback: () => void }[] = [];

  now(): number {
    return this.#nowMs;
  }

  schedule(callback: () => void, delayMs: number): () => void {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  advance(durationMs: number): void {
    const endMs = this.#nowMs + durationMs;
    for (;;) {
      const [next] = this.#timers.filter(({ atMs }) => atMs <= endMs).sort((left, right) => left.atMs - right.atMs);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#nowMs = next.atMs;
      next.callback();
    }
    this.#nowMs = endMs;
  }

  get timers(): number {
    return this.#timers.length;
  }
}

const idleSnapshot: WorkerSnapshot = {
  connection: 'stopped',
  connectionReason: 'not started',
  lastClose: undefined,
  status: { state: 'probing', reason: 'probing' },
  refusal: undefined,
  intake: 'open',
  isReleased: false,
  isHeld: false,
  slots: 96,
  served: 0,
  failed: 0,
  reconnects: 0,
  bytesReceived: 0,
  bytesSent: 0,
  inFlight: [],
  lastRequest: undefined,
  log: [],
};

class FakeFaults {
  isFrozen = false;
  cuts = 0;

  cut(): void {
    this.cuts += 1;
  }

  freeze(): void {
    this.isFrozen = true;
  }

  thaw(): void {
    this.isFrozen = false;
  }
}

/** An engine that does what the test says. */
export class FakeWorker implements Worker, Connection {
  readonly options: ConnectionOptions;
  readonly worker = this;
  readonly faults = new FakeFaults();
  readonly calls: string[] = [];
  /** Resolved by the test when the last request has ended. */
  readonly drained = Promise.withResolvers<void>();
  /** Readings of the snapshot, which cost a real engine a copy of what it shows. */
  looks = 0;
  #snapshot = idleSnapshot;
  #listeners = new Set<() => void>();

  constructor(options: ConnectionOptions) {
    this.options = options;
  }

  get snapshot(): WorkerSnapshot {
    this.looks += 1;
    return this.#snapshot;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  become(change: Partial<WorkerSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    for (const listener of this.#listeners) listener();
  }

  start(): void {
    this.calls.push('start');
    this.become({ connection: 'connecting', connectionReason: 'connecting' });
  }

  stop(reason: string): void {
    this.calls.push('stop');
    this.become({ connection: 'stopped', connectionReason: reason });
  }

  async drain(reason: string): Promise<void> {
    this.calls.push('drain');
    this.become({ intake: 'draining', connectionReason: reason });
    await this.drained.promise;
    this.become({ connection: 'stopped' });
  }

  pause(): void {
    this.calls.push('pause');
    this.become({ intake: 'paused' });
  }

  resume(): void {
    this.calls.push('resume');
    this.become({ intake: 'open' });
  }

  setSlots(slots: number): void {
    this.calls.push(`slots ${slots}`);
    this.become({ slots });
  }

  probe(): void {
    this.calls.push('probe');
  }

  reconnectNow(): void {
    this.calls.push('reconnectNow');
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  debugState() {
    return { streams: this.#snapshot.inFlight.length, timers: 1, queuedBytes: 0 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.calls.push('dispose');
  }
}

export class FakeStorage implements KeyValueStorage {
  readonly values = new Map<string, string>();

  getItem(key: string): string | null {
    return this.values.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.values.set(key, value);
  }
}

/** A window that does what the test says. */
export class FakeBridge implements PageBridge {
  state: PageBridge['state'] = 'opening';
  readonly events: BridgeEvents;

  constructor(events: BridgeEvents) {
    this.events = events;
  }

  connectThrough(): never {
    throw new Error('the fake engines connect nowhere');
  }

  focus(): void {}

  close(): void {
    this.become('closed');
  }

  become(state: PageBridge['state']): void {
    this.state = state;
    this.events.onState(state);
  }
}

/** A browser around the page, with handles to play it. */
export class FakeEnvironment implements PageEnvironment {
  place: PagePlace = 'framed';
  readonly origin = 'https://preview.example';
  fragment = '';
  fragmentsSet: string[] = [];
  locks = 0;
  permission: LoopbackPermission = 'unknown';
  isDelegated = true;
  answers = false;
  hasWindows = true;
  readonly bridgesAsked: string[] = [];
  readonly bridges: FakeBridge[] = [];
  readonly urlsAsked: string[] = [];
  readonly inputListeners = new Set<() => void>();
  readonly wakeListeners = new Set<() => void>();
  readonly hideListeners = new Set<() => void>();
  storage: () => KeyValueStorage;

  constructor(storage: KeyValueStorage = new FakeStorage()) {
    this.storage = () => storage;
  }

  readFragment(): string {
    return this.fragment;
  }

  replaceFragment(fragment: string): void {
    this.fragment = fragment;
    this.fragmentsSet.push(fragment);
  }

  holdLock(): () => void {
    this.locks += 1;
    return () => {
      this.locks -= 1;
    };
  }

  onInput(listener: () => void): () => void {
    this.inputListeners.add(listener);
    return () => this.inputListeners.delete(listener);
  }

  onWake(listener: () => void): () => void {
    this.wakeListeners.add(listener);
    return () => this.wakeListeners.delete(listener);
  }

  onHide(listener: () => void): () => void {
    this.hideListeners.add(listener);
    return () => this.hideListeners.delete(listener);
  }

  async loopbackPermission(): Promise<LoopbackPermission> {
    return this.permission;
  }

  mayAskForLoopback(): boolean {
    return this.isDelegated;
  }

  async answersHttp(url: string): Promise<boolean> {
    this.urlsAsked.push(url);
    return this.answers;
  }

  openBridge(url: string, events: BridgeEvents): PageBridge | undefined {
    this.bridgesAsked.push(url);
    if (!this.hasWindows) return undefined;
    const bridge = new FakeBridge(events);
    this.bridges.push(bridge);
    return bridge;
  }

  input(): void {
    for (const listener of this.inputListeners) listener();
  }

  hide(): void {
    for (const listener of this.hideListeners) listener();
  }

  wake(): void {
    for (const listener of this.wakeListeners) listener();
  }
}

/** A model with fakes all around it. */
export function createFakePage(environment = new FakeEnvironment()) {
  const clock = new FakeClock();
  const workers: FakeWorker[] = [];
  const model = new WorkerPageModel({
    environment,
    clock,
    pageId: 'page',
    createConnection: (options) => {
      const worker = new FakeWorker(options);
      workers.push(worker);
      return worker;
    },
  });
  return { model, environment, clock, workers };
}

export function aRequest(change: Partial<InFlightRequest> = {}): InFlightRequest {
  return {
    attempt: 'attempt-1',
    operation: 'models.generateContent',
    model: 'gemini-2.5-flash',
    startedAtMs: 0,
    bytesReceived: 10,
    bytesSent: 20,
    ...change,
  };
}

/** A page that its user has connected. */
export function createConnectedPage(connections = 1) {
  const page = createFakePage();
  page.model.start();
  page.model.connect({ token: 'token', connections });
  return page;
}

/** The state that the page shows once it has shown what happened last. */
export function stateAfter(clock: FakeClock, model: WorkerPageModel) {
  clock.advance(publishIntervalMs);
  return model.snapshot.state;
}
