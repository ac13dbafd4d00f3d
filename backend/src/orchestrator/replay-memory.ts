/** Part of all memory that one request may have, as a divisor. */
const largestShare = 8;

/** Memory of all requests together for bodies that may have to be sent again. */
export class ReplayMemory {
  /** Bytes that one request may keep. */
  readonly maxRequestBytes: number;
  readonly #limitBytes: number;
  #usedBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
    this.maxRequestBytes = Math.floor(limitBytes / largestShare);
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
