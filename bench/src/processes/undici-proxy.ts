import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { announceReady, childOptions } from './child-process.ts';

/** A reverse proxy as one writes it with undici when it has to be fast: the measure for the gateway. */
export interface UndiciProxyOptions {
  readonly upstreamUrl: string;
}

const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'te', 'upgrade', 'host', 'expect']);
const pool = new Pool(childOptions<UndiciProxyOptions>().upstreamUrl, { connections: 256, pipelining: 1 });

const server = createServer((request: IncomingMessage, response: ServerResponse) => {
  const headers = request.rawHeaders.filter((_, index, all) => !hopByHop.has((all[index & ~1] ?? '').toLowerCase()));
  const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
  pool.dispatch(
    { method: request.method ?? 'GET', path: request.url ?? '/', headers, body: hasBody ? request : null },
    {
      onRequestStart: (controller) => {
        response.once('close', () => response.writableFinished || controller.abort(new Error('the client left')));
      },
      onResponseStart: (_controller, status, fields) => {
        for (const name of hopByHop) delete fields[name];
        response.writeHead(status, fields);
      },
      onResponseData: (controller, chunk) => {
        if (response.write(chunk)) return;
        controller.pause();
        response.once('drain', () => controller.resume());
      },
      onResponseEnd: () => response.end(),
      onResponseError: () => (response.headersSent ? response.destroy() : response.writeHead(502).end()),
    },
  );
});

server.listen(0, '127.0.0.1', () => announceReady({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
