import { StreamError } from '@gemini-proxy/protocol';

type Bytes = Uint8Array<ArrayBuffer>;

/** The body of a `fetch` answer as bytes, never decoded as text. An abort cancels the reader, and a pending read. */
export class FetchedBody implements AsyncIterable<Bytes>, AsyncIterator<Bytes, undefined> {
  readonly #reader: ReadableStreamDefaultReader<unknown>;
  readonly #signal: AbortSignal;
  readonly #onAbort = () => this.#cancel();

  constructor(stream: ReadableStream<unknown>, signal: AbortSignal) {
    this.#reader = stream.getReader();
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) this.#cancel();
  }

  [Symbol.asyncIterator](): AsyncIterator<Bytes, undefined> {
    return this;
  }

  async next(): Promise<IteratorResult<Bytes, undefined>> {
    const result = await this.#read();
    // A cancelled reader says that it is done: without this check an abort would look like the end of the body.
    if (this.#signal.aborted) throw abortReason(this.#signal);
    if (!result.done) return { done: false, value: toBytes(result.value) };
    this.#signal.removeEventListener('abort', this.#onAbort);
    return { done: true, value: undefined };
  }

  return(): Promise<IteratorResult<Bytes, undefined>> {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#cancel();
    return Promise.resolve({ done: true, value: undefined });
  }

  async #read(): Promise<ReadableStreamReadResult<unknown>> {
    try {
      return await this.#reader.read();
    } catch (error) {
      this.#signal.removeEventListener('abort', this.#onAbort);
      if (this.#signal.aborted) throw abortReason(this.#signal);
      const message = `The answer broke off: ${error instanceof Error ? error.message : String(error)}`;
      throw new StreamError('UPSTREAM_CUT', message, { sentUpstream: true, cause: error });
    }
  }

  #cancel(): void {
    this.#reader.cancel(this.#signal.reason).catch(() => {});
  }
}

/** A hook's own stream need not bring `Uint8Array`s. */
function toBytes(chunk: unknown): Bytes {
  if (chunk instanceof Uint8Array && chunk.buffer instanceof ArrayBuffer) {
    return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength).slice();
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  if (typeof chunk === 'string') return new TextEncoder().encode(chunk);
  throw new StreamError('UPSTREAM_CUT', 'The hook answered with something other than bytes.', { sentUpstream: true });
}

function abortReason(signal: AbortSignal): unknown {
  const reason: unknown = signal.reason;
  return reason instanceof StreamError ? reason : new StreamError('CANCELLED', 'Aborted.', { sentUpstream: true, cause: reason });
}
