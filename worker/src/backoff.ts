/** Exponential backoff with full jitter: many workers that lost the same gateway do not come back in step. */
export interface Backoff {
  /** Upper bound of the first delay, milliseconds; it doubles with each failure. */
  readonly firstMs: number;
  /** Upper bound of every delay, milliseconds. */
  readonly maxMs: number;
}

export const reconnectBackoff: Backoff = { firstMs: 500, maxMs: 30_000 };
/** For a gateway that was there a moment ago: it is restarting, or the network blinked. */
export const freshLossBackoff: Backoff = { firstMs: 250, maxMs: 2_000 };
export const probeBackoff: Backoff = { firstMs: 2_000, maxMs: 60_000 };

/** Returns the delay before the try that follows `failures` failures in a row (1 or more). `random` gives numbers in [0, 1). */
export function backoffDelayMs(backoff: Backoff, failures: number, random: () => number): number {
  const ceiling = Math.min(backoff.maxMs, backoff.firstMs * 2 ** (failures - 1));
  return Math.floor(random() * ceiling);
}
