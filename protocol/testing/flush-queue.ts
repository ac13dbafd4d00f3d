/** Plays the event loop's part for `scheduleFlush`: flushes wait until the test ends the turn. */
export class FlushQueue {
  #flushes: (() => void)[] = [];

  get size(): number {
    return this.#flushes.length;
  }

  readonly schedule = (flush: () => void): void => {
    this.#flushes.push(flush);
  };

  /** Ends the turn: runs what was scheduled in it. */
  run(): void {
    const flushes = this.#flushes;
    this.#flushes = [];
    for (const flush of flushes) flush();
  }
}
