import type { Clock } from '@gemini-proxy/protocol';
import type { WorkerDebugState, WorkerSnapshot } from '@gemini-proxy/worker';
import type { Connection, CreateConnection, SocketClose } from './connection.ts';
import { findEndpointProblem } from './endpoint.ts';
import { findObstacle, type Obstacle } from './obstacle.ts';
import type { PageEnvironment } from './page-environment.ts';
import {
  addTotals,
  noTotals,
  type PageSnapshot,
  type Totals,
  toConnectionRow,
  toInFlightRows,
  toLogLines,
} from './page-snapshot.ts';
import { toConnectionState, toPageState } from './page-state.ts';
import { mayConnectUnasked, parseFragment, type Settings, toConnectionCount } from './settings.ts';
import { SettingsStore } from './settings-store.ts';

/** Requests that the whole page executes at once: browsers queue what is above the 100 streams of an HTTP/2 connection. */
export const pageSlots = 96;
/** Shortest time between two snapshots: what the page shows must not cost what it does. */
export const publishIntervalMs = 250;
/** While requests run, their times are shown anew this often, even if nothing else happens. */
export const tickIntervalMs = 1_000;
/** Shortest time between two probes that input asks for. */
export const inputProbeIntervalMs = 1_000;

export interface WorkerPageModelOptions {
  readonly environment: PageEnvironment;
  readonly createConnection: CreateConnection;
  readonly clock: Clock;
  /** Names this page among the gateway's workers. */
  readonly pageId: string;
}

/** The worker page without its looks: settings, and the engines of its connections. */
export class WorkerPageModel {
  readonly #environment: PageEnvironment;
  readonly #createConnection: CreateConnection;
  readonly #clock: Clock;
  readonly #pageId: string;
  readonly #store: SettingsStore;
  readonly #listeners = new Set<() => void>();
  #settings: Settings;
  #connections: readonly Connection[] = [];
  /** Ends the engines' subscriptions. */
  #unsubscribe: readonly (() => void)[] = [];
  /** Counters of engines that are gone. */
  #pastTotals: Totals = noTotals;
  #generation = 0;
  #isLogOpen = false;
  #obstacle: Obstacle | undefined;
  /** The failure that is being looked into, or was last. */
  #examinedClose: SocketClose | undefined;
  #isExamining = false;
  #leave: (() => void) | undefined;
  #releaseLock: (() => void) | undefined;
  #lastInputProbeMs = Number.NEGATIVE_INFINITY;
  #lastPublishMs = Number.NEGATIVE_INFINITY;
  #cancelPublish: (() => void) | undefined;
  #cancelTick: (() => void) | undefined;
  #snapshot: PageSnapshot;

  constructor(options: WorkerPageModelOptions) {
    this.#environment = options.environment;
    this.#createConnection = options.createConnection;
    this.#clock = options.clock;
    this.#pageId = options.pageId;
    this.#store = new SettingsStore(() => this.#environment.storage());
    this.#settings = this.#store.read().settings;
    this.#snapshot = this.#takeSnapshot();
  }

  get snapshot(): PageSnapshot {
    return this.#snapshot;
  }

