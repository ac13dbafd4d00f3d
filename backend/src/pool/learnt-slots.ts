/** Milliseconds after which a worker that showed fewer slots than it offers is trusted with one more. */
export const slotRecoveryMs = 30_000;
/** Milliseconds in which further evidence of the same kind counts as the same. */
export const learningPauseMs = 10_000;

/** Calls at once that every browser carries out: six over HTTP/1.1. */
export const fewestConnections = 6;

/**
 * How many requests a worker can do at once, where that is less than it says. Two things show it: it refuses a request for want of a slot; or a request
 * never begins although others that came later do, as when a browser queues what exceeds its six connections over HTTP/1.1.
 */
export class LearntSlots {
  #limit = Number.POSITIVE_INFINITY;
  #learntAtMs = 0;
  #halvedAtMs = Number.NEGATIVE_INFINITY;

  /** Whether nothing has been learnt that still holds. */
  get isUnlimited(): boolean {
    return this.#limit === Number.POSITIVE_INFINITY;
  }

  /** Slots at most; grows slowly back to what is offered. */
  limitAt(nowMs: number, offered: number): number {
    if (this.isUnlimited) return offered;
    const limit = this.#limit + Math.floor((nowMs - this.#learntAtMs) / slotRecoveryMs);
    if (limit < offered) return limit;
    this.#limit = Number.POSITIVE_INFINITY;
    return offered;
  }

  /** When it has one slot more; infinite where nothing is held back. */
  nextSlotAfter(nowMs: number): number {
    if (this.isUnlimited) return Number.POSITIVE_INFINITY;
    return this.#learntAtMs + (Math.floor((nowMs - this.#learntAtMs) / slotRecoveryMs) + 1) * slotRecoveryMs;
  }

  /** The worker refused one more than these. */
  refusedBeyond(inFlight: number, nowMs: number): void {
    this.#learn(inFlight, nowMs);
  }

  /**
   * One of these never began, while others did: half of them may be too many still, and is tried. Where so few were in flight that none of them
   * was queued, the upstream has been slow, which says nothing of the worker.
   */
  stalledAmong(inFlight: number, nowMs: number): void {
    if (inFlight <= fewestConnections) return;
    if (nowMs - this.#halvedAtMs < learningPauseMs) return;
    this.#halvedAtMs = nowMs;
    this.#learn(Math.max(fewestConnections, Math.floor(inFlight / 2)), nowMs);
  }

  #learn(slots: number, nowMs: number): void {
    this.#limit = Math.max(1, slots);
    this.#learntAtMs = nowMs;
  }
}
