import type { Clock } from '@gemini-proxy/protocol';

/** Calls back when nothing has happened for a while. Activity costs one clock reading; the timer is set again only when it fires. */
export class SilenceTimer {
  readonly #clock: Clock;
  readonly #onSilence: () => void;
  #limitMs: number;
  #lastActivityMs: number;
  #firesAtMs = 0;
  #isPaused = false;
  #cancelTimer: (() => void) | undefined;

  /** `nextLimitMs`: what `restart` will be called with; the timer is set for the shorter one at once, so never moved earlier. */
  constructor(clock: Clock, limitMs: number, onSilence: () => void, nextLimitMs = limitMs) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#onSilence = onSilence;
    this.#lastActivityMs = clock.now();
    this.#schedule(Math.min(limitMs, nextLimitMs));
  }

  activity(): void {
    this.#lastActivityMs = this.#clock.now();
  }

  /** Counts from now, with another limit. */
  restart(limitMs: number): void {
    this.activity();
    this.#limitMs = limitMs;
    if (this.#cancelTimer !== undefined && this.#lastActivityMs + limitMs < this.#firesAtMs) {
      this.#cancelTimer();
      this.#schedule(limitMs);
    }
  }

  /** Time does not count while this side is the one that waits. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.activity();
  }

  cancel(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #schedule(delayMs: number): void {
    this.#firesAtMs = this.#clock.now() + delayMs;
    this.#cancelTimer = this.#clock.schedule(() => this.#fired(), delayMs);
  }

  #fired(): void {
    this.#cancelTimer = undefined;
    if (this.#isPaused) {
      this.#schedule(this.#limitMs);
      return;
    }
    const remainingMs = this.#lastActivityMs + this.#limitMs - this.#clock.now();
    if (remainingMs > 0) this.#schedule(remainingMs);
    else this.#onSilence();
  }
}
