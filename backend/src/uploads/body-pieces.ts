import type { Clock } from '@gemini-proxy/protocol';
import { GatewayError } from '../errors.ts';

type Piece = Uint8Array<ArrayBuffer>;

export interface PatienceOptions {
  readonly clock: Clock;
  /** Milliseconds without a piece after which the client is taken for gone. */
  readonly silenceMs: number;
  readonly signal?: AbortSignal;
}

/** The pieces of a body, until the signal aborts or the client is silent for too long: then throws, without waiting for the source. */
export async function* patiently(
  source: AsyncIterable<Piece>,
  { clock, silenceMs, signal }: PatienceOptions,
): AsyncGenerator<Piece> {
  const iterator = source[Symbol.asyncIterator]();
  let step: PromiseWithResolvers<IteratorResult<Piece>>;
  const onAbort = () => step.reject(signal?.reason);
  const onSilence = () => step.reject(new GatewayError('REQUEST_TIMEOUT', 'The bytes of the upload did not arrive in time.'));
  for (;;) {
    signal?.throwIfAborted();
    step = Promise.withResolvers();
    signal?.addEventListener('abort', onAbort, { once: true });
    const cancelTimer = clock.schedule(onSilence, silenceMs);
    iterator.next().then(step.resolve, step.reject);
    try {
      const result = await step.promise;
      if (result.done === true) return;
      yield result.value;
    } finally {
      cancelTimer();
      signal?.removeEventListener('abort', onAbort);
    }
  }
}

/** A whole body, which may be no longer than `maxBytes`. */
export async function collected(source: AsyncIterable<Piece>, maxBytes: number): Promise<Piece> {
  const pieces: Piece[] = [];
  let byteCount = 0;
  for await (const piece of source) {
    byteCount += piece.length;
    if (byteCount > maxBytes) {
      const message = `The metadata of an upload may have ${maxBytes} bytes.`;
      throw new GatewayError('BODY_TOO_LARGE', message, { metadata: { maxBodyBytes: String(maxBytes) } });
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** Lets a body run out. */
export async function drained(source: AsyncIterable<Piece>): Promise<void> {
  for await (const _piece of source);
}
