/** Weight of a new answer in the estimate. */
const newWeight = 0.1;
/** Milliseconds in which an estimate without new answers loses half of its weight: whoever was slow gets a new chance. */
const halfLifeMs = 30_000;
/** Up to this, a difference is taken for chance: requests are not alike. */
const tolerance = 2;

/**
 * How long a worker takes to begin an answer, as a geometric mean of the last ones: requests differ a hundredfold, and one that thinks
 * for minutes shall not make its worker a slow one.
 */
export class Latency {
  #logMs = 0;
  #atMs = Number.NEGATIVE_INFINITY;

  add(durationMs: number, nowMs: number): void {
    const logMs = Math.log(Math.max(1, durationMs));
    const weight = Math.max(newWeight, 1 - this.#trustAt(nowMs));
    this.#logMs += weight * (logMs - this.#logMs);
    this.#atMs = nowMs;
  }

  /** Logarithm of the estimate; infinite where nothing is known. */
  get logMs(): number {
    return this.#atMs === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : this.#logMs;
  }

  /** How many times slower than the fastest: at least 1, and 1 for what may be chance, or is not known. */
  slowness(fastestLogMs: number, nowMs: number): number {
    const trust = this.#trustAt(nowMs);
    if (trust === 0) return 1;
    const ratio = Math.exp((this.#logMs - fastestLogMs) * trust);
    return ratio > tolerance ? ratio : 1;
  }

  #trustAt(nowMs: number): number {
    return 2 ** ((this.#atMs - nowMs) / halfLifeMs);
  }
}
