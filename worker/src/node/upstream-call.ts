import { type HeaderList, StreamError } from '@gemini-proxy/protocol';
import type { Dispatcher } from 'undici';
import { fromUpstreamHeaders } from '../headers.ts';
import type { UpstreamResponse } from '../worker.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Bytes of an answer that may wait unread before the socket is no longer read. */
const HIGH_WATER_BYTES = 128 * 1024;

/** One dispatched request: undici pushes the answer in, the engine pulls its body out. */
export class UpstreamCall implements Dispatcher.DispatchHandler, AsyncIterable<Bytes>, AsyncIterator<Bytes, undefined> {
  readonly #signal: AbortSignal;
  readonly #head = Promise.withResolvers<UpstreamResponse>();
  readonly #queue: Bytes[] = [];
  #queuedBytes = 0;
  #controller: Dispatcher.DispatchController | undefined;
  #hasHead = false;
  #isEnded = false;
  #failure: StreamError | undefined;
  #waiting: PromiseWithResolvers<IteratorResult<Bytes, undefined>> | undefined;
  readonly #onAbort = () => this.#abort();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) this.#abort();
  }

  get response(): Promise<UpstreamResponse> {
    return this.#head.promise;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // The request was given up while it waited for a connection.
    if (this.#failure !== undefined) controller.abort(this.#failure);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    // An interim answer (103): the one that counts follows.
    if (status < 200) return;
    this.#hasHead = true;
    this.#head.resolve({ status, headers: toHeaderList(controller.rawHeaders), body: this });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    // undici cuts chunks out of what it read from the socket: never shared memory, and not used again.
    this.#queue.push(chunk as Buffer<ArrayBuffer>);
    this.#queuedBytes += chunk.byteLength;
    if (this.#queuedBytes >= HIGH_WATER_BYTES) controller.pause();
    this.#answerWaiting();
  }

  onResponseEnd(): void {
    this.#isEnded = true;
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#answerWaiting();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const cause = { sentUpstream: this.#controller !== undefined, cause: error };
    this.fail(
      this.#hasHead
        ? new StreamError('UPSTREAM_CUT', `The answer broke off: ${error.message}.`, cause)
        : new StreamError('UPSTREAM_UNREACHABLE', `The call failed without an answer: ${error.message}.`, cause),
    );
  }

  fail(error: StreamError): void {
    if (this.#isEnded || this.#failure !== undefined) return;
    this.#failure = error;
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#head.reject(error);
    this.#answerWaiting();
  }

  [Symbol.asyncIterator](): AsyncIterator<Bytes, undefined> {
    return this;
  }

  next(): Promise<IteratorResult<Bytes, undefined>> {
    const waiting = Promise.withResolvers<IteratorResult<Bytes, undefined>>();
    this.#waiting = waiting;
    this.#answerWaiting();
    return waiting.promise;
  }

  return(): Promise<IteratorResult<Bytes, undefined>> {
    this.#abort();
    return Promise.resolve({ done: true, value: undefined });
  }

  #answerWaiting(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    const chunk = this.#queue.shift();
    // What came before a break is still delivered.
    if (chunk !== undefined) waiting.resolve({ done: false, value: chunk });
    else if (this.#failure !== undefined) waiting.reject(this.#failure);
    else if (this.#isEnded) waiting.resolve({ done: true, value: undefined });
    else return;
    this.#waiting = undefined;
    if (chunk !== undefined) this.#onTaken(chunk.byteLength);
  }

  /** Comes last in its turn: resuming calls `onResponseData` again before it returns. */
  #onTaken(byteCount: number): void {
    this.#queuedBytes -= byteCount;
    if (this.#controller?.paused && this.#queuedBytes < HIGH_WATER_BYTES / 2) this.#controller.resume();
  }

  #abort(): void {
    const reason: unknown = this.#signal.reason;
    const sentUpstream = this.#controller !== undefined;
    const error =
      reason instanceof StreamError
        ? new StreamError(reason.code, reason.message, { sentUpstream, cause: reason })
        : new StreamError('CANCELLED', 'The call was aborted.', { sentUpstream, cause: reason });
    this.#queue.length = 0;
    this.fail(error);
    this.#controller?.abort(error);
  }
}

/** Order, spelling of values and repeated names are kept, which undici's parsed form would lose. Header text is Latin-1 on the wire. */
function toHeaderList(rawHeaders: Dispatcher.DispatchController['rawHeaders']): HeaderList {
  if (!Array.isArray(rawHeaders)) return [];
  const headers: [string, string][] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.push([toText(rawHeaders[index]).toLowerCase(), toText(rawHeaders[index + 1])]);
  }
  return fromUpstreamHeaders(headers);
}

function toText(part: Buffer | string | undefined): string {
  return typeof part === 'string' ? part : (part?.toString('latin1') ?? '');
}
