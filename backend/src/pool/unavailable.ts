import { GatewayError } from '../errors.ts';
import type { WorkerState, WorkerView } from './worker.ts';

/** Workers named in a message at most. */
const maxNamed = 4;

const advice: Record<Exclude<WorkerState, 'ready'>, string> = {
  probing: 'is still being tried out',
  'needs-interaction': 'needs a click in its page',
  refused: 'is refused by the Gemini API',
  draining: 'is closing',
  gone: 'has gone',
};

/** Says why no worker can take a request, and what to do. */
export function toUnavailableError(workers: readonly WorkerView[], waitedMs: number): GatewayError {
  const metadata = toMetadata(workers);
  if (workers.some((worker) => worker.state === 'ready')) {
    const wait = waitedMs > 0 ? `None came free within ${waitedMs / 1000} seconds` : 'The waiting line is full';
    return new GatewayError('ALL_WORKERS_BUSY', `Every slot of every ready worker is in use. ${wait}; try again later.`, {
      metadata,
    });
  }
  if (workers.length === 0) {
    const remedy = 'Open the GeminiProxy worker page in Google AI Studio and connect it to this gateway, then try again.';
    return new GatewayError('NO_WORKER_READY', `No worker is connected. ${remedy}`, { metadata });
  }
  const named = workers.slice(0, maxNamed).map(describe);
  const others = workers.length > maxNamed ? [`${workers.length - maxNamed} more are not ready`] : [];
  return new GatewayError('NO_WORKER_READY', `No worker is ready: ${[...named, ...others].join('; ')}.`, { metadata });
}

function describe({ id, state, reason }: WorkerView): string {
  const what = `worker ${id} ${state === 'ready' ? 'is busy' : advice[state]}`;
  return reason === '' ? what : `${what} (${reason.replace(/\.$/, '')})`;
}

function toMetadata(workers: readonly WorkerView[]): Record<string, string> {
  const counts: Record<string, number> = {};
  for (const { state } of workers) counts[state] = (counts[state] ?? 0) + 1;
  const entries = Object.entries(counts).map(([state, count]) => [state, String(count)] as const);
  return { connected: String(workers.length), ...Object.fromEntries(entries) };
}
