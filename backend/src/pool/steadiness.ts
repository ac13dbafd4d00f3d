/** Milliseconds within which a departure counts as one more of a row. */
export const flapWindowMs = 60_000;
/** Departures in a row that are forgiven. */
export const forgivenDepartures = 2;
/** Milliseconds that a worker must stay ready after one departure more; doubled with each. */
export const firstHoldMs = 2_000;
/** Shorter than the window, so that a row goes on if the worker leaves as soon as it is back at work. */
export const longestHoldMs = 30_000;

/** Hysteresis: a worker that comes and goes must stay ready for a growing time before it is given work again. */
export class Steadiness {
  #departures = 0;
  #departedAtMs = Number.NEGATIVE_INFINITY;
  #steadyAtMs = Number.NEGATIVE_INFINITY;

  /** The worker is ready no longer. */
  departed(nowMs: number): void {
    this.#departures = nowMs - this.#departedAtMs > flapWindowMs ? 1 : this.#departures + 1;
    this.#departedAtMs = nowMs;
  }

  /** The worker is ready again. */
  returned(nowMs: number): void {
    const excess = this.#departures - forgivenDepartures;
    const holdMs = excess > 0 ? Math.min(longestHoldMs, firstHoldMs * 2 ** (excess - 1)) : 0;
    this.#steadyAtMs = nowMs - this.#departedAtMs > flapWindowMs ? nowMs : nowMs + holdMs;
  }

  /** When it may be given work. */
  get steadyAtMs(): number {
    return this.#steadyAtMs;
  }
}
