import { once } from 'node:events';
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, request as send } from 'node:http';

/** What happens to a request on its way to the real upstream. */
export interface Intervention {
  /** Breaks the connection once this many bytes of the body have come. */
  readonly cutAfterBytes?: number;
  /** Answers after this. */
  readonly wait?: Promise<void>;
  /** Loses the answer. */
  readonly loseAnswer?: boolean;
  readonly hideHeaders?: readonly string[];
  readonly answer?: { readonly status: number; readonly headers: OutgoingHttpHeaders; readonly body: string };
}

export interface UpstreamProxy extends AsyncDisposable {
  readonly url: string;
  /** `POST /path upload, finalize` of each request, without the query. */
  readonly seen: readonly string[];
}

/** Stands before an upstream and disturbs what the test wants disturbed. */
export async function startUpstreamProxy(
  upstreamUrl: string,
  intervene: (request: IncomingMessage, name: string) => Intervention | undefined,
): Promise<UpstreamProxy> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const name = [request.method, request.url?.split('?', 1)[0], request.headers['x-goog-upload-command']]
      .filter(Boolean)
      .join(' ');
    if (!request.url?.startsWith('/v1beta/models')) seen.push(name);
    const { cutAfterBytes, wait, loseAnswer, hideHeaders = [], answer } = intervene(request, name) ?? {};
    if (answer !== undefined) {
      request.resume().on('end', () => response.writeHead(answer.status, answer.headers).end(answer.body));
      return;
    }
    const forwarded = send(upstreamUrl + request.url, { method: request.method, headers: request.headers }, async (reply) => {
      await wait;
      if (loseAnswer === true) {
        reply.resume().on('end', () => request.socket.destroy());
        return;
      }
      const headers = Object.entries(reply.headers).filter(([header]) => !hideHeaders.includes(header));
      response.writeHead(reply.statusCode ?? 500, Object.fromEntries(headers));
      reply.pipe(response);
    });
    forwarded.on('error', () => request.socket.destroy());
    request.on('close', () => request.complete || forwarded.destroy());
    let byteCount = 0;
    request.on('data', (chunk: Buffer) => {
      byteCount += chunk.length;
      if (cutAfterBytes !== undefined && byteCount > cutAfterBytes) request.socket.destroy();
    });
    request.pipe(forwarded);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
