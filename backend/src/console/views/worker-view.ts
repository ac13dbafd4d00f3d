import type { WorkerView } from '../../pool/worker.ts';
import type { WorkerNumbers } from '../../requests/worker-statistics.ts';
import type { ConsoleWorker } from '../contract/workers.ts';
import type { WorkerTimes } from '../worker-book.ts';

export interface WorkerFacts {
  readonly times: WorkerTimes;
  readonly numbers: WorkerNumbers;
  readonly label: string | undefined;
}

export function toConsoleWorker(worker: WorkerView, { times, numbers, label }: WorkerFacts): ConsoleWorker {
  const { id, account, kind, state, reason, slots, offeredSlots, inFlight, capabilities, isHeld, breaker, isSuspect } = worker;
  return {
    ...{ id, label: label ?? null, account, kind, state, reason },
    sinceMs: times.sinceMs,
    connectedAtMs: times.connectedAtMs,
    ...{ isPaused: isHeld, slots, offeredSlots, inFlight },
    health: isSuspect ? 'suspect' : healthOf[breaker],
    served: numbers.served,
    failed: numbers.failed,
    errorRate: numbers.errorRate ?? null,
    latencyMs: numbers.latencyMs ?? null,
    capabilities: [...capabilities],
  };
}

const healthOf = { closed: 'good', open: 'failing', 'half-open': 'on-trial' } as const;

/** State → workers in it. */
export function countStates(workers: readonly WorkerView[]): Partial<Record<WorkerView['state'], number>> {
  const counts: Partial<Record<WorkerView['state'], number>> = {};
  for (const { state } of workers) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}
