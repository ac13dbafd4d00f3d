import { findResourceNames } from '@gemini-proxy/gemini';

/** Longest stretch that a name, its quotes and the whitespace around them may take to be found across two pieces. */
const overlapBytes = 4 * 1024;

/** Finds the names of owned resources in a body that comes in pieces. */
export class NameScanner {
  readonly #names = new Set<string>();
  #unscanned: Uint8Array[] = [];
  #unscannedBytes = 0;

  push(chunk: Uint8Array): void {
    this.#unscanned.push(chunk);
    this.#unscannedBytes += chunk.length;
    if (this.#unscannedBytes >= 16 * overlapBytes) this.#scan();
  }

  finish(): readonly string[] {
    this.#scan();
    return [...this.#names];
  }

  /** The end is kept and seen again with what follows: a name may go on there. */
  #scan(): void {
    const piece = Buffer.concat(this.#unscanned);
    for (const name of findResourceNames(piece)) this.#names.add(name);
    const rest = piece.subarray(Math.max(0, piece.length - overlapBytes));
    this.#unscanned = [rest];
    this.#unscannedBytes = rest.length;
  }
}
