/** Tells subscribers that something changed, at most once per turn of the event loop, however often it did. */
export class ChangeNotifier {
  readonly #scheduleFlush: (flush: () => void) => void;
  readonly #listeners = new Set<() => void>();
  #isScheduled = false;

  constructor(scheduleFlush: (flush: () => void) => void) {
    this.#scheduleFlush = scheduleFlush;
  }

  subscribe(listener: () => void): () => void {
    // A wrapper of its own: the same function subscribed twice is ended separately.
    const entry = () => listener();
    this.#listeners.add(entry);
    return () => {
      this.#listeners.delete(entry);
    };
  }

  changed(): void {
    if (this.#isScheduled || this.#listeners.size === 0) return;
    this.#isScheduled = true;
    this.#scheduleFlush(this.#notify);
  }

  readonly #notify = (): void => {
    this.#isScheduled = false;
    for (const listener of [...this.#listeners]) listener();
  };

  clear(): void {
    this.#listeners.clear();
  }
}
