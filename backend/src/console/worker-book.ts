import type { WorkerView } from '../pool/worker.ts';

/** When a worker came, and came into its state; milliseconds since 1970. */
export interface WorkerTimes {
  readonly connectedAtMs: number;
  readonly sinceMs: number;
}

interface Entry extends WorkerTimes {
  readonly state: string;
}

/** Remembers since when workers are as they are. It sees what it is shown: at every change, and before it is asked. */
export class WorkerBook {
  #entries = new Map<string, Entry>();

  observe(workers: readonly WorkerView[], nowMs: number): void {
    const before = this.#entries;
    this.#entries = new Map(
      workers.map(({ id, state }) => {
        const known = before.get(id);
        if (known?.state === state) return [id, known];
        return [id, { state, connectedAtMs: known?.connectedAtMs ?? nowMs, sinceMs: nowMs }];
      }),
    );
  }

  of(workerId: string, nowMs: number): WorkerTimes {
    return this.#entries.get(workerId) ?? { connectedAtMs: nowMs, sinceMs: nowMs };
  }
}
