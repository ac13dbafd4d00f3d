import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Transport, TransportEvents } from '@gemini-proxy/protocol';
import { describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { createBrowserConnect } from '../browser.ts';
import { websocketConnect } from './websocket-connect.ts';

async function startServer(): Promise<{ url: string; server: WebSocketServer; connected: Promise<WebSocket> } & AsyncDisposable> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'gemini-proxy.v1' });
  await once(server, 'listening');
  const connected = once(server, 'connection').then(([socket]) => socket as WebSocket);
  connected.catch(() => {});
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}/worker`,
    server,
    connected,
    async [Symbol.asyncDispose]() {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen() {
  const opened = Promise.withResolvers<void>();
  const received = Promise.withResolvers<Uint8Array>();
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  const events: TransportEvents = {
    onOpen: () => opened.resolve(),
    onMessage: (message) => received.resolve(message),
    onClose: (code, reason) => closed.resolve({ code, reason }),
  };
  return { events, opened: opened.promise, received: received.promise, closed: closed.promise };
}

// Node's own WebSocket stands for a page's: both follow the same specification.
describe.each([
  { name: 'websocketConnect', connectTo: (url: string, events: TransportEvents): Transport => websocketConnect(url)(events) },
  {
    name: 'createBrowserConnect',
    connectTo: (url: string, events: TransportEvents): Transport =>
      createBrowserConnect({ WebSocket: globalThis.WebSocket, url })(events),
  },
])('$name', ({ connectTo, name }) => {
  const textCloseCode = name === 'websocketConnect' ? 1003 : 4400;

  it('carries binary messages both ways, over the subprotocol and without compression', async () => {
    await using server = await startServer();
    const link = listen();
    const transport = connectTo(server.url, link.events);
    await link.opened;
    const socket = await server.connected;
    expect(socket.protocol).toBe('gemini-proxy.v1');
    expect(socket.extensions).toBe('');
    const arrived = once(socket, 'message');
    transport.send(Uint8Array.of(0, 255, 1));
    const [message, isBinary] = await arrived;
    expect([[...message], isBinary]).toEqual([[0, 255, 1], true]);
    socket.send(Buffer.of(9, 8));
    expect([...(await link.received)]).toEqual([9, 8]);
    transport.close(1000, 'done');
    expect((await link.closed).code).toBe(1000);
    transport.send(Uint8Array.of(1));
  });

  it('tells the close code and reason of the server', async () => {
    await using server = await startServer();
    const link = listen();
    connectTo(server.url, link.events);
    (await server.connected).close(4401, 'wrong token');
    expect(await link.closed).toEqual({ code: 4401, reason: 'wrong token' });
  });

  it('closes on a text message', async () => {
    await using server = await startServer();
    const link = listen();
    connectTo(server.url, link.events);
    const socket = await server.connected;
    const closed = once(socket, 'close');
    socket.send('text');
    expect((await closed)[0]).toBe(textCloseCode);
  });

  it('reports a server that is not there as a close', async () => {
    const server = await startServer();
    await server[Symbol.asyncDispose]();
    const link = listen();
    connectTo(server.url, link.events);
    expect((await link.closed).code).toBe(1006);
  });

  it('may be closed before it is open, with any code', async () => {
    await using server = await startServer();
    const link = listen();
    connectTo(server.url, link.events).close(1001, 'page closing');
    expect((await link.closed).code).toBe(1006);
  });
});