  /** Calls back after each new snapshot; returns the way to end it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Reads the address and the storage, listens to the page, and connects if the user did so before. Idempotent. */
  start(): void {
    if (this.#leave !== undefined) return;
    const endInput = this.#environment.onInput(() => this.#probeAfterInput());
    const endWake = this.#environment.onWake(() => this.#reconnect());
    this.#leave = () => {
      endInput();
      endWake();
    };
    const { settings: fromLink, rest } = parseFragment(this.#environment.readFragment());
    if (Object.keys(fromLink).length > 0) this.#environment.replaceFragment(rest);
    const stored = this.#store.read();
    this.#settings = { ...stored.settings, ...fromLink };
    // Token and consent are for the endpoint that the user chose, not for another one from a link.
    const isSameEndpoint = stored.settings.endpoint === this.#settings.endpoint;
    if (!isSameEndpoint && fromLink.token === undefined) this.#settings = { ...this.#settings, token: '' };
    const isConsented = (stored.wasConnected && isSameEndpoint) || mayConnectUnasked(fromLink, this.#settings);
    const isRightPlace = this.#environment.place === 'framed' || this.#settings.kind === 'emulator';
    if (isConsented && isRightPlace) this.connect();
    else this.#publish();
  }

  /** Lets go of connections and listeners. Idempotent; `start` begins anew. */
  stop(): void {
    this.#leave?.();
    this.#leave = undefined;
    this.#retireConnections('The page is closing.');
    this.#publish();
    this.#cancelTimers();
  }

  /** Takes the changed settings, and connects with them. Does nothing where they cannot work: the snapshot says why. */
  connect(changes: Partial<Settings> = {}): void {
    this.#settings = {
      ...this.#settings,
      ...changes,
      connections: toConnectionCount(changes.connections ?? this.#settings.connections),
    };
    this.#retireConnections('The settings changed.');
    const isPossible =
      this.#environment.place !== 'deployed' &&
      this.#settings.token !== '' &&
      findEndpointProblem(this.#settings.endpoint) === undefined;
    this.#store.write({ settings: this.#settings, wasConnected: isPossible });
    if (isPossible) this.#openConnections();
    this.#publish();
  }

  disconnect(): void {
    this.#store.write({ settings: this.#settings, wasConnected: false });
    this.#retireConnections('The user disconnected.');
    this.#publish();
  }

  /** Connections share the page's slots, so a new number connects all of them anew. */
  setConnections(count: number): void {
    const connections = toConnectionCount(count);
    if (connections === this.#settings.connections) return;
    if (this.#snapshot.isActive) {
      this.connect({ connections });
      return;
    }
    this.#settings = { ...this.#settings, connections };
    this.#store.write({ settings: this.#settings, wasConnected: false });
    this.#publish();
  }

  /** The log is put together only while somebody looks at it. */
  setLogOpen(isOpen: boolean): void {
    if (isOpen === this.#isLogOpen) return;
    this.#isLogOpen = isOpen;
    this.#publish();
  }

  /** What is alive in all engines together. */
  debugState(): WorkerDebugState {
    return this.#connections
      .map(({ worker }) => worker.debugState())
      .reduce(
        (sum, state) => ({
          streams: sum.streams + state.streams,
          timers: sum.timers + state.timers,
          queuedBytes: sum.queuedBytes + state.queuedBytes,
        }),
        { streams: 0, timers: 0, queuedBytes: 0 },
      );
  }

  #openConnections(): void {
    const settings = this.#settings;
    const slots = Math.floor(pageSlots / settings.connections);
    this.#generation += 1;
    this.#connections = Array.from({ length: settings.connections }, (_, index) =>
      this.#createConnection({ settings, slots, workerId: `${this.#pageId}-${this.#generation}-${index + 1}` }),
    );
    this.#unsubscribe = this.#connections.map(({ worker }) => worker.subscribe(() => this.#onEngineChange()));
    this.#releaseLock = this.#environment.holdLock();
    for (const { worker } of this.#connections) worker.start();
  }

  #retireConnections(reason: string): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#unsubscribe = [];
    for (const { worker } of this.#connections) {
      worker.stop(reason);
      this.#pastTotals = { ...addTotals(this.#pastTotals, worker.snapshot), inFlight: 0 };
      void Promise.resolve(worker[Symbol.asyncDispose]()).catch(() => undefined);
    }
    this.#connections = [];
    this.#obstacle = undefined;
    this.#examinedClose = undefined;
    this.#unlock();
  }

  #unlock(): void {
    this.#releaseLock?.();
    this.#releaseLock = undefined;
  }

  #reconnect(): void {
    for (const { worker } of this.#connections) if (worker.snapshot.connection === 'waiting') worker.reconnectNow();
    this.#schedulePublish(publishIntervalMs);
  }

  /** The hook may answer from the first input on; and a user who has signed in again comes back and clicks. */
  #probeAfterInput(): void {
    if (this.#clock.now() - this.#lastInputProbeMs < inputProbeIntervalMs) return;
    const asking = this.#connections.filter(
      ({ worker: { snapshot } }) => snapshot.connection === 'connected' && isUserAwaited(snapshot.status.state),
    );
    if (asking.length === 0) return;
    this.#lastInputProbeMs = this.#clock.now();
    for (const { worker } of asking) worker.probe();
  }

  #onEngineChange(): void {
    this.#schedulePublish(publishIntervalMs);
    void this.#examineFailure();
  }

  /** Finds out why sockets do not open: once for each failed try, one at a time. */
  async #examineFailure(): Promise<void> {
    const close = this.#connections.find(({ lastClose }) => lastClose !== undefined && !lastClose.wasOpen)?.lastClose;
    if (close === undefined || close === this.#examinedClose || this.#isExamining) return;
    this.#examinedClose = close;
    this.#isExamining = true;
    const obstacle = await findObstacle(this.#environment, this.#settings.endpoint);
    this.#isExamining = false;
    if (close === this.#examinedClose) {
      this.#obstacle = obstacle;
      this.#schedulePublish(publishIntervalMs);
    }
    // While this was under way, the connections may have been replaced, and failed in turn.
    await this.#examineFailure();
  }

  #schedulePublish(intervalMs: number): void {
    if (this.#cancelPublish !== undefined) return;
    const delayMs = Math.max(0, this.#lastPublishMs + intervalMs - this.#clock.now());
    this.#cancelPublish = this.#clock.schedule(() => this.#publish(), delayMs);
  }

  #publish(): void {
    this.#cancelTimers();
    this.#lastPublishMs = this.#clock.now();
    this.#snapshot = this.#takeSnapshot();
    if (!this.#snapshot.isActive) this.#unlock();
    for (const listener of this.#listeners) listener();
    if (this.#snapshot.totals.inFlight > 0) this.#cancelTick = this.#clock.schedule(() => this.#publish(), tickIntervalMs);
  }

  #cancelTimers(): void {
    this.#cancelPublish?.();
    this.#cancelPublish = undefined;
    this.#cancelTick?.();
    this.#cancelTick = undefined;
  }

  #takeSnapshot(): PageSnapshot {
    const snapshots = this.#connections.map(({ worker }) => worker.snapshot);
    const connections = this.#connections.map(({ worker: { snapshot }, lastClose }, index) =>
      toConnectionRow(snapshot, toConnectionState(snapshot, lastClose, this.#obstacle), index),
    );
    const states = connections.map(({ state }) => state);
    const state = toPageState(this.#environment.place, this.#settings, states);
    return {
      state,
      detail: connections.find((row) => row.state === state)?.detail ?? '',
      isActive: snapshots.some(({ connection }) => connection !== 'stopped'),
      settings: this.#settings,
      origin: this.#environment.origin,
      totals: snapshots.reduce(addTotals, this.#pastTotals),
      connections,
      inFlight: toInFlightRows(snapshots, this.#clock.now()),
      log: this.#isLogOpen ? toLogLines(snapshots) : [],
    };
  }
}

/** Whether something that the user does may make the worker ready. */
function isUserAwaited(state: WorkerSnapshot['status']['state']): boolean {
  return state === 'needs-interaction' || state === 'refused';
}
