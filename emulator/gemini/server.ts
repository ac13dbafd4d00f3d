import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { HttpRequest, HttpResponse } from './exchange.ts';

/** Longer than clients keep an idle connection, so that they and not the server close it. */
const KEEP_ALIVE_TIMEOUT_MS = 240_000;
/** Windows for uploads, wide enough that HTTP/2 is no slower than HTTP/1.1 on loopback. */
const STREAM_WINDOW_BYTES = 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;
/** Room for a connection's worth of unsent answers; Node's own limit of 10 breaks large ones off. */
const MAX_SESSION_MEMORY_MB = 256;

export interface ServerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** PEM. Given, the server speaks HTTP/2 and HTTP/1.1 over TLS; else HTTP/1.1. */
  readonly tls: { readonly key: string | Buffer; readonly cert: string | Buffer } | undefined;
  readonly maxConcurrentStreams: number;
}

/** A listening server that can be ended at once, whatever its connections are doing. */
export class EmulatorServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #options: ServerOptions;
  readonly #sockets = new Set<Socket>();
  #isClosed = false;

  constructor(
    options: ServerOptions,
    handler: (request: HttpRequest, response: HttpResponse) => void,
    onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
  ) {
    this.#options = options;
    this.#server = createHttpServer(options, handler);
    this.#server.on('upgrade', onUpgrade);
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** Resolves with the base URL. */
  listen(): Promise<string> {
    const { host, port, tls } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        const name = host.includes(':') ? `[${host}]` : host;
        resolve(`${tls === undefined ? 'http' : 'https'}://${name}:${portOf(this.#server.address())}`);
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

function createHttpServer(
  { tls, maxConcurrentStreams }: ServerOptions,
  handler: (request: HttpRequest, response: HttpResponse) => void,
): Server {
  if (tls !== undefined) {
    const settings = { maxConcurrentStreams, initialWindowSize: STREAM_WINDOW_BYTES };
    const server = createSecureServer({ ...tls, allowHTTP1: true, maxSessionMemory: MAX_SESSION_MEMORY_MB, settings }, handler);
    server.on('session', (session) => session.setLocalWindowSize(CONNECTION_WINDOW_BYTES));
    // A client that breaks off in the handshake or in mid-frame is its own problem.
    server.on('sessionError', () => {});
    server.on('tlsClientError', () => {});
    return server;
  }
  const listener: RequestListener = handler;
  // Without this an offer of h2c would be taken for a WebSocket.
  const server = createServer({ shouldUpgradeCallback: isWebSocket }, listener);
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  return server;
}

function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}
