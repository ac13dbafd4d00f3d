import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OperationName } from '@gemini-proxy/gemini';
import type { HeaderList, ResponseHead } from '@gemini-proxy/protocol';
import { GatewayError } from '../errors.ts';
import type { ClientEvents, ClientExchange } from '../orchestrator/client-exchange.ts';
import type { RequestTrace } from '../orchestrator/request-trace.ts';
import type { RequestFacts } from '../requests/request-record.ts';
import { corsHeadersFor } from './cors.ts';
import { discardBody, isAwaitingContinue } from './discard-body.ts';
import { answerWithError, cutWithError, toFlat } from './error-exit.ts';
import { bodyLengthOf, headerOf, toAnswerHeaders, toRequestHeaders } from './headers.ts';
import { readRequestLine } from './request-line.ts';

/** Opens the record of each request. */
export interface Traces {
  begin(facts: RequestFacts, startedMs?: number): RequestTrace;
}

/** One request and its answer over node:http. */
export class HttpExchange implements ClientExchange {
  readonly method: string;
  readonly path: string;
  readonly headers: HeaderList;
  readonly operation: OperationName;
  readonly bodyLength: number | undefined;
  readonly trace: RequestTrace;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  #events: ClientEvents | undefined;
  /** Waits for the first bytes, so that a small answer leaves in one piece. */
  #pendingHead: ResponseHead | undefined;
  /** Of the answer, once they are written. */
  #sentHeaders: HeaderList = [];
  #isFailed = false;
  #isDrainAwaited = false;

  constructor(request: IncomingMessage, response: ServerResponse, traces: Traces) {
    this.#request = request;
    this.#response = response;
    const line = readRequestLine(request.method ?? 'GET', request.url ?? '/');
    this.method = line.method;
    this.path = line.path;
    this.operation = line.operation;
    this.headers = toRequestHeaders(request.rawHeaders);
    this.bodyLength = bodyLengthOf(request);
    const { method, path, headers, operation } = this;
    this.trace = traces.begin({ kind: 'http', method, path, headers, operation });
  }

  /** The connection that the request came over. */
  isOn(socket: unknown): boolean {
    return this.#request.socket === socket;
  }

  /** The request turned out not to be valid HTTP. */
  breakOff(error: GatewayError): void {
    this.#events?.onBroken(error);
  }

  bind(events: ClientEvents): void {
    this.#events = events;
    this.#response.on('close', () => this.#onClose(events));
    // A write to a client that has just gone; `close` tells.
    this.#response.on('error', ignore);
  }

  startBody(): void {
    const events = this.#events;
    if (events === undefined) return;
    if (isAwaitingContinue(this.#request)) this.#response.writeContinue();
    this.#request.on('data', (chunk: Buffer<ArrayBuffer>) => events.onBody(chunk));
    this.#request.on('end', () => events.onBodyEnd());
    // A first worker may have failed before the body began: a listener alone does not undo a pause.
    this.#request.resume();
  }

  pauseBody(): void {
    this.#request.pause();
  }

  resumeBody(): void {
    this.#request.resume();
  }

  sendHead(head: ResponseHead): void {
    this.#pendingHead = head;
    flushAfterTurn(this);
  }

  /** Sends the head if it has not gone with a first piece. */
  flushHead(): void {
    if (this.#writeHead(undefined)) this.#response.flushHeaders();
  }

  write(chunk: Uint8Array): boolean {
    this.#writeHead(undefined);
    if (this.#isFailed || this.#response.write(chunk)) return true;
    // Most answers never need it.
    if (!this.#isDrainAwaited) this.#response.on('drain', () => this.#events?.onDrain());
    this.#isDrainAwaited = true;
    return false;
  }

  end(chunk: Uint8Array): void {
    this.#writeHead(chunk);
    if (this.#isFailed) return;
    if (chunk.length > 0) this.#response.end(chunk);
    else this.#response.end();
    discardBody(this.#request);
  }

  fail(error: GatewayError): void {
    this.#isFailed = true;
    this.#pendingHead = undefined;
    if (!this.#response.headersSent) answerWithError(this.#request, this.#response, error);
    else if (isPlainSse(this.#sentHeaders)) cutWithError(this.#response, error);
    else this.#cut();
    discardBody(this.#request);
  }

  destroy(): void {
    this.#request.socket.destroy();
  }

  /** Writes the head that waits, with a length where the whole body is at hand; returns whether there was one. */
  #writeHead(wholeBody: Uint8Array | undefined): boolean {
    const head = this.#pendingHead;
    if (head === undefined) return false;
    this.#pendingHead = undefined;
    const headers = toAnswerHeaders(head.headers);
    const flat = toFlat(headers);
    if (wholeBody !== undefined && this.#mayHaveLength(head)) flat.push('content-length', String(wholeBody.length));
    for (const header of corsHeadersFor(this.#request.headers.origin, headers)) flat.push(...header);
    this.#sentHeaders = headers;
    try {
      this.#response.writeHead(head.status, flat);
    } catch (cause) {
      const message = 'The worker sent a head that is not valid HTTP.';
      this.#events?.onBroken(new GatewayError('UPSTREAM_UNREACHABLE', message, { cause }));
      return false;
    }
    return true;
  }

  /** Breaks the connection. An answer over HTTP/1.0 ends with its connection, so an orderly close would make it look complete. */
  #cut(): void {
    const { httpVersion, socket } = this.#request;
    if (httpVersion === '1.0') socket.resetAndDestroy();
    else socket.destroySoon();
  }

  #mayHaveLength({ status, headers }: ResponseHead): boolean {
    const isBodyless = this.method === 'HEAD' || status === 204 || status === 304;
    return !isBodyless && headerOf(headers, 'content-length') === undefined;
  }

  #onClose(events: ClientEvents): void {
    events.onClosed(this.#response.writableFinished && !this.#isFailed);
  }
}

/** Whose head may still go out with a first piece that comes in this turn. One call for all of a turn: each would cost a hundredth of a small request. */
const waitingHeads: HttpExchange[] = [];

function flushAfterTurn(exchange: HttpExchange): void {
  if (waitingHeads.push(exchange) === 1) process.nextTick(flushHeads);
}

function flushHeads(): void {
  for (const exchange of waitingHeads.splice(0)) exchange.flushHead();
}

/** An event stream in clear bytes: the only kind of answer into which an error can be written. */
function isPlainSse(headers: HeaderList): boolean {
  if (headerOf(headers, 'content-type')?.startsWith('text/event-stream') !== true) return false;
  return (headerOf(headers, 'content-encoding') ?? 'identity') === 'identity';
}

function ignore(): void {}
