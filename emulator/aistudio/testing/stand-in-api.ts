import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { WebSocketServer } from 'ws';

/** Plays the Gemini API: 403 without a session or key; `…:streamGenerateContent` and `…:generateContent` in two halves; WebSockets send back what they get. */
export interface StandInApi extends AsyncDisposable {
  url: string;
  /** Answers that wait between their first and second half. */
  readonly heldCount: number;
  /** Answers whose client left before their end. */
  readonly abandonedCount: number;
  /** Bytes of `models/endless` that were handed to the network. */
  readonly endlessBytes: number;
  /** What the last call looked like. */
  readonly lastCall: { method: string; url: string; headers: IncomingMessage['headers']; body: Buffer } | undefined;
  /** Lets the held answers go on to their end. */
  release(): void;
  /** Breaks the connections of the held answers. */
  breakConnections(): void;
}

export const standInSecret = 'session-secret-3f9c';

export async function startStandInApi(): Promise<StandInApi> {
  const held = new Set<ServerResponse>();
  const state = { abandonedCount: 0, endlessBytes: 0, lastCall: undefined as StandInApi['lastCall'] };

  const server = createServer(async (request, response) => {
    const cors = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' };
    if (request.method === 'OPTIONS') return response.writeHead(204, cors).end();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url = '', headers } = request;
    const body = Buffer.concat(chunks);
    state.lastCall = { method, url, headers, body };
    if (headers['x-emulator-session'] !== standInSecret && headers['x-goog-api-key'] === undefined) {
      return response.writeHead(403, cors).end("Method doesn't allow unregistered callers");
    }
    response.on('close', () => {
      held.delete(response);
      if (!response.writableFinished) state.abandonedCount += 1;
    });
    if (url.includes('/endless:')) return writeEndlessly(response, state);
    if (url.includes('enerateContent')) return hold(response, held);
    response.writeHead(200, { ...cors, 'content-type': 'application/octet-stream', 'x-goog-upload-url': 'https://upload/' });
    return response.end(body.length > 0 ? body : '{"models":[]}');
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered][0] ?? false });
  server.on('upgrade', (request, socket, head) => {
    state.lastCall = { method: 'GET', url: request.url ?? '', headers: request.headers, body: head };
    if (request.headers['x-emulator-session'] !== standInSecret) {
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (opened) => {
      opened.on('message', (data, isBinary) => opened.send(data, { binary: isBinary }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;

  return {
    url: `http://127.0.0.1:${port}`,
    get heldCount() {
      return held.size;
    },
    get abandonedCount() {
      return state.abandonedCount;
    },
    get endlessBytes() {
      return state.endlessBytes;
    },
    get lastCall() {
      return state.lastCall;
    },
    release: () => {
      for (const response of held) response.end('data: {"second":2}\r\n\r\n');
    },
    breakConnections: () => {
      for (const response of held) response.destroy();
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        for (const socket of sockets.clients) socket.terminate();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function hold(response: ServerResponse, held: Set<ServerResponse>): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write('data: {"first":1}\r\n\r\n', () => held.add(response));
}

function writeEndlessly(response: ServerResponse, state: { endlessBytes: number }): void {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const write = () => {
    let isWritable = true;
    while (isWritable && !response.destroyed) {
      isWritable = response.write(chunk);
      state.endlessBytes += chunk.length;
    }
    if (!response.destroyed) response.once('drain', write);
  };
  response.writeHead(200);
  write();
}
