import type { ReplayMemory } from './replay-memory.ts';

/** What a request's body has been so far, kept for another attempt while it is small and there is memory for it. */
export class RetainedBody {
  readonly #memory: ReplayMemory;
  readonly #maxBytes: number;
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  #byteCount = 0;
  #isComplete = true;

  constructor(memory: ReplayMemory, maxBytes: number) {
    this.#memory = memory;
    this.#maxBytes = maxBytes;
  }

  get chunks(): readonly Uint8Array<ArrayBuffer>[] {
    return this.#chunks;
  }

  /** Whether every byte that came is still here. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  add(chunk: Uint8Array<ArrayBuffer>): void {
    if (!this.#isComplete) return;
    if (this.#byteCount + chunk.length > this.#maxBytes || !this.#memory.take(chunk.length)) {
      this.drop();
    } else {
      this.#byteCount += chunk.length;
      this.#chunks.push(chunk);
    }
  }

  /** Idempotent. */
  drop(): void {
    this.#memory.give(this.#byteCount);
    this.#byteCount = 0;
    this.#chunks = [];
    this.#isComplete = false;
  }
}
