import type { Clock } from '@gemini-proxy/protocol';

interface Place<Wish> {
  readonly wish: Wish;
  readonly expiresAt: number;
}

/** First in, first out, bounded in time: entries that waited `timeoutMs` are handed to `onExpired`. One timer, for the oldest. */
export class WaitingLine<Entry, Wish> {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #onExpired: (entry: Entry, wish: Wish) => void;
  /** A Map keeps the order of arrival, and removal from the middle is cheap. */
  readonly #entries = new Map<Entry, Place<Wish>>();
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock, timeoutMs: number, onExpired: (entry: Entry, wish: Wish) => void) {
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

  push(entry: Entry, wish: Wish): void {
    this.#entries.set(entry, { wish, expiresAt: this.#clock.now() + this.#timeoutMs });
    this.#cancelTimer ??= this.#clock.schedule(() => this.#expire(), this.#timeoutMs);
  }

  /** In order of arrival; entries may be added and deleted meanwhile. */
  *[Symbol.iterator](): Generator<readonly [Entry, Wish]> {
    for (const [entry, { wish }] of this.#entries) yield [entry, wish];
  }

  delete(entry: Entry): void {
    this.#entries.delete(entry);
    if (this.#entries.size === 0) this.#stopTimer();
  }

  /** Empties the line and returns who stood in it. */
  clear(): readonly Entry[] {
    const entries = [...this.#entries.keys()];
    this.#entries.clear();
    this.#stopTimer();
    return entries;
  }

  #expire(): void {
    this.#cancelTimer = undefined;
    const now = this.#clock.now();
    for (const [entry, { wish, expiresAt }] of this.#entries) {
      if (expiresAt > now) {
        this.#cancelTimer ??= this.#clock.schedule(() => this.#expire(), expiresAt - now);
        return;
      }
      this.#entries.delete(entry);
      this.#onExpired(entry, wish);
    }
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}
