import type { LogEntry } from './worker.ts';

/** Entries kept. */
export const MAX_LOG_ENTRIES = 200;
/** Characters kept over all entries. */
export const MAX_LOG_CHARACTERS = 64 * 1024;
/** Characters of one entry; the rest is cut. */
export const MAX_LOG_ENTRY_CHARACTERS = 1_000;

/** The newest log entries, bounded by count and by length, so that a page left open for weeks does not grow. */
export class LogRing {
  readonly #wallClock: () => number;
  readonly #entries: LogEntry[] = [];
  #characters = 0;
  #sequence = 0;

  constructor(wallClock: () => number) {
    this.#wallClock = wallClock;
  }

  add(level: LogEntry['level'], text: string): void {
    const kept = text.length > MAX_LOG_ENTRY_CHARACTERS ? `${text.slice(0, MAX_LOG_ENTRY_CHARACTERS - 1)}…` : text;
    this.#sequence += 1;
    this.#entries.push({ sequence: this.#sequence, at: this.#wallClock(), level, text: kept });
    this.#characters += kept.length;
    while (this.#entries.length > MAX_LOG_ENTRIES || this.#characters > MAX_LOG_CHARACTERS) {
      this.#characters -= this.#entries.shift()?.text.length ?? 0;
    }
  }

  /** A copy, oldest first. */
  entries(): readonly LogEntry[] {
    return this.#entries.slice();
  }
}
