import { type ProtocolError, StreamError } from './errors.ts';
import { LateFrameBudget } from './frame-budget.ts';
import type { ProtocolStream } from './protocol-stream.ts';

/** The open streams of a session, and what is left to remember of closed ones. */
export class StreamTable {
  readonly #streams = new Map<number, ProtocolStream>();
  readonly late = new LateFrameBudget();
  #highestId = 0;
  #handlerErrors: unknown[] = [];

  get size(): number {
    return this.#streams.size;
  }

  /** Ids up to here have been used. */
  get highestId(): number {
    return this.#highestId;
  }

  get(id: number): ProtocolStream | undefined {
    return this.#streams.get(id);
  }

  add(stream: ProtocolStream): void {
    this.#highestId = stream.id;
    this.#streams.set(stream.id, stream);
  }

  /** `lateDataBytes`: data that the peer may still send, not knowing that the stream is closed. */
  remove(stream: ProtocolStream, lateDataBytes: number): void {
    if (this.#streams.delete(stream.id)) this.late.streamClosed(lateDataBytes);
  }

  values(): IterableIterator<ProtocolStream> {
    return this.#streams.values();
  }

  /** The session ended: so did all its streams. */
  failAll(cause: ProtocolError): void {
    for (const stream of [...this.#streams.values()]) {
      const sentUpstream = !stream.isUnknownToPeer;
      stream.fail(new StreamError('SESSION_LOST', `the session ended: ${cause.message}`, { sentUpstream, cause }));
    }
  }

  /** Keeps an exception of a handler that has no stream left to report it to. */
  keepHandlerError(error: unknown): void {
    this.#handlerErrors.push(error);
  }

  /** Throws what was kept, once the session's own work is done. */
  throwHandlerErrors(): void {
    if (this.#handlerErrors.length === 0) return;
    const errors = this.#handlerErrors;
    this.#handlerErrors = [];
    throw errors.length === 1 ? errors[0] : new AggregateError(errors, 'several handlers of a session threw');
  }
}
