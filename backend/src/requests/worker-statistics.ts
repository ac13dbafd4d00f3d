/** Last requests of a worker by which it is judged. */
const windowLength = 64;
/** Workers whose numbers are kept; those that came first give way. */
const maxWorkers = 1_024;

type Outcome = 'completed' | 'failed' | 'cancelled';

interface Served {
  served: number;
  failed: number;
  /** The last ones, oldest first. */
  readonly last: { readonly isFailed: boolean; readonly durationMs: number }[];
}

/** What became of the requests of each worker. */
export interface WorkerNumbers {
  readonly served: number;
  readonly failed: number;
  /** 0 to 1; `undefined` before the first. */
  readonly errorRate: number | undefined;
  /** Median. */
  readonly latencyMs: number | undefined;
}

/** Counts of each worker, by its id. */
export class WorkerStatistics {
  readonly #workers = new Map<string, Served>();

  /** What a client gave up counts as served, and says nothing of failures or latency. */
  record(workerId: string, outcome: Outcome, durationMs: number): void {
    const numbers = this.#workers.get(workerId) ?? this.#add(workerId);
    numbers.served += 1;
    if (outcome === 'cancelled') return;
    if (outcome === 'failed') numbers.failed += 1;
    numbers.last.push({ isFailed: outcome === 'failed', durationMs });
    if (numbers.last.length > windowLength) numbers.last.shift();
  }

  #add(workerId: string): Served {
    const numbers = { served: 0, failed: 0, last: [] };
    const [oldest] = this.#workers.size >= maxWorkers ? this.#workers.keys() : [];
    if (oldest !== undefined) this.#workers.delete(oldest);
    this.#workers.set(workerId, numbers);
    return numbers;
  }

  of(workerId: string): WorkerNumbers {
    const { served = 0, failed = 0, last = [] } = this.#workers.get(workerId) ?? {};
    const durations = last.filter(({ isFailed }) => !isFailed).map(({ durationMs }) => durationMs);
    durations.sort((one, other) => one - other);
    return {
      served,
      failed,
      errorRate: last.length === 0 ? undefined : (last.length - durations.length) / last.length,
      latencyMs: durations[Math.floor(durations.length / 2)],
    };
  }
}
