import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type WebSocket, WebSocketServer } from 'ws';
import { decodeAnswer, encodeCall, relayKinds } from '../page/relay-message.ts';
import { announceReady } from './child-process.ts';

/**
 * The least that a way through a page can be: HTTP calls go over one WebSocket to a page, and the answer's bytes come back.
 * No keys, deadlines, cancellation, backpressure or errors: the measure for what the gateway adds to the way itself.
 */
const waiting = new Map<number, ServerResponse>();
let page: WebSocket | undefined;
let lastId = 0;

const server = createServer(async (request, response) => {
  const body = new Uint8Array(await buffer(request));
  if (page === undefined) {
    response.writeHead(503).end();
    return;
  }
  lastId += 1;
  waiting.set(lastId, response);
  page.send(encodeCall({ id: lastId, path: request.url ?? '/', body }));
});

new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
  page = socket;
  socket.on('message', (message: Buffer<ArrayBuffer>) => {
    const { id, kind, bytes } = decodeAnswer(message);
    const response = waiting.get(id);
    if (kind === relayKinds.head) response?.writeHead(new DataView(bytes.buffer, bytes.byteOffset).getUint16(0));
    else if (kind === relayKinds.data) response?.write(bytes);
    else {
      waiting.delete(id);
      response?.end();
    }
  });
});

server.listen(0, '127.0.0.1', () => announceReady({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
