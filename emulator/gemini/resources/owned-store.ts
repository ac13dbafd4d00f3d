/** What the store needs to know of a resource. */
export interface Owned {
  readonly id: string;
  /** The account that it belongs to. */
  readonly owner: string;
  /** Milliseconds since 1970; infinite where it stays. */
  readonly expiresAtMs: number;
}

interface Entry<T> {
  readonly sequence: number;
  item: T;
}

/** Keeps resources for their owners until they expire. */
export class OwnedStore<T extends Owned> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #now: () => number;
  #lastSequence = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether the id is taken, by whomever. */
  has(id: string): boolean {
    return this.#live(id) !== undefined;
  }

  add(item: T): void {
    this.#lastSequence += 1;
    this.#entries.set(item.id, { sequence: this.#lastSequence, item });
  }

  /** Undefined for what is unknown, expired or a stranger's: nobody is told which. */
  find(owner: string, id: string): T | undefined {
    const item = this.#live(id);
    return item?.owner === owner ? item : undefined;
  }

  replace(item: T): void {
    const entry = this.#entries.get(item.id);
    if (entry !== undefined) entry.item = item;
  }

  delete(id: string): void {
    this.#entries.delete(id);
  }

  /** An owner's resources, the newest first; each with a number that falls from one to the next. */
  listOf(owner: string): readonly { readonly sequence: number; readonly item: T }[] {
    return [...this.#entries.values()].filter(({ item }) => item.owner === owner && this.#live(item.id) !== undefined).reverse();
  }

  #live(id: string): T | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.item.expiresAtMs > this.#now()) return entry?.item;
    this.#entries.delete(id);
    return undefined;
  }
}
