import { abortError } from './collect-body.ts';

export interface UntilAbortedOptions<T> {
  /** What to do with a result that comes too late. */
  readonly discard?: (late: T) => void;
}

/** Waits for a call, but not longer than the signal allows: a hook may neither answer nor listen to signals. */
export function untilAborted<T>(call: Promise<T>, signal: AbortSignal, { discard }: UntilAbortedOptions<T> = {}): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = () => reject(abortError(signal, true));
  signal.addEventListener('abort', onAbort, { once: true });
  call.then(
    (result) => {
      signal.removeEventListener('abort', onAbort);
      if (signal.aborted) discard?.(result);
      resolve(result);
    },
    (error: unknown) => {
      signal.removeEventListener('abort', onAbort);
      reject(signal.aborted ? abortError(signal, true) : error);
    },
  );
  if (signal.aborted) onAbort();
  return promise;
}

/** Yields what comes, and ends with the signal's error as soon as it is aborted. */
export async function* eachUntilAborted<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T, void> {
  const iterator = items[Symbol.asyncIterator]();
  try {
    for (;;) {
      const result = await untilAborted(iterator.next(), signal);
      if (result.done) return;
      yield result.value;
    }
  } finally {
    // Not waited for: while a read is pending, a generator's return is, too.
    iterator.return?.().catch(() => {});
  }
}
