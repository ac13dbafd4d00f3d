import { type WorkerDebugState, type WorkerSnapshot, workerReasons } from '@gemini-proxy/worker';
import type { Connection, ConnectionAction, ConnectionOptions } from './connection.ts';
import { addTotals, noTotals, type Totals } from './page-snapshot.ts';
import type { Settings } from './settings.ts';

/** Requests that the whole page executes at once: browsers queue what is above the 100 streams of an HTTP/2 connection. */
export const pageSlots = 96;

export interface ConnectionSetOptions {
  readonly createConnection: (options: Omit<ConnectionOptions, 'bridge'>) => Connection;
  /** Names this page among the gateway's workers. */
  readonly pageId: string;
  onChange(): void;
}

/** A connection with its place in the page. */
export interface NumberedConnection extends Connection {
  /** From 1; a number is given again when its connection is gone. */
  readonly number: number;
}

interface Entry extends NumberedConnection {
  readonly unsubscribe: () => void;
  /** Is on its way out, and is not counted among those that the user wants. */
  isLeaving: boolean;
}

/** The simulated workers of the page: as many as the user wants, and those that finish what they began. */
export class ConnectionSet {
  readonly #options: ConnectionSetOptions;
  #entries: readonly Entry[] = [];
  /** Counters of connections that are gone. */
  #pastTotals: Totals = noTotals;
  #sequence = 0;
  /** Connections that were stopped because the page was put away. */
  #asleep: readonly Entry[] = [];

  constructor(options: ConnectionSetOptions) {
    this.#options = options;
  }

  get all(): readonly NumberedConnection[] {
    return this.#entries;
  }

  get snapshots(): readonly WorkerSnapshot[] {
    return this.#entries.map(({ worker }) => worker.snapshot);
  }

  get totals(): Totals {
    return this.snapshots.reduce(addTotals, this.#pastTotals);
  }

  /** Opens connections that are missing, and lets those that are too many finish and go. */
  resize(settings: Settings): void {
    const kept = this.#entries.filter(({ isLeaving }) => !isLeaving);
    const slots = Math.floor(pageSlots / settings.connections);
    for (const entry of kept.slice(settings.connections)) this.#leave(entry, workerReasons.fewer);
    for (const { worker } of kept.slice(0, settings.connections)) worker.setSlots(slots);
    const missing = Array.from({ length: Math.max(0, settings.connections - kept.length) }, () => this.#create(settings, slots));
    for (const { worker } of missing) worker.start();
  }

  /** Lets running requests finish, and then every connection goes. */
  drain(reason: string): void {
    for (const entry of this.#entries) this.#leave(entry, reason);
  }

  /** Ends all connections now; their running requests are lost. */
  retire(reason: string): void {
    for (const entry of this.#entries) this.#remove(entry, reason);
  }

  /** The page goes away, for good or for a while: the gateway need not wait to find out. */
  sleep(): void {
    this.#asleep = this.#entries.filter(({ worker }) => worker.snapshot.connection !== 'stopped');
    for (const { worker } of this.#asleep) worker.stop('The page was closed.');
  }

  /** The page or the network is back: nobody waits for the end of a delay. */
  wake(): void {
    for (const { worker } of this.#asleep) worker.start();
    this.#asleep = [];
    for (const { worker } of this.#entries) if (worker.snapshot.connection === 'waiting') worker.reconnectNow();
  }

  act(number: number, action: ConnectionAction): void {
    const entry = this.#entries.find((candidate) => candidate.number === number);
    if (entry === undefined) return;
    const { worker, faults } = entry;
    switch (action) {
      case 'pause':
        worker.pause();
        break;
      case 'resume':
        worker.resume();
        break;
      case 'drain':
        void worker.drain(workerReasons.drained);
        break;
      case 'start':
        // A session that the gateway has let go ends in good order first.
        void worker.drain(workerReasons.renewed).then(() => worker.start());
        break;
      case 'cut':
        faults.cut();
        break;
      case 'freeze':
        faults.freeze();
        break;
      case 'thaw':
        faults.thaw();
        break;
      default:
        action satisfies never;
    }
    this.#options.onChange();
  }

  /** What is alive in all engines together. */
  debugState(): WorkerDebugState {
    return this.#entries
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

  #create(settings: Settings, slots: number): Entry {
    const { createConnection, pageId, onChange } = this.#options;
    const taken = new Set(this.#entries.map(({ number }) => number));
    let number = 1;
    while (taken.has(number)) number += 1;
    this.#sequence += 1;
    const { worker, faults } = createConnection({ settings, slots, workerId: `${pageId}-${this.#sequence}` });
    const entry: Entry = { worker, faults, number, unsubscribe: worker.subscribe(onChange), isLeaving: false };
    this.#entries = [...this.#entries, entry].sort((left, right) => left.number - right.number);
    return entry;
  }

  #leave(entry: Entry, reason: string): void {
    if (entry.isLeaving) return;
    entry.isLeaving = true;
    // A page that stands still would never be done.
    entry.faults.thaw();
    void entry.worker.drain(reason).then(() => {
      this.#remove(entry, reason);
      this.#options.onChange();
    });
  }

  #remove(entry: Entry, reason: string): void {
    if (!this.#entries.includes(entry)) return;
    const { worker, faults, unsubscribe } = entry;
    this.#entries = this.#entries.filter((other) => other !== entry);
    this.#asleep = this.#asleep.filter((other) => other !== entry);
    unsubscribe();
    faults.thaw();
    worker.stop(reason);
    this.#pastTotals = { ...addTotals(this.#pastTotals, worker.snapshot), inFlight: 0 };
    void Promise.resolve(worker[Symbol.asyncDispose]()).catch(() => undefined);
  }
}
