import type { ConsoleWorker } from '../../console/contract.ts';
import { formatDuration, formatPercent } from './format.ts';
import type { Style, Tone } from './style.ts';
import { formatTable } from './table.ts';

export interface WorkerTableOptions {
  readonly workers: readonly ConsoleWorker[];
  readonly nowMs: number;
  readonly style: Style;
  readonly columns: number;
}

const headings = ['ID', 'ACCOUNT', 'KIND', 'STATE', 'SINCE', 'BUSY', 'SERVED', 'ERRORS', 'LATENCY', 'NAME OR REASON'];

/** One line for each worker; those that need something first. */
export function workerTable({ workers, nowMs, style, columns }: WorkerTableOptions): string {
  if (workers.length === 0) return 'No worker is connected: npx gemini-proxy open shows how to connect one.\n';
  const rows = workers
    .toSorted((one, other) => Number(isServing(one)) - Number(isServing(other)) || one.id.localeCompare(other.id))
    .map((worker) => [
      worker.id,
      worker.account,
      worker.kind,
      style(toneOf(worker), stateOf(worker)),
      formatDuration(Math.max(0, nowMs - worker.sinceMs)),
      `${worker.inFlight}/${worker.slots}`,
      String(worker.served),
      worker.errorRate === null ? '–' : formatPercent(worker.errorRate),
      worker.latencyMs === null ? '–' : formatDuration(worker.latencyMs),
      [worker.label, isServing(worker) ? '' : worker.reason].filter(Boolean).join(': '),
    ]);
  return formatTable(headings, rows, columns);
}

function isServing({ state, isPaused }: ConsoleWorker): boolean {
  return state === 'ready' && !isPaused;
}

/** A ready one that is not fully trusted says so. */
function stateOf(worker: ConsoleWorker): string {
  if (worker.isPaused) return 'paused';
  return worker.state === 'ready' && worker.health !== 'good' ? worker.health : worker.state;
}

function toneOf(worker: ConsoleWorker): Tone {
  if (isServing(worker)) return worker.health === 'good' ? 'good' : 'warning';
  return worker.state === 'refused' || worker.state === 'gone' ? 'bad' : 'warning';
}
