import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { normalizePath, parseOperation, stripCredentialQuery } from '@gemini-proxy/gemini';
import { type HeaderList, isSendableCloseCode, type ResponseHead, toCloseReason } from '@gemini-proxy/protocol';
import type { WebSocket } from 'ws';
import type { GatewayError, GatewayErrorReason } from '../errors.ts';
import { toRawErrorAnswer } from '../http/error-exit.ts';
import { headerOf, toAnswerHeaders, toRequestHeaders } from '../http/headers.ts';
import type { Traces } from '../http/http-exchange.ts';
import type { ClientSocket, ClientSocketEvents } from '../orchestrator/client-socket.ts';
import type { RequestTrace } from '../orchestrator/request-trace.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** A request to upgrade, as Node hands it over. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** Bytes that came behind the request. */
  readonly head: Buffer;
}

/** Completes the handshake. */
export type CompleteUpgrade = (upgrade: Upgrade, subprotocol: string | undefined, onOpen: (socket: WebSocket) => void) => void;

/** Bytes that a client may send before its handshake is answered. */
const maxEarlyBytes = 64 * 1024;

/** RFC 6455, 7.4.1. */
const goingAway = 1001;
const internalError = 1011;
const abnormal = 1006;
const noCode = 1005;

/** Errors after which the endpoint goes, rather than has failed. */
const departures: ReadonlySet<GatewayErrorReason> = new Set<GatewayErrorReason>(['SHUTTING_DOWN', 'IDLE_TIMEOUT']);

/** One WebSocket of a client over `ws`: at first a request that waits for its answer, then an open socket. */
export class ClientConnection implements ClientSocket {
  readonly path: string;
  readonly headers: HeaderList;
  readonly operation: string;
  readonly trace: RequestTrace;
  readonly #upgrade: Upgrade;
  readonly #complete: CompleteUpgrade;
  readonly #early: Buffer[] = [];
  #earlyBytes = 0;
  #events: ClientSocketEvents | undefined;
  #socket: WebSocket | undefined;
  #isClosed = false;

  constructor(upgrade: Upgrade, traces: Traces, complete: CompleteUpgrade) {
    const { url = '/', rawHeaders } = upgrade.request;
    this.#upgrade = upgrade;
    this.#complete = complete;
    this.path = stripCredentialQuery(normalizePath(url));
    this.headers = toRequestHeaders(rawHeaders).filter(
      ([name]) => !name.startsWith('sec-websocket-') || name === 'sec-websocket-protocol',
    );
    this.operation = parseOperation('GET', this.path).name;
    const { path, headers, operation } = this;
    this.trace = traces.begin({ kind: 'live', method: 'GET', path, headers, operation });
  }

  bind(events: ClientSocketEvents): void {
    this.#events = events;
    const { socket } = this.#upgrade;
    if (socket instanceof Socket) socket.setNoDelay(true);
    // A client that leaves is noticed only by who reads.
    socket.on('data', this.#onEarlyData);
    socket.on('end', this.#onEarlyEnd);
    socket.on('error', this.#onEarlyEnd);
    socket.on('close', () => {
      if (this.#socket === undefined) this.#onClosed(abnormal, '');
    });
  }

  accept(head: ResponseHead): void {
    const { request, socket, head: firstBytes } = this.#upgrade;
    if (this.#isClosed || socket.destroyed) return;
    socket.off('data', this.#onEarlyData);
    socket.off('end', this.#onEarlyEnd);
    socket.off('error', this.#onEarlyEnd);
    const subprotocol = headerOf(head.headers, 'sec-websocket-protocol');
    const early = Buffer.concat([firstBytes, ...this.#early]);
    this.#complete({ request, socket, head: early }, subprotocol, (webSocket) => this.#onOpen(webSocket));
  }

  refuse(head: ResponseHead, body: Bytes): void {
    const headers: HeaderList = [
      ...toAnswerHeaders(head.headers).filter(([name]) => name !== 'content-length'),
      ['content-length', String(body.byteLength)],
      ['connection', 'close'],
    ];
    const lines = headers.map(([name, value]) => `${name}: ${value}`);
    this.#answer(Buffer.concat([Buffer.from(`HTTP/1.1 ${head.status} \r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]));
  }

  fail(error: GatewayError): void {
    if (this.#socket === undefined) this.#answer(Buffer.from(toRawErrorAnswer(error)));
    else this.close(departures.has(error.reason) ? goingAway : internalError, `${error.reason}: ${error.message}`);
  }

  send(message: Bytes, isText: boolean, onSent: () => void): void {
    this.#socket?.send(message, { binary: !isText, compress: false }, onSent);
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  close(code: number, reason: string): void {
    // The client's own close must be read.
    this.resume();
    if (code === noCode) this.#socket?.close();
    else if (isSendableCloseCode(code)) this.#socket?.close(code, toCloseReason(reason));
    else this.terminate();
  }

  terminate(): void {
    if (this.#socket === undefined) this.#upgrade.socket.destroy();
    else this.#socket.terminate();
  }

  #onOpen(socket: WebSocket): void {
    this.#socket = socket;
    // `ws` cuts messages out of what it read from the socket: never shared memory, and not used again.
    socket.on('message', (data: Buffer<ArrayBuffer>, isBinary) => this.#events?.onClientMessage(data, !isBinary));
    // `close` follows with the code, which is all that matters.
    socket.on('error', () => {});
    socket.on('close', (code, reason) => this.#onClosed(code, reason.toString()));
  }

  /** Answers a handshake that is not completed. */
  #answer(answer: Buffer): void {
    const { socket } = this.#upgrade;
    if (socket.writable) socket.end(answer, () => socket.destroy());
    else socket.destroy();
  }

  readonly #onEarlyData = (chunk: Buffer): void => {
    this.#early.push(chunk);
    this.#earlyBytes += chunk.byteLength;
    if (this.#earlyBytes > maxEarlyBytes) this.#upgrade.socket.destroy();
  };

  readonly #onEarlyEnd = (): void => {
    this.#upgrade.socket.destroy();
  };

  #onClosed(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#events?.onClientClosed(code, reason);
  }
}
