import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Handler, UpgradeHandler } from './listener.ts';
import type { Upstream } from './upstream.ts';

/** The public API as a page without the hook reaches it: the emulator's own answers, no session added. */
export function createUnhookedHandler(upstream: Upstream): Handler {
  return (request, response) =>
    upstream.carry({
      method: request.method,
      path: request.url,
      headers: withoutSession(request.headers),
      request,
      response,
      onHead: (answer) => response.writeHead(answer.statusCode ?? 500, toHttp2Headers(answer)),
      onUnreachable: () => response.writeHead(503).end(),
      transforms: [],
    });
}

/** The same for WebSockets. */
export function createUnhookedUpgradeHandler(upstream: Upstream): UpgradeHandler {
  return (request, socket, head) =>
    upstream.tunnel({ path: request.url ?? '/', headers: withoutSession(request.headers), socket, head });
}

function withoutSession(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !name.startsWith(':') && name !== 'host' && name !== 'x-emulator-session'),
  );
}

function toHttp2Headers({ headers }: IncomingMessage): OutgoingHttpHeaders {
  const { connection, 'keep-alive': keepAlive, 'transfer-encoding': transferEncoding, ...endToEnd } = headers;
  return endToEnd;
}
