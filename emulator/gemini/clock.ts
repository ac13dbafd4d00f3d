import { setTimeout as sleep } from 'node:timers/promises';

/** Time as the emulator sees it, so that tests can hold it. */
export interface Clock {
  now(): number;
  /** Rejects as soon as the signal is aborted. */
  sleep(durationMs: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (durationMs, signal) => sleep(durationMs, undefined, { signal }),
};
