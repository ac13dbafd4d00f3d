import { createHash, randomBytes } from 'node:crypto';
import type { KeyRecord, KeyTable } from '../store/store.ts';
import { SecretText } from './secret-text.ts';
import { clientKeyPrefix } from './secrets.ts';

export interface ClientKeysOptions {
  /** The key of the data folder, which is always there. */
  readonly first: string;
  readonly table: KeyTable;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What is told of a key. */
export interface KeyView {
  readonly id: string;
  readonly name: string;
  readonly start: string;
  readonly createdAtMs: number | undefined;
  readonly lastUsedAtMs: number | undefined;
  readonly canRevoke: boolean;
}

interface KnownKey {
  readonly id: string;
  readonly text: SecretText;
}

/** Keys beside the first one at most. */
export const maxKeys = 200;
/** Milliseconds between two notes in the store that a key is used. */
const noteIntervalMs = 60_000;
const firstId = 'first';
const startLength = clientKeyPrefix.length + 4;

/** The client keys: that of the data folder, and named ones, of which only a hash is kept. */
export class ClientKeys {
  readonly #options: ClientKeysOptions;
  readonly #byHash = new Map<string, KeyRecord>();
  /** Those that came in clear since the start, so that later requests need no hash. */
  readonly #known: KnownKey[];
  readonly #lastUsed = new Map<string, number>();

  constructor(options: ClientKeysOptions) {
    this.#options = options;
    this.#known = [{ id: firstId, text: new SecretText(options.first) }];
    for (const record of options.table.all()) this.#byHash.set(record.hash, record);
  }

  /** Whether a key is one of these. Takes the same time for every wrong one of the right length. */
  readonly isKnown = (presented: string): boolean => {
    let id: string | undefined;
    for (const key of this.#known) if (key.text.equals(presented)) id = key.id;
    id ??= this.#recognize(presented);
    if (id !== undefined) this.#use(id);
    return id !== undefined;
  };

  list(): readonly KeyView[] {
    const { first } = this.#options;
    const named = [...this.#byHash.values()].map(({ id, name, start, createdAtMs, lastUsedAtMs }) => {
      return { id, name, start, createdAtMs, lastUsedAtMs: this.#lastUsed.get(id) ?? lastUsedAtMs, canRevoke: true };
    });
    named.sort((one, other) => one.createdAtMs - other.createdAtMs);
    const start = first.slice(0, startLength);
    const lastUsedAtMs = this.#lastUsed.get(firstId);
    return [
      { id: firstId, name: 'Key of the data folder', start, createdAtMs: undefined, lastUsedAtMs, canRevoke: false },
      ...named,
    ];
  }

  /** Makes a key; its value is told this once. `undefined`: there are too many. */
  create(name: string): { readonly key: KeyView; readonly value: string } | undefined {
    if (this.#byHash.size >= maxKeys) return undefined;
    const value = `${clientKeyPrefix}${randomBytes(32).toString('base64url')}`;
    const createdAtMs = this.#options.now();
    const id = randomBytes(6).toString('base64url');
    const record = { id, name, hash: hashOf(value), start: value.slice(0, startLength), createdAtMs, lastUsedAtMs: undefined };
    this.#options.table.put(record);
    this.#byHash.set(record.hash, record);
    const { hash: _, ...facts } = record;
    return { key: { ...facts, canRevoke: true }, value };
  }

  /** Revokes a named key, at once; `false`: there is none of this id. */
  revoke(id: string): boolean {
    const record = [...this.#byHash.values()].find((candidate) => candidate.id === id);
    if (record === undefined) return false;
    this.#options.table.delete(id);
    this.#byHash.delete(record.hash);
    const index = this.#known.findIndex((key) => key.id === id);
    if (index >= 0) this.#known.splice(index, 1);
    return true;
  }

  #recognize(presented: string): string | undefined {
    if (this.#byHash.size === 0) return undefined;
    const id = this.#byHash.get(hashOf(presented))?.id;
    if (id !== undefined) this.#known.push({ id, text: new SecretText(presented) });
    return id;
  }

  #use(id: string): void {
    const nowMs = this.#options.now();
    const lastMs = this.#lastUsed.get(id);
    if (lastMs !== undefined && nowMs - lastMs < noteIntervalMs) return;
    this.#lastUsed.set(id, nowMs);
    if (id !== firstId) this.#note(id, nowMs);
  }

  /** That a key was used is worth no request's failure. */
  #note(id: string, nowMs: number): void {
    try {
      this.#options.table.setLastUsed(id, nowMs);
    } catch {
      // The store says so itself where it matters.
    }
  }
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}
