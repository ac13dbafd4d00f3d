import type { Clock } from '@gemini-proxy/protocol';

/** The clock of Node and of browsers. */
export const realClock: Clock = {
  now: () => performance.now(),
  schedule: (callback, delayMs) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
