import type { ConsoleClient, LogLevel, LogLine } from '../channel/contract.ts';
import type { LiveHandlers } from '../channel/live-events.ts';
import { toError } from './query.ts';
import { Store } from './store.ts';

export interface LogFilter {
  readonly level: LogLevel;
  readonly search: string;
}

export interface LogState {
  /** Oldest first, as they are read. */
  readonly lines: readonly LogLine[];
  readonly isLoading: boolean;
  readonly error: Error | undefined;
}

interface LogFeedOptions {
  readonly client: ConsoleClient;
  readonly openEvents: (handlers: LiveHandlers) => () => void;
}

const mostHeld = 2_000;
const pageSize = 500;
const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** Log lines as they are written. */
export class LogFeed extends Store<LogState> {
  readonly #options: LogFeedOptions;
  #filter: LogFilter = { level: 'debug', search: '' };
  #close: (() => void) | undefined;
  #loading: AbortController | undefined;

  constructor(options: LogFeedOptions) {
    super({ lines: [], isLoading: true, error: undefined });
    this.#options = options;
  }

  start(filter: LogFilter): void {
    this.#filter = filter;
    void this.reload();
    this.#close ??= this.#options.openEvents({
      hello: () => void this.reload(),
      logs: ({ lines, skipped }) => {
        if (skipped > 0) void this.reload();
        else this.#take(lines.filter((line) => fitsLog(line, this.#filter)));
      },
    });
  }

  stop(): void {
    this.#close?.();
    this.#close = undefined;
    this.#loading?.abort();
  }

  async reload(): Promise<void> {
    this.#loading?.abort();
    const loading = new AbortController();
    this.#loading = loading;
    this.set({ ...this.value, isLoading: true });
    const { level, search } = this.#filter;
    const query = { level, limit: pageSize, ...(search === '' ? {} : { search }) };
    try {
      const { lines } = await this.#options.client.call('listLogs', { query }, loading.signal);
      if (!loading.signal.aborted) this.set({ lines: lines.toReversed(), isLoading: false, error: undefined });
    } catch (error) {
      if (!loading.signal.aborted) this.set({ ...this.value, isLoading: false, error: toError(error) });
    }
  }

  #take(lines: readonly LogLine[]): void {
    const lastId = this.value.lines.at(-1)?.id ?? -1;
    const newer = lines.filter(({ id }) => id > lastId);
    if (newer.length > 0) this.set({ ...this.value, lines: [...this.value.lines, ...newer].slice(-mostHeld) });
  }
}

/** Whether the gateway would list it, too. */
export function fitsLog(line: LogLine, { level, search }: LogFilter): boolean {
  if (levels.indexOf(line.level) < levels.indexOf(level)) return false;
  return search === '' || `${line.message} ${JSON.stringify(line.fields)}`.toLowerCase().includes(search.toLowerCase());
}
