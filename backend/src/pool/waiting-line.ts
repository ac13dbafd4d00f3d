import type { Clock } from '@gemini-proxy/protocol';

/** First in, first out, bounded in time: entries that waited `timeoutMs` are handed to `onExpired`. One timer, for the oldest. */
export class WaitingLine<T> {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #onExpired: (entry: T) => void;
  /** Entry → moment of its expiry; a Map keeps the order of arrival, and removal from the middle is cheap. */
  readonly #entries = new Map<T, number>();
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock, timeoutMs: number, onExpired: (entry: T) => void) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#onExpired = onExpired;
  }

  get length(): number {
    return this.#entries.size;
  }

  get timers(): number {
    return this.#cancelTimer === undefined ? 0 : 1;
  }

  push(entry: T): void {
    this.#entries.set(entry, this.#clock.now() + this.#timeoutMs);
    this.#cancelTimer ??= this.#clock.schedule(() => this.#expire(), this.#timeoutMs);
  }

  shift(): T | undefined {
    for (const entry of this.#entries.keys()) {
      this.delete(entry);
      return entry;
    }
    return undefined;
  }

  delete(entry: T): void {
    this.#entries.delete(entry);
    if (this.#entries.size === 0) this.#stopTimer();
  }

  /** Empties the line and returns who stood in it. */
  clear(): readonly T[] {
    const entries = [...this.#entries.keys()];
    this.#entries.clear();
    this.#stopTimer();
    return entries;
  }

  #expire(): void {
    this.#cancelTimer = undefined;
    const now = this.#clock.now();
    for (const [entry, expiresAt] of this.#entries) {
      if (expiresAt > now) {
        this.#cancelTimer ??= this.#clock.schedule(() => this.#expire(), expiresAt - now);
        return;
      }
      this.#entries.delete(entry);
      this.#onExpired(entry);
    }
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}
