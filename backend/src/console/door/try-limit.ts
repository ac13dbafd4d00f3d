import { GatewayError } from '../../errors.ts';

/** Wrong codes and tokens that are answered for themselves in a minute. */
export const maxFailures = 20;
const windowMs = 60_000;

/** Bounds how much is told to strangers who guess. Who knows the right word is never kept out. */
export class TryLimit {
  readonly #now: () => number;
  #windowEndMs = 0;
  #failures = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Counts a wrong one; throws `GatewayError` where there were too many. */
  count(): void {
    const now = this.#now();
    if (now >= this.#windowEndMs) {
      this.#windowEndMs = now + windowMs;
      this.#failures = 0;
    }
    this.#failures += 1;
    if (this.#failures <= maxFailures) return;
    throw new GatewayError('TOO_MANY_TRIES', 'There were too many wrong codes or tokens. Try again in a minute.');
  }
}
