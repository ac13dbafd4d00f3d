import type { IncomingMessage } from 'node:http';
import { logLevels } from '../log-ring.ts';
import { maxTotalBodyBytes } from '../requests/request-log.ts';
import type { Capture } from './contract/requests.ts';
import type { Upload } from './contract/resources.ts';
import type { LogLine, LogList, LogQuery } from './contract/settings.ts';
import type { Setup, SetupProgress } from './contract/setup.ts';
import type { ConsoleWorker } from './contract/workers.ts';
import { isEncrypted } from './door/door.ts';
import type { ConsoleParts } from './parts.ts';
import { toUpload } from './views/resource-view.ts';
import { toProgress, toSetup } from './views/setup-view.ts';
import { toConsoleWorker } from './views/worker-view.ts';
import { WorkerBook } from './worker-book.ts';

/** Uploads that are shown at most. */
const maxUploads = 100;
/** Lines of the log in one event at most. */
const maxLiveLines = 100;

/** The gateway as the console sees it; both its calls and its live channel read here. */
export class ConsoleState {
  readonly #parts: ConsoleParts;
  readonly #book = new WorkerBook();
  readonly #labels: Map<string, string>;

  constructor(parts: ConsoleParts) {
    this.#parts = parts;
    this.#labels = new Map(parts.labels.all());
  }

  /** Looks at the workers, so that it is known since when they are as they are. */
  observeWorkers(): void {
    this.#book.observe(this.#parts.pool.workers(), this.#parts.now());
  }

  workers(): ConsoleWorker[] {
    this.observeWorkers();
    const { pool, requests, now } = this.#parts;
    return pool.workers().map((worker) =>
      toConsoleWorker(worker, {
        times: this.#book.of(worker.id, now()),
        numbers: requests.statistics.of(worker.id),
        label: this.#labels.get(worker.id),
      }),
    );
  }

  setLabel(workerId: string, label: string | null): void {
    const { labels } = this.#parts;
    if (label === null || label === '') {
      labels.delete(workerId);
      this.#labels.delete(workerId);
    } else {
      labels.put(workerId, label);
      this.#labels.set(workerId, label);
    }
  }

  progress(): SetupProgress {
    this.observeWorkers();
    const { pool, metrics, now } = this.#parts;
    const nowMs = now();
    const { requests, failed, cancelled } = metrics.totals;
    const answered = requests - failed - cancelled;
    return toProgress(pool.workers(), { nowMs, timesOf: (id) => this.#book.of(id, nowMs), answered });
  }

  setup(request: IncomingMessage): Setup {
    const { secrets } = this.#parts;
    const { clientKey, workerToken } = secrets;
    return toSetup({ progress: this.progress(), baseUrl: baseUrlOf(request), clientKey, workerToken });
  }

  uploads(): Upload[] {
    return this.#parts.uploads.list().slice(0, maxUploads).map(toUpload);
  }

  capture(): Capture {
    return { ...this.#parts.requests.capture, maxTotalBytes: maxTotalBodyBytes };
  }

  logs({ level, search, limit, before }: LogQuery): LogList {
    const least = logLevels.indexOf(level ?? 'debug');
    const lines: LogLine[] = [];
    for (const line of this.#parts.logs.newestFirst()) {
      if (before !== undefined && line.id >= before) continue;
      if (logLevels.indexOf(line.level) < least || !contains(line, search)) continue;
      if (lines.length === limit) return { lines, nextBefore: lines.at(-1)?.id ?? null };
      lines.push({ ...line, fields: { ...line.fields } });
    }
    return { lines, nextBefore: null };
  }

  /** Lines after one, oldest first, and how many more there were. */
  logsAfter(afterId: number): { readonly lines: readonly LogLine[]; readonly skipped: number; readonly lastId: number } {
    const { logs } = this.#parts;
    const { lastId } = logs;
    if (lastId <= afterId) return { lines: [], skipped: 0, lastId };
    const lines: LogLine[] = [];
    for (const line of logs.newestFirst()) {
      if (line.id <= afterId || lines.length === maxLiveLines) break;
      lines.unshift({ ...line, fields: { ...line.fields } });
    }
    return { lines, skipped: lastId - afterId - lines.length, lastId };
  }
}

/** The gateway's address as whoever asks reaches it. */
export function baseUrlOf(request: IncomingMessage): string {
  return `${isEncrypted(request) ? 'https' : 'http'}://${request.headers.host ?? 'localhost'}`;
}

function contains({ message, fields }: LogLine, search: string | undefined): boolean {
  if (search === undefined || search === '') return true;
  return `${message} ${JSON.stringify(fields)}`.toLowerCase().includes(search.toLowerCase());
}
