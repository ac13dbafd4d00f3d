import type { Clock } from '@gemini-proxy/protocol';
import { type LastClose, type WorkerDebugState, type WorkerSnapshot, workerReasons } from '@gemini-proxy/worker';
import type { ConnectionAction, CreateConnection } from './connection.ts';
import { ConnectionSet } from './connection-set.ts';
import { findEndpointProblem } from './endpoint.ts';
import { GatewayBridge } from './gateway-bridge.ts';
import { findObstacle, type Obstacle } from './obstacle.ts';
import type { PageEnvironment } from './page-environment.ts';
import {
  maxInFlightRows,
  type NumberedSnapshot,
  type PageSnapshot,
  toConnectionRow,
  toInFlightRows,
  toLogLines,
} from './page-snapshot.ts';
import { toConnectionState, toPageState } from './page-state.ts';
import { mayConnectUnasked, parseFragment, type Settings, toConnectionCount } from './settings.ts';
import { SettingsStore } from './settings-store.ts';

/** Shortest time between two snapshots: what the page shows must not cost what it does. */
export const publishIntervalMs = 500;
/** While more requests run than the page has rows: nobody follows those, and drawing takes time from all. */
export const crowdedPublishIntervalMs = 1_000;
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
  readonly #clock: Clock;
  readonly #store: SettingsStore;
  readonly #listeners = new Set<() => void>();
  #settings: Settings;
  readonly #connections: ConnectionSet;
  readonly #bridge: GatewayBridge;
  #isLogOpen = false;
  #obstacle: Obstacle | undefined;
  /** The failure that is being looked into, or was last. */
  #examinedClose: LastClose | undefined;
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
    this.#clock = options.clock;
    const { createConnection, pageId } = options;
    this.#bridge = new GatewayBridge(this.#environment, () => this.#wake());
    this.#connections = new ConnectionSet({
      createConnection: (connection) => createConnection({ ...connection, bridge: () => this.#bridge.current }),
      pageId,
      onChange: () => this.#onEngineChange(),
    });
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
    const endWake = this.#environment.onWake(() => this.#wake());
    const endHide = this.#environment.onHide(() => this.#connections.sleep());
    this.#leave = () => {
      endInput();
      endWake();
      endHide();
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
    this.#retire('The page is closing.');
    this.#bridge.close();
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
    this.#retire('The settings changed.');
    this.#bridge.keepFor(this.#settings.endpoint);
    const isPossible =
      this.#environment.place !== 'deployed' &&
      this.#settings.token !== '' &&
      findEndpointProblem(this.#settings.endpoint) === undefined;
    this.#store.write({ settings: this.#settings, wasConnected: isPossible });
    if (isPossible) {
      this.#releaseLock = this.#environment.holdLock();
      this.#connections.resize(this.#settings);
    }
    this.#publish();
  }

  /** Lets running requests finish first; asked for a second time, it does not wait for them. */
  disconnect(): void {
    this.#store.write({ settings: this.#settings, wasConnected: false });
    const reason = workerReasons.disconnected;
    const isWaiting = this.#snapshot.state === 'draining';
    if (isWaiting || this.#connections.totals.inFlight === 0) {
      this.#retire(reason);
      this.#bridge.close();
    } else {
      this.#connections.drain(reason);
    }
    this.#publish();
  }

  /** Opens the window by which the page reaches a gateway that the browser keeps it from. To be called within a click. */
  openBridge(): void {
    this.#bridge.open(this.#settings.endpoint);
    this.#publish();
  }

  /** Opens what is missing; what is too much finishes its requests and goes. */
  setConnections(count: number): void {
    const connections = toConnectionCount(count);
    if (connections === this.#settings.connections) return;
    this.#settings = { ...this.#settings, connections };
    const { isActive } = this.#snapshot;
    this.#store.write({ settings: this.#settings, wasConnected: isActive });
    if (isActive) this.#connections.resize(this.#settings);
    this.#publish();
  }

  /** Does to one connection what its button says. */
  act(number: number, action: ConnectionAction): void {
    this.#connections.act(number, action);
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
    return this.#connections.debugState();
  }

  #retire(reason: string): void {
    this.#connections.retire(reason);
    this.#obstacle = undefined;
    this.#examinedClose = undefined;
    this.#unlock();
  }

  #unlock(): void {
    this.#releaseLock?.();
    this.#releaseLock = undefined;
  }

  #wake(): void {
    this.#connections.wake();
    this.#schedulePublish();
  }

  /** The hook may answer from the first input on; and a user who has signed in again comes back and clicks. */
  #probeAfterInput(): void {
    if (this.#clock.now() - this.#lastInputProbeMs < inputProbeIntervalMs) return;
    const asking = this.#connections.all.filter(
      ({ worker: { snapshot } }) => snapshot.connection === 'connected' && isUserAwaited(snapshot.status.state),
    );
    if (asking.length === 0) return;
    this.#lastInputProbeMs = this.#clock.now();
    for (const { worker } of asking) worker.probe();
  }

  #onEngineChange(): void {
    this.#schedulePublish();
  }

  /** Finds out why sockets do not open: once for each failed try, one at a time. */
  async #examineFailure(): Promise<void> {
    const close = this.#connections.snapshots.find(({ lastClose }) => lastClose?.wasOpen === false)?.lastClose;
    if (close === undefined || close === this.#examinedClose || this.#isExamining) return;
    this.#examinedClose = close;
    this.#isExamining = true;
    const obstacle = this.#bridge.obstacle ?? (await findObstacle(this.#environment, this.#settings.endpoint));
    this.#isExamining = false;
    if (close === this.#examinedClose) {
      this.#obstacle = obstacle;
      this.#schedulePublish();
    }
    // While this was under way, the connections may have been replaced, and failed in turn.
    await this.#examineFailure();
  }

  #schedulePublish(): void {
    if (this.#cancelPublish !== undefined) return;
    const isCrowded = this.#snapshot.totals.inFlight > maxInFlightRows;
    const intervalMs = isCrowded ? crowdedPublishIntervalMs : publishIntervalMs;
    const delayMs = Math.max(0, this.#lastPublishMs + intervalMs - this.#clock.now());
    this.#cancelPublish = this.#clock.schedule(() => this.#publish(), delayMs);
  }

  #publish(): void {
    this.#cancelTimers();
    this.#lastPublishMs = this.#clock.now();
    this.#snapshot = this.#takeSnapshot();
    if (!this.#snapshot.isActive) this.#unlock();
    for (const listener of this.#listeners) listener();
    void this.#examineFailure();
    if (this.#snapshot.totals.inFlight > 0) this.#cancelTick = this.#clock.schedule(() => this.#publish(), tickIntervalMs);
  }

  #cancelTimers(): void {
    this.#cancelPublish?.();
    this.#cancelPublish = undefined;
    this.#cancelTick?.();
    this.#cancelTick = undefined;
  }

  #takeSnapshot(): PageSnapshot {
    const snapshots = this.#connections.all.map(({ number, worker }): NumberedSnapshot => [number, worker.snapshot]);
    const connections = this.#connections.all.map(({ number, worker: { snapshot }, faults }) =>
      toConnectionRow(snapshot, faults.isFrozen ? 'frozen' : toConnectionState(snapshot, this.#obstacle), number),
    );
    const states = connections.map(({ state }) => state);
    const state = this.#bridge.stateWith(toPageState(this.#environment.place, this.#settings, states));
    const { endpoint } = this.#settings;
    return {
      state,
      detail: connections.find((row) => row.state === state)?.detail ?? '',
      isActive: snapshots.some(([, { connection }]) => connection !== 'stopped'),
      settings: this.#settings,
      way: this.#bridge.wayTo(endpoint),
      isBridgeOffered: this.#bridge.isOfferedIn(state, endpoint),
      origin: this.#environment.origin,
      totals: this.#connections.totals,
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
