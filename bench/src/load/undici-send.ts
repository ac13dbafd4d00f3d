import { Pool } from 'undici';
import { requestBody } from './content.ts';
import type { Exchange, Piece, Send } from './exchange.ts';

/** Sends with undici's `dispatch`, the cheapest HTTP client that Node has, over as many connections as there are lanes. */
export function createUndiciSend(
  url: string,
  headers: Readonly<Record<string, string>>,
  connections: number,
): AsyncDisposable & { readonly send: Send } {
  const pool = new Pool(url, { connections, pipelining: 1, headersTimeout: 60_000, bodyTimeout: 60_000 });
  const allHeaders = { 'content-type': 'application/json', 'user-agent': 'bench', ...headers };
  const send: Send = (path) =>
    new Promise<Exchange>((resolve, reject) => {
      const startedAt = performance.now();
      const pieces: Piece[] = [];
      let status = 0;
      pool.dispatch(
        { method: 'POST', path, headers: allHeaders, body: requestBody },
        {
          onRequestStart: () => undefined,
          onResponseStart: (_controller, statusCode) => {
            status = statusCode;
          },
          onResponseData: (_controller, bytes) => {
            pieces.push({ at: performance.now(), bytes });
          },
          onResponseEnd: () => resolve({ status, startedAt, endedAt: performance.now(), pieces }),
          onResponseError: (_controller, error) => reject(error),
        },
      );
    });
  return { send, [Symbol.asyncDispose]: () => pool.destroy() };
}
