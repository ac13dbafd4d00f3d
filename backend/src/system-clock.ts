import type { Clock } from '@gemini-proxy/protocol';

/** Node's monotonic time and timers. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(callback, delayMs) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
