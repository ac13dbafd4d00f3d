import type { IncomingMessage } from 'node:http';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Certificate } from './certificate.ts';

export type Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

/** Takes a request for a WebSocket: bytes that came behind it are in `head`. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface Listener {
  port: number;
  close(): Promise<void>;
}

export interface ListenerOptions {
  certificate: Certificate;
  maxConcurrentStreams: number;
  handler: Handler;
  /** Without it WebSockets are refused. */
  upgradeHandler?: UpgradeHandler;
}

const uploadWindowBytes = 1024 * 1024;

/** An https listener on a free loopback port: HTTP/2, with HTTP/1.1 for those who ask for it. */
export async function listenSecurely({
  certificate,
  maxConcurrentStreams,
  handler,
  upgradeHandler,
}: ListenerOptions): Promise<Listener> {
  const settings = { maxConcurrentStreams, initialWindowSize: uploadWindowBytes };
  const server = createSecureServer({ ...certificate, allowHTTP1: true, settings }, (request, response) => {
    try {
      handler(request, response);
    } catch {
      // Only a request that no browser sends gets here; it must not end the process.
      if (response.headersSent) response.destroy();
      else response.writeHead(400).end();
    }
  });
  // Chromium opens WebSockets over HTTP/1.1 connections of their own.
  if (upgradeHandler !== undefined) server.on('upgrade', upgradeHandler);
  // A client that breaks off in the handshake or in the middle of a frame is its own problem.
  server.on('tlsClientError', () => {});
  server.on('sessionError', () => {});
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  // The window of the whole connection is not a setting; without this it stays at 64 KiB, shared by all uploads.
  server.on('session', (session) => session.setLocalWindowSize(16 * uploadWindowBytes));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('The listener has no port');
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
