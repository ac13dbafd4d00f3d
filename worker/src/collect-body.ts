import { StreamError, type StreamErrorCode } from '@gemini-proxy/protocol';
import type { RequestBodyStream } from './worker.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Waits for all pieces of a request's body. Rejects with the signal's reason, and then nothing was sent. */
export async function collectBody(body: RequestBodyStream, signal: AbortSignal): Promise<readonly Bytes[]> {
  const whole = body.takeIfComplete();
  if (whole !== undefined) return whole;
  const pieces: Bytes[] = [];
  for await (const piece of body) pieces.push(piece);
  if (signal.aborted) throw abortError(signal, false);
  return pieces;
}

/** Joins pieces into one; a single piece is not copied. */
export function joined(pieces: readonly Bytes[]): Bytes {
  const [first, ...others] = pieces;
  if (first !== undefined && others.length === 0) return first;
  const whole = new Uint8Array(pieces.reduce((total, { byteLength }) => total + byteLength, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.byteLength;
  }
  return whole;
}

/** A body that is at hand as a whole. */
export function wholeBody(bytes: Bytes): RequestBodyStream {
  let isTaken = false;
  const take = (): readonly Bytes[] | undefined => {
    if (isTaken) return undefined;
    isTaken = true;
    return [bytes];
  };
  return {
    takeIfComplete: take,
    async *[Symbol.asyncIterator]() {
      yield* take() ?? [];
    },
  };
}

/** The error of a call that was ended from outside. */
export function abortError(signal: AbortSignal, sentUpstream: boolean): StreamError {
  const reason: unknown = signal.reason;
  const code: StreamErrorCode = reason instanceof StreamError ? reason.code : 'CANCELLED';
  const message = reason instanceof Error ? reason.message : 'The call was aborted.';
  return new StreamError(code, message, { sentUpstream, cause: reason });
}
