import type { IncomingMessage, ServerResponse } from 'node:http';

/** How many workers are connected, by state; counts only, since anyone on this machine may ask. */
export interface WorkerCounts {
  readonly connected: number;
  readonly ready: number;
  readonly inFlight: number;
  readonly waiting: number;
}

/** `/healthz` says that the process lives; `/healthz?ready` answers 503 while no worker is ready. */
export function answerHealth(request: IncomingMessage, response: ServerResponse, workers: WorkerCounts): void {
  const isReadyAsked = /\?(?:.*&)?ready(?:[=&]|$)/.test(request.url ?? '');
  const isFailing = isReadyAsked && workers.ready === 0;
  const body = `${JSON.stringify({ status: isFailing ? 'no-worker-ready' : 'ok', workers })}\n`;
  response.writeHead(isFailing ? 503 : 200, [
    ...['content-type', 'application/json; charset=UTF-8'],
    ...['content-length', String(Buffer.byteLength(body)), 'cache-control', 'no-store'],
  ]);
  response.end(body);
}
