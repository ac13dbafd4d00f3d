import type { Clock } from '@gemini-proxy/protocol';

/** Node's monotonic clock and timers. */
export function createNodeClock(): Clock {
  return {
    now: () => performance.now(),
    schedule: (callback, delayMs) => {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
  };
}

/** Runs the callback when the events of this turn are through, so that what they queued travels together. */
export function flushAfterTurn(flush: () => void): void {
  setImmediate(flush);
}
