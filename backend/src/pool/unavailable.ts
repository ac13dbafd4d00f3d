import { GatewayError } from '../errors.ts';
import { isFit, type Requirement } from './requirement.ts';
import { isInRotation, type WorkerState, type WorkerView } from './worker.ts';

/** Workers named in a message at most. */
const maxNamed = 4;

const advice: Record<Exclude<WorkerState, 'ready'>, string> = {
  probing: 'is still being tried out',
  'needs-interaction': 'needs a click in its page',
  refused: 'is refused by the Gemini API',
  paused: 'is paused',
  suspended: 'has lost its connection, and may be back in a moment',
  draining: 'is closing',
  gone: 'has gone',
};

export interface Refusal extends Requirement {
  readonly waitedMs: number;
}

/** Says why no worker can take a request, and what to do. */
export function toUnavailableError(all: readonly WorkerView[], { waitedMs, ...requirement }: Refusal): GatewayError {
  const { account, capability } = requirement;
  const workers = all.filter((worker) => isFit(worker, requirement));
  const metadata = { ...(account === undefined ? {} : { account }), ...toMetadata(workers) };
  if (workers.some(isInRotation)) {
    const whose = account === undefined ? '' : ` of account ${account}`;
    const wait = waitedMs > 0 ? `None came free within ${waitedMs / 1000} seconds` : 'The waiting line is full';
    return new GatewayError('ALL_WORKERS_BUSY', `Every slot of every ready worker${whose} is in use. ${wait}; try again later.`, {
      metadata,
    });
  }
  if (account !== undefined) {
    const how = workers.length === 0 ? 'no worker of that account is connected' : nameThem(workers);
    const remedy = `Open the worker page with account ${account} and connect it to this gateway, then try again.`;
    const message = `What the request names belongs to account ${account}, and no worker of it is ready: ${how}. ${remedy}`;
    return new GatewayError('RESOURCE_OWNER_OFFLINE', message, { metadata });
  }
  if (workers.length === 0 && all.length > 0) {
    const remedy = 'Connect a worker of the present version, or one with an API key.';
    return new GatewayError('NO_WORKER_READY', `No connected worker has the capability ${capability}. ${remedy}`, { metadata });
  }
  if (workers.length === 0) {
    const remedy = 'Open the GeminiProxy worker page in Google AI Studio and connect it to this gateway, then try again.';
    return new GatewayError('NO_WORKER_READY', `No worker is connected. ${remedy}`, { metadata });
  }
  return new GatewayError('NO_WORKER_READY', `No worker is ready: ${nameThem(workers)}.`, { metadata });
}

function outOfRotation({ breaker, isSuspect }: WorkerView): string {
  if (isSuspect) return 'has left a request without an answer, and is being tried out';
  return breaker === 'closed' ? 'is busy' : 'has failed several times in a row, and is tried again in a moment';
}

function nameThem(workers: readonly WorkerView[]): string {
  const named = workers.slice(0, maxNamed).map(describe);
  const others = workers.length > maxNamed ? [`${workers.length - maxNamed} more are not ready`] : [];
  return [...named, ...others].join('; ');
}

function describe(worker: WorkerView): string {
  const { id, state, reason } = worker;
  const what = `worker ${id} ${state === 'ready' ? outOfRotation(worker) : advice[state]}`;
  return reason === '' ? what : `${what} (${reason.replace(/\.$/, '')})`;
}

function toMetadata(workers: readonly WorkerView[]): Record<string, string> {
  const counts: Record<string, number> = {};
  for (const { state } of workers) counts[state] = (counts[state] ?? 0) + 1;
  const entries = Object.entries(counts).map(([state, count]) => [state, String(count)] as const);
  return { connected: String(workers.length), ...Object.fromEntries(entries) };
}
