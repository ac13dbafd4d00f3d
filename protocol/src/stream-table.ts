import { type ProtocolError, StreamError } from './errors.ts';
import { LateFrameBudget } from './frame-budget.ts';
import type { ProtocolStream } from './protocol-stream.ts';

interface Place {
  /** Until it is closed. */
  stream: ProtocolStream | undefined;
}

/** The open streams of a session, and what is left to remember of closed ones. */
export class StreamTable {
  /** In places of their own, so that a replaced table of the map (see `Roster`) holds on to these only. */
  readonly #streams = new Map<number, Place>();
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
    return this.#streams.get(id)?.stream;
  }

  add(stream: ProtocolStream): void {
    this.#highestId = stream.id;
    this.#streams.set(stream.id, { stream });
  }

  /** `lateDataBytes`: data that the peer may still send, not knowing that the stream is closed. */
  remove(stream: ProtocolStream, lateDataBytes: number): void {
    const place = this.#streams.get(stream.id);
    if (place === undefined) return;
    place.stream = undefined;
    this.#streams.delete(stream.id);
    this.late.streamClosed(lateDataBytes);
  }

  *values(): Generator<ProtocolStream> {
    for (const { stream } of this.#streams.values()) if (stream !== undefined) yield stream;
  }

  /** The session ended: so did all its streams. */
  failAll(cause: ProtocolError): void {
    for (const stream of [...this.values()]) {
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
