/** Failures in a row, with no answer between them, after which a worker gets nothing new for a while. */
export const failuresToOpen = 5;
/** Milliseconds until one request may try a failing worker again; doubled each time that it fails. */
export const firstOpenMs = 5_000;
export const longestOpenMs = 60_000;

export type BreakerState = 'closed' | 'open' | 'half-open';

/** Keeps requests from a worker whose calls fail on the way; what the upstream answers, errors included, is no failure. */
export class Breaker {
  #failures = 0;
  #openings = 0;
  #openUntilMs = Number.NEGATIVE_INFINITY;
  #isTrialRunning = false;

  /** No failure since the last answer. */
  get isFlawless(): boolean {
    return this.#failures === 0;
  }

  stateAt(nowMs: number): BreakerState {
    if (this.#openings === 0) return 'closed';
    return nowMs < this.#openUntilMs ? 'open' : 'half-open';
  }

  /** While half open, one request at a time is let through. */
  admitsAt(nowMs: number): boolean {
    const state = this.stateAt(nowMs);
    return state === 'closed' || (state === 'half-open' && !this.#isTrialRunning);
  }

  /** When it becomes half open. */
  get openUntilMs(): number {
    return this.#openUntilMs;
  }

  /** A request begins. Returns whether it is the trial, which `trialEnded` must follow. */
  begin(): boolean {
    if (this.#openings === 0) return false;
    this.#isTrialRunning = true;
    return true;
  }

  /** The trial is over, whatever came of it. */
  trialEnded(): void {
    this.#isTrialRunning = false;
  }

  /** A trial has its verdict by this, however long the rest of its answer takes. */
  answered(): void {
    this.#failures = 0;
    this.#openings = 0;
    this.#isTrialRunning = false;
  }

  /** Returns whether it opened by this. */
  failed(nowMs: number): boolean {
    this.#failures += 1;
    if (this.#failures < failuresToOpen || this.stateAt(nowMs) === 'open') return false;
    this.#openings += 1;
    this.#openUntilMs = nowMs + Math.min(longestOpenMs, firstOpenMs * 2 ** (this.#openings - 1));
    return true;
  }
}
