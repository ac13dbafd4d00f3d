import { once } from 'node:events';
import { subprotocol } from '@gemini-proxy/protocol';
import { afterAll, beforeAll } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { sessionConformance } from './conformance.ts';
import { ConformanceWorker } from './conformance-worker.ts';
import { realClock } from './real-clock.ts';
import { wsTransport } from './ws-transport.ts';

let server: WebSocketServer;

beforeAll(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  await once(server, 'listening');
});

afterAll(() => {
  server.close();
});

sessionConformance({
  name: 'ws and ws',
  connectPair: async ({ token, onConnect }) => {
    let accepted: WebSocket | undefined;
    const connect = async (onAccept: typeof onConnect): Promise<WebSocket> => {
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('the server does not listen');
      server.once('connection', (socket) => {
        accepted = socket;
        const { transport, listen } = wsTransport(socket);
        listen(onAccept(transport));
      });
      const socket = new WebSocket(`ws://127.0.0.1:${address.port}`, subprotocol, { perMessageDeflate: false });
      await once(socket, 'open');
      return socket;
    };
    let socket = await connect(onConnect);
    const { transport, listen } = wsTransport(socket);
    const scheduleFlush = (flush: () => void): void => {
      setImmediate(flush);
    };
    const worker = new ConformanceWorker({ transport, clock: realClock, scheduleFlush, token });
    listen(worker.transportEvents);
    return {
      report: async () => worker.report(),
      reconnect: async (onReconnect) => {
        const closed = once(socket, 'close');
        accepted?.terminate();
        await closed;
        socket = await connect(onReconnect);
        const next = wsTransport(socket);
        next.listen(worker.reconnect(next.transport));
      },
      [Symbol.asyncDispose]: async () => socket.terminate(),
    };
  },
});
