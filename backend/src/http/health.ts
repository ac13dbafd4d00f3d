import type { IncomingMessage, ServerResponse } from 'node:http';

/** How many workers are connected, by state; counts only, since anyone may ask. */
export interface WorkerCounts {
  readonly connected: number;
  /** Those that would get a request now, if they had a free slot. */
  readonly ready: number;
  readonly inFlight: number;
  readonly waiting: number;
}

/** How one worker is, and why. */
export interface WorkerHealth {
  readonly id: string;
  readonly account: string;
  readonly kind: string;
  readonly state: string;
  readonly reason: string;
  /** Requests that it is given at once, and how many it offers. */
  readonly slots: number;
  readonly offeredSlots: number;
  readonly inFlight: number;
  readonly breaker: string;
  readonly isSuspect: boolean;
  readonly isSteady: boolean;
}

export interface Health {
  readonly isDraining: boolean;
  readonly workers: WorkerCounts;
  /** For `?verbose`, where the caller may know. */
  readonly details: readonly WorkerHealth[] | undefined;
}

/** The upstream's own words may name a key. */
const keyPattern = /AIza[\w-]{10,}/g;

/** Seconds after which a client of a gateway that is stopping may find its successor. */
const drainingRetrySeconds = 5;

/** `/healthz` says that the process lives and takes requests; `?ready` answers 503 while no worker is ready, too; `?verbose` adds how each worker is. */
export function answerHealth(request: IncomingMessage, response: ServerResponse, { isDraining, workers, details }: Health): void {
  const isUnready = isAsked(request, 'ready') && workers.ready === 0;
  const status = isDraining ? 'draining' : isUnready ? 'no-worker-ready' : 'ok';
  const more = details === undefined ? {} : { details: details.map(withoutKeys) };
  const body = `${JSON.stringify({ status, workers, ...more })}\n`;
  response.writeHead(status === 'ok' ? 200 : 503, [
    ...['content-type', 'application/json; charset=UTF-8'],
    ...['content-length', String(Buffer.byteLength(body)), 'cache-control', 'no-store'],
    ...(isDraining ? ['retry-after', String(drainingRetrySeconds), 'connection', 'close'] : []),
  ]);
  response.end(body);
}

/** Whether the query has the word, with or without a value. */
export function isAsked({ url = '' }: IncomingMessage, word: 'ready' | 'verbose'): boolean {
  return new RegExp(`\\?(?:.*&)?${word}(?:[=&]|$)`).test(url);
}

/** Whether a request comes from this very machine: its connection does, and no proxy or tunnel passed it on. */
export function isFromThisMachine({ socket, headers }: IncomingMessage): boolean {
  const isLoopback = /^(?:::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? '');
  return isLoopback && forwardingHeaders.every((name) => headers[name] === undefined);
}

const forwardingHeaders = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'cf-connecting-ip'] as const;

function withoutKeys(worker: WorkerHealth): WorkerHealth {
  return { ...worker, reason: worker.reason.replace(keyPattern, 'AIza…') };
}
