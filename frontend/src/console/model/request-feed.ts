import type { ConsoleClient, RequestQuery, RequestSummary } from '../channel/contract.ts';
import type { LiveHandlers } from '../channel/live-events.ts';
import { toError } from './query.ts';
import { Store } from './store.ts';

export type RequestFilter = Pick<RequestQuery, 'state' | 'status' | 'search'>;

export interface FeedState {
  /** Newest first. */
  readonly requests: readonly RequestSummary[];
  readonly isLoading: boolean;
  readonly error: Error | undefined;
  /** Older ones can be asked for. */
  readonly hasOlder: boolean;
  readonly isLive: boolean;
}

export interface FeedOptions {
  readonly client: ConsoleClient;
  readonly openEvents: (handlers: LiveHandlers) => () => void;
  /** Calls back once, soon, when there is time to draw. */
  readonly schedule: (callback: () => void) => void;
}

/** Requests that are held at once; the gateway has no more. */
const mostHeld = 2_000;
const pageSize = 200;

/** Requests as they come: a page of the past, and everything new that fits the filter. Pausing keeps the list still, not the gateway. */
export class RequestFeed extends Store<FeedState> {
  readonly #options: FeedOptions;
  #filter: RequestFilter = {};
  #known = new Map<string, RequestSummary>();
  #older: string | null = null;
  #close: (() => void) | undefined;
  #loading: AbortController | undefined;
  #isScheduled = false;

  constructor(options: FeedOptions) {
    super({ requests: [], isLoading: true, error: undefined, hasOlder: false, isLive: true });
    this.#options = options;
  }

  start(filter: RequestFilter): void {
    this.#filter = filter;
    void this.reload();
    if (this.value.isLive) this.#listen();
  }

  stop(): void {
    this.#close?.();
    this.#close = undefined;
    this.#loading?.abort();
  }

  /** Holds the list still, or goes on with what has come meanwhile. */
  setLive(isLive: boolean): void {
    this.set({ ...this.value, isLive });
    if (isLive) {
      void this.reload();
      this.#listen();
    } else this.stop();
  }

  async reload(): Promise<void> {
    await this.#load(undefined);
  }

  async loadOlder(): Promise<void> {
    if (this.#older !== null && !this.value.isLoading) await this.#load(this.#older);
  }

  #listen(): void {
    let isFirst = true;
    this.#close ??= this.#options.openEvents({
      // After a break it is unknown what has passed.
      hello: () => {
        if (!isFirst) void this.reload();
        isFirst = false;
      },
      requests: ({ requests, skipped }) => {
        if (skipped > 0) void this.reload();
        else this.#take(requests);
      },
    });
  }

  async #load(before: string | undefined): Promise<void> {
    this.#loading?.abort();
    const loading = new AbortController();
    this.#loading = loading;
    this.set({ ...this.value, isLoading: true });
    const query = { ...this.#filter, limit: pageSize, ...(before === undefined ? {} : { before }) };
    try {
      const { requests, nextBefore } = await this.#options.client.call('listRequests', { query }, loading.signal);
      if (loading.signal.aborted) return;
      if (before === undefined) this.#known = new Map();
      for (const request of requests) this.#known.set(request.id, request);
      this.#older = nextBefore;
      this.#show({ isLoading: false, error: undefined });
    } catch (error) {
      if (!loading.signal.aborted) this.set({ ...this.value, isLoading: false, error: toError(error) });
    }
  }

  #take(requests: readonly RequestSummary[]): void {
    for (const request of requests) {
      if (fits(request, this.#filter)) this.#known.set(request.id, request);
      else this.#known.delete(request.id);
    }
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#options.schedule(() => {
      this.#isScheduled = false;
      if (this.#close !== undefined) this.#show({});
    });
  }

  #show(changed: Partial<FeedState>): void {
    const requests = [...this.#known.values()].sort((a, b) => b.atMs - a.atMs);
    for (const { id } of requests.splice(mostHeld)) this.#known.delete(id);
    this.set({ ...this.value, ...changed, requests, hasOlder: this.#older !== null && requests.length < mostHeld });
  }
}

/** Whether the gateway would list it, too. */
export function fits(request: RequestSummary, { state, status, search }: RequestFilter): boolean {
  if (state !== undefined && request.state !== state) return false;
  if (status !== undefined) {
    const pattern = new RegExp(`^${status.replaceAll('x', '\\d')}$`);
    if (!pattern.test(String(request.status))) return false;
  }
  if (search === undefined || search === '') return true;
  const wanted = search.toLowerCase();
  const places = [request.id, request.path, request.operation, request.workerId, request.account];
  return places.some((place) => place?.toLowerCase().includes(wanted));
}
