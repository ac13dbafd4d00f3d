import { type LocatedName, resourceNameOfPath } from '@gemini-proxy/gemini';

interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A request's names, some of which others take the place of; every other byte stays. */
export class Renaming {
  readonly #newNames: ReadonlyMap<string, string>;
  readonly #replacements: readonly Replacement[];

  /** `places` in order. */
  constructor(places: readonly LocatedName[], newNames: ReadonlyMap<string, string>) {
    this.#newNames = newNames;
    this.#replacements = places.flatMap(({ name, start, end }) => {
      const newName = newNames.get(name);
      return newName === undefined ? [] : [{ start, end, bytes: Buffer.from(newName, 'latin1') }];
    });
  }

  /** Bytes by which the body grows. */
  get addedBytes(): number {
    return this.#replacements.reduce((sum, { start, end, bytes }) => sum + bytes.length - (end - start), 0);
  }

  path(path: string): string {
    const name = resourceNameOfPath(path)?.name;
    const newName = name === undefined ? undefined : this.#newNames.get(name);
    if (name === undefined || newName === undefined) return path;
    // A slash of the name may be written as a code.
    return path.replace(name, newName).replace(name.replace('/', '%2F'), newName);
  }

  async *body(pieces: AsyncIterable<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    let next = 0;
    let offset = 0;
    for await (const piece of pieces) {
      const pieceEnd = offset + piece.length;
      // What is left of a name that the piece before has begun is skipped.
      let from = Math.max(offset, this.#replacements[next - 1]?.end ?? 0);
      for (let replacement = this.#replacements[next]; replacement !== undefined && replacement.start < pieceEnd; ) {
        if (replacement.start > from) yield piece.subarray(from - offset, replacement.start - offset);
        yield replacement.bytes;
        from = replacement.end;
        next += 1;
        replacement = this.#replacements[next];
      }
      if (from < pieceEnd) yield piece.subarray(from - offset);
      offset = pieceEnd;
    }
  }
}
