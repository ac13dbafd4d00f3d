import { type LocatedName, locateResourceNames } from '@gemini-proxy/gemini';

/** Longest stretch that a name, its quotes and the whitespace around them may take to be found across two pieces. */
const overlapBytes = 4 * 1024;

/** Places of names that are remembered at most. */
const maxPlaces = 4096;

/** Finds the names of owned resources in a body that comes in pieces. */
export class NameScanner {
  readonly #names = new Set<string>();
  /** Start → the place. */
  readonly #places = new Map<number, LocatedName>();
  /** Bytes of the body before the unscanned ones. */
  #scannedBytes = 0;
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

  /** Where the names stand in the body, in order; `undefined` where there are too many to remember. Known after `finish`. */
  places(): readonly LocatedName[] | undefined {
    return this.#places.size > maxPlaces ? undefined : [...this.#places.values()].sort((one, other) => one.start - other.start);
  }

  /** The end is kept and seen again with what follows: a name may go on there. */
  #scan(): void {
    const piece = Buffer.concat(this.#unscanned);
    for (const { name, start, end } of locateResourceNames(piece)) {
      this.#names.add(name);
      const offset = this.#scannedBytes;
      if (this.#places.size <= maxPlaces) this.#places.set(offset + start, { name, start: offset + start, end: offset + end });
    }
    const rest = piece.subarray(Math.max(0, piece.length - overlapBytes));
    this.#scannedBytes += piece.length - rest.length;
    this.#unscanned = [rest];
    this.#unscannedBytes = rest.length;
  }
}
