/** Room of all requests together, in memory or on disk, for bodies that may have to be sent again. */
export class ReplayRoom {
  readonly #limitBytes: number;
  #usedBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Returns whether there was room. */
  take(byteCount: number): boolean {
    if (this.#usedBytes + byteCount > this.#limitBytes) return false;
    this.#usedBytes += byteCount;
    return true;
  }

  give(byteCount: number): void {
    this.#usedBytes -= byteCount;
  }
}
