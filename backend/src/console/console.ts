import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '@gemini-proxy/protocol';
import { GatewayError } from '../errors.ts';
import { ConsoleApi } from './api/console-api.ts';
import { createHandlers } from './api/handlers.ts';
import { writeError } from './api/write-answer.ts';
import { ConsoleState } from './console-state.ts';
import { apiPath } from './contract/routes.ts';
import { type ConsoleLink, codeParameter } from './contract/session.ts';
import { Door } from './door/door.ts';
import { LiveFeed } from './feed/live-feed.ts';
import { writeNotBuilt } from './pages/not-built.ts';
import { StaticFiles } from './pages/static-files.ts';
import type { ConsoleParts } from './parts.ts';
import { countStates } from './views/worker-view.ts';

export interface ConsoleOptions extends ConsoleParts {
  readonly clock: Clock;
  /** Hears of what nothing expects. */
  readonly onBug: (error: unknown) => void;
}

/** Where the console's pages are. */
export const consolePath = '/console';

/** The gateway's own pages, and the API behind them. */
export class Console {
  readonly #options: ConsoleOptions;
  readonly #door: Door;
  readonly #state: ConsoleState;
  readonly #feed: LiveFeed;
  readonly #api: ConsoleApi;
  readonly #files: StaticFiles;

  constructor(options: ConsoleOptions) {
    const { secrets, now, clock, requests, metrics, resources, pool, onBug } = options;
    this.#options = options;
    this.#door = new Door({ adminToken: secrets.adminToken ?? randomBytes(32).toString('base64url'), now });
    const state = new ConsoleState(options);
    this.#state = state;
    this.#feed = new LiveFeed({
      clock,
      now,
      read: {
        workers: () => ({ workers: state.workers() }),
        uploads: () => ({ uploads: state.uploads() }),
        setup: () => state.progress(),
        capture: () => state.capture(),
      },
      readPulse: () => {
        const { leases, waiting } = pool.debugState();
        return { inFlight: leases, waiting, workers: countStates(pool.workers()) };
      },
      readTotals: () => metrics.totals,
      readResourceRevision: () => resources.revision,
      readLogs: (afterId) => state.logsAfter(afterId),
    });
    requests.listen(this.#feed.onRequestChanged);
    const createLink = (baseUrl: string) => this.createLink(baseUrl);
    const handlers = createHandlers({ parts: options, state, door: this.#door, feed: this.#feed, createLink });
    this.#api = new ConsoleApi({ handlers, whoIs: (request) => this.#door.whoIs(request), onBug });
    this.#files = new StaticFiles(options.folders.console);
  }

  /** Answers a request at the console's path or below. */
  handle(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    if (path === apiPath || path.startsWith(`${apiPath}/`)) {
      void this.#api.handle(request, response);
      return;
    }
    this.#serveFile(request, response, path).catch((error: unknown) => {
      this.#options.onBug(error);
      response.destroy();
    });
  }

  /** A link that signs one browser in; `baseUrl` is the gateway's address. */
  createLink(baseUrl: string): ConsoleLink {
    const { code, expiresAtMs } = this.#door.createCode();
    return { url: `${baseUrl}${consolePath}#${codeParameter}=${code}`, code, expiresAtMs };
  }

  /** Workers came, went or changed. */
  onWorkersChanged(): void {
    this.#state.observeWorkers();
    this.#feed.onStateChanged();
  }

  /** Ends the live channel; calls are answered as long as connections last. */
  close(): void {
    this.#feed.close('The gateway is stopping.');
  }

  async #serveFile(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    request.resume();
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      writeError(response, new GatewayError('CONSOLE_NOT_FOUND', "The console's pages can be read only."));
      return;
    }
    const isServed = await this.#files.serve(request, response, path.slice(consolePath.length + 1));
    if (!isServed) writeNotBuilt(response);
  }
}
