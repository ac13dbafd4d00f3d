import { Agent, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request as send } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { type Duplex, pipeline, type Transform } from 'node:stream';
import { apiName } from './origins.ts';

/** One exchange to make with the API, and where its answer goes. */
export interface Exchange {
  method: string;
  path: string;
  headers: OutgoingHttpHeaders;
  request: Http2ServerRequest;
  response: Http2ServerResponse;
  /** Writes the head of the answer. */
  onHead: (answer: IncomingMessage) => void;
  /** Called when no answer came. */
  onUnreachable: () => void;
  transforms: Transform[];
}

/** One WebSocket to carry to the API: its handshake, and its bytes. */
export interface Tunnel {
  path: string;
  headers: OutgoingHttpHeaders;
  socket: Duplex;
  /** Bytes that came behind the handshake. */
  head: Buffer;
}

/** Carries exchanges to the API (the emulator): streaming, with backpressure, and abort in both directions. */
export class Upstream {
  readonly #base: URL;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #exchanges = new Set<ClientRequest>();
  readonly #tunnels = new Set<Duplex>();

  constructor(base: string) {
    this.#base = new URL(base);
  }

  get openCount(): number {
    return this.#exchanges.size + this.#tunnels.size;
  }

  carry({ method, path, headers, request, response, onHead, onUnreachable, transforms }: Exchange): void {
    const { hostname, port } = this.#base;
    const upstream = send({ agent: this.#agent, host: hostname, port, method, path, headers: { ...headers, host: apiName } });
    this.#exchanges.add(upstream);
    upstream.on('close', () => this.#exchanges.delete(upstream));
    let hasAnswer = false;
    upstream.on('error', () => {
      // After the head a break shows in the answer itself; until its end an error may only mean that the body was not wanted.
      if (!hasAnswer && !response.destroyed) onUnreachable();
    });
    upstream.on('response', (answer) => {
      hasAnswer = true;
      onHead(answer);
      // Without the callback an abort of either side would be an uncaught error; pipeline has destroyed both by then.
      pipeline([answer, ...transforms, response], () => upstream.destroy());
    });
    // Also a client that leaves before the answer's head ends the exchange.
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  }

  /** Passes the handshake on with these headers; then bytes go both ways until one side ends. What refuses the handshake is passed back as it is. */
  tunnel({ path, headers, socket, head }: Tunnel): void {
    const { hostname, port } = this.#base;
    const handshake = { ...headers, host: apiName, connection: 'Upgrade', upgrade: 'websocket' };
    const upstream = send({ agent: false, host: hostname, port, path, headers: handshake });
    this.#tunnels.add(socket);
    socket.on('close', () => {
      this.#tunnels.delete(socket);
      upstream.destroy();
    });
    socket.on('error', ignore);
    upstream.on('error', () => socket.destroy());
    upstream.on('upgrade', (answer, upstreamSocket, firstBytes) => {
      socket.write(formatHead(answer));
      socket.write(firstBytes);
      upstreamSocket.write(head);
      pipeline(upstreamSocket, socket, ignore);
      socket.pipe(upstreamSocket);
    });
    upstream.on('response', (answer) => {
      socket.write(formatHead(answer));
      pipeline(answer, socket, ignore);
    });
    upstream.end();
  }

  close(): void {
    for (const socket of this.#tunnels) socket.destroy();
    for (const exchange of this.#exchanges) exchange.destroy();
    this.#agent.destroy();
  }
}

/** The head of an answer as it came, except that the connection ends with it where there is a body. */
function formatHead({ statusCode = 502, statusMessage = '', rawHeaders }: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const isOfConnection = statusCode !== 101 && ['connection', 'transfer-encoding'].includes(name.toLowerCase());
    if (!isOfConnection) lines.push(`${name}: ${rawHeaders[index + 1] ?? ''}`);
  }
  if (statusCode !== 101) lines.push('connection: close');
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function ignore(): void {}
