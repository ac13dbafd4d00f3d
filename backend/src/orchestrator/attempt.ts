import {
  type RequestHead,
  type ResponseHead,
  type Stream,
  StreamError,
  type StreamErrorCode,
  type StreamEvents,
} from '@gemini-proxy/protocol';
import type { Lease } from '../pool/pool.ts';
import type { Worker } from '../pool/worker.ts';
import { toAttemptFailure } from './failures.ts';

/** What an attempt tells the exchange. Nothing follows `onAttemptFailed` or the end of the answer. */
export interface AttemptEvents {
  onHead(head: ResponseHead): void;
  onData(chunk: Uint8Array<ArrayBuffer>, end: boolean): void;
  onWritable(): void;
  onAttemptFailed(error: Error): void;
}

/** One try of a request on one worker: owns the lease and the stream, and gives both back exactly once. */
export class Attempt implements StreamEvents {
  readonly #lease: Lease;
  readonly #events: AttemptEvents;
  #stream: Stream | undefined;
  #isOver = false;

  constructor(lease: Lease, events: AttemptEvents) {
    this.#lease = lease;
    this.#events = events;
  }

  get worker(): Worker {
    return this.#lease.worker;
  }

  /** Opens the stream; a worker that cannot take it fails the attempt at once. */
  start(request: RequestHead, options: { readonly bodyless: boolean }): void {
    try {
      this.#stream = this.#lease.worker.open(request, this, options);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  write(chunk: Uint8Array<ArrayBuffer>): boolean {
    return this.#stream?.write(chunk) ?? true;
  }

  end(chunk?: Uint8Array<ArrayBuffer>): void {
    this.#stream?.end(chunk);
  }

  consumed(byteCount: number): void {
    this.#stream?.consumed(byteCount);
  }

  /** Stops the worker's work, if it still runs. */
  cancel(message: string): void {
    if (this.#isOver) return;
    this.#finish('CANCELLED', message);
  }

  /** Gives up on a worker that does not answer: tells it why, and fails. What still comes of the attempt is ignored. */
  abandon(error: StreamError): void {
    if (this.#isOver) return;
    if (this.#stream?.closed === false) this.#stream.reset(error);
    this.#fail(error);
  }

  onHead(head: ResponseHead): void {
    if (this.#isOver) return;
    this.#lease.answered();
    this.#events.onHead(head);
  }

  onData(chunk: Uint8Array<ArrayBuffer>, end: boolean): void {
    if (this.#isOver) return;
    if (end) this.#finish('RESPONSE_COMPLETE', 'The answer is complete.');
    this.#events.onData(chunk, end);
  }

  onWritable(): void {
    if (!this.#isOver) this.#events.onWritable();
  }

  onReset(error: StreamError): void {
    this.#fail(error);
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const failure = toAttemptFailure(error);
    if (failure !== undefined) this.#lease.failed(failure);
    this.#lease.release();
    this.#events.onAttemptFailed(error);
  }

  /** An error is made only where the peer is told: its stack would be a tenth of a request's cost. */
  #finish(code: StreamErrorCode, message: string): void {
    this.#isOver = true;
    const stream = this.#stream;
    if (stream !== undefined && !stream.closed) stream.reset(new StreamError(code, message, { sentUpstream: true }));
    this.#lease.release();
  }
}
