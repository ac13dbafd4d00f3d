/** Bytes of a request body kept for another attempt; a longer body is sent once only. */
export const maxRetainedBytes = 64 * 1024;

/** What a request's body has been so far, as long as it is small. */
export class RetainedBody {
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  #byteCount = 0;
  #isComplete = true;

  get chunks(): readonly Uint8Array<ArrayBuffer>[] {
    return this.#chunks;
  }

  /** Whether every byte that came is still here. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  add(chunk: Uint8Array<ArrayBuffer>): void {
    if (!this.#isComplete) return;
    this.#byteCount += chunk.length;
    if (this.#byteCount > maxRetainedBytes) this.drop();
    else this.#chunks.push(chunk);
  }

  drop(): void {
    this.#chunks = [];
    this.#isComplete = false;
  }
}
