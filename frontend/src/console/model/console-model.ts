import type { ConsoleClient, LiveEventData, Overview, Range, Session, Setup, WorkerPage } from '../channel/contract.ts';
import { type LinkState, type LiveHandlers, openLiveEvents } from '../channel/live-events.ts';
import { Query } from './query.ts';
import { Store } from './store.ts';

export type SignedIn = Extract<Session, { signedIn: true }>;

export interface ConsoleModelOptions {
  readonly client: ConsoleClient;
  readonly session: SignedIn;
  /** The session is over: expired, or ended by a restart of the gateway. */
  readonly onSignedOut: () => void;
}

/** Everything that more than one page shows, and that comes by itself. Pages have their own models for the rest. */
export class ConsoleModel {
  readonly client: ConsoleClient;
  readonly session: SignedIn;
  /** How the live channel is. */
  readonly link = new Store<LinkState>('connecting');
  readonly pulse = new Store<LiveEventData<'pulse'> | undefined>(undefined);
  readonly setup: Query<Setup>;
  readonly workers: Query<LiveEventData<'workers'>>;
  readonly resources = new Store(0);
  readonly uploads = new Store<LiveEventData<'uploads'>['uploads'] | undefined>(undefined);
  readonly capture: Query<LiveEventData<'capture'>>;
  readonly workerPage: Query<WorkerPage>;
  readonly #overviews = new Map<Range, Query<Overview>>();
  #close: (() => void) | undefined;

  readonly #onSignedOut: () => void;

  constructor({ client, session, onSignedOut }: ConsoleModelOptions) {
    this.client = client;
    this.session = session;
    this.#onSignedOut = onSignedOut;
    this.setup = new Query((signal) => client.call('getSetup', {}, signal));
    this.workers = new Query((signal) => client.call('listWorkers', {}, signal));
    this.capture = new Query((signal) => client.call('getCapture', {}, signal));
    this.workerPage = new Query((signal) => client.call('listWorkerPage', {}, signal));
  }

  /** One per range, so that changing between them shows what was there. */
  overview(range: Range): Query<Overview> {
    const known = this.#overviews.get(range);
    if (known !== undefined) return known;
    const query = new Query((signal) => this.client.call('getOverview', { query: { range } }, signal));
    this.#overviews.set(range, query);
    return query;
  }

  start(): void {
    this.#close ??= openLiveEvents({
      client: this.client,
      topics: ['pulse', 'workers', 'uploads', 'resources', 'setup', 'capture'],
      onState: (state) => this.link.set(state),
      mayReopen: () => this.#mayReopen(),
      handlers: {
        // What was missed is fetched anew.
        hello: () => this.#reload(),
        pulse: (pulse) => this.pulse.set(pulse),
        workers: (workers) => this.workers.put(workers),
        uploads: ({ uploads }) => this.uploads.set(uploads),
        resources: () => this.resources.set(this.resources.value + 1),
        setup: (progress) => this.setup.update((setup) => ({ ...setup, progress })),
        capture: (capture) => this.capture.put(capture),
      },
    });
    void this.setup.load();
  }

  stop(): void {
    this.#close?.();
    this.#close = undefined;
  }

  /** Opens one more stream, for what only one page needs; the caller ends it. */
  openEvents(topic: 'requests' | 'logs', handlers: LiveHandlers): () => void {
    return openLiveEvents({
      client: this.client,
      topics: [topic],
      handlers,
      onState: () => undefined,
      mayReopen: () => this.#mayReopen(),
    });
  }

  async #mayReopen(): Promise<boolean> {
    const { signedIn } = await this.client.call('getSession', {});
    if (!signedIn) this.#onSignedOut();
    return signedIn;
  }

  #reload(): void {
    void this.setup.load();
    void this.workers.load();
    void this.capture.load();
    this.resources.set(this.resources.value + 1);
  }
}
