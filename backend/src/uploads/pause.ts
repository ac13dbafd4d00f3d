import type { Clock } from '@gemini-proxy/protocol';

/** Resolves after some milliseconds; rejects with the signal's reason when that comes first. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = () => reject(signal.reason);
  const cancel = clock.schedule(resolve, delayMs);
  signal.addEventListener('abort', onAbort, { once: true });
  return promise.finally(() => {
    cancel();
    signal.removeEventListener('abort', onAbort);
  });
}
