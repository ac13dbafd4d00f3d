import { apiErrors } from '../errors.ts';
import { toMessage } from '../proto-json.ts';
import { OwnedStore } from './owned-store.ts';
import { type PageLimits, pageOf, toListAnswer } from './page.ts';
import { formatTimestamp } from './timestamp.ts';

export type RecordValue = Readonly<Record<string, unknown>>;

/** A resource that is no more than what the API prints of it. */
interface StoredRecord {
  /** The whole name: `fileSearchStores/s/documents/d`. */
  readonly id: string;
  readonly owner: string;
  readonly expiresAtMs: number;
  readonly value: RecordValue;
  /** From when on an operation is done; undefined for what is no operation. */
  readonly doneAtMs: number | undefined;
}

const PAGE_LIMITS: PageLimits = { defaultSize: 10, maxSize: 1000 };

/** Batches, operations, stores and the like: kept by their names for their owners. */
export class RecordStore {
  readonly #records: OwnedStore<StoredRecord>;
  readonly #now: () => number;
  readonly #operationMs: number;

  constructor(now: () => number, operationMs: number) {
    this.#records = new OwnedStore(now);
    this.#now = now;
    this.#operationMs = operationMs;
  }

  timestamp(): string {
    return formatTimestamp(this.#now());
  }

  /** Keeps a resource and returns it as the API prints it. */
  create(owner: string, name: string, value: RecordValue): RecordValue {
    this.#add(owner, name, { name, ...value }, undefined);
    return { name, ...value };
  }

  /** Keeps an operation that is done after a while. */
  createOperation(
    owner: string,
    name: string,
    { metadata, response }: { metadata: RecordValue; response: RecordValue },
  ): unknown {
    const doneAtMs = this.#now() + this.#operationMs;
    this.#add(owner, name, { name, metadata, response }, doneAtMs);
    return this.get(owner, name);
  }

  get(owner: string, name: string): unknown {
    return this.#print(this.#require(owner, name));
  }

  update(owner: string, name: string, change: RecordValue): unknown {
    const record = this.#require(owner, name);
    const updated = { ...record, value: { ...record.value, ...change } };
    this.#records.replace(updated);
    return this.#print(updated);
  }

  /** An operation that is cancelled never gets done. */
  cancel(owner: string, name: string): void {
    const record = this.#require(owner, name);
    if (record.doneAtMs === undefined || this.#now() < record.doneAtMs) {
      const error = { code: 1, message: 'The operation was cancelled.' };
      const { response: _, ...value } = record.value;
      this.#records.replace({ ...record, value: { ...value, error }, doneAtMs: this.#now() });
    }
  }

  /** Deletes a resource and all that lies below it. */
  delete(owner: string, name: string): void {
    this.#require(owner, name);
    for (const { item } of this.#records.listOf(owner)) {
      if (item.id === name || item.id.startsWith(`${name}/`)) this.#records.delete(item.id);
    }
  }

  /** Whether anything of a kind lies below a resource. */
  hasBelow(owner: string, name: string, kind: string): boolean {
    return this.#records.listOf(owner).some(({ item }) => item.id.startsWith(`${name}/${kind}/`));
  }

  /** The direct members of a collection such as `batches`, in a field of this name. */
  list(owner: string, collection: string, field: string, query: URLSearchParams): unknown {
    const isMember = (name: string) => name.startsWith(`${collection}/`) && !name.slice(collection.length + 1).includes('/');
    const members = this.#records.listOf(owner).filter(({ item }) => isMember(item.id));
    return toListAnswer(
      field,
      pageOf(members, ({ sequence }) => sequence, query, PAGE_LIMITS),
      ({ item }) => this.#print(item),
    );
  }

  #add(owner: string, id: string, value: RecordValue, doneAtMs: number | undefined): void {
    if (this.#records.has(id)) throw apiErrors.alreadyExists();
    this.#records.add({ id, owner, expiresAtMs: Number.POSITIVE_INFINITY, value, doneAtMs });
  }

  #require(owner: string, name: string): StoredRecord {
    const record = this.#records.find(owner, name);
    if (record === undefined) throw apiErrors.notFound();
    return record;
  }

  #print({ value, doneAtMs }: StoredRecord): unknown {
    if (doneAtMs === undefined) return value;
    const { response, ...rest } = value;
    if (this.#now() < doneAtMs) return rest;
    const metadata = toMessage(rest.metadata);
    const end = response === undefined ? 'CANCELLED' : 'SUCCEEDED';
    const state = metadata.state === undefined ? {} : { state: `BATCH_STATE_${end}`, endTime: formatTimestamp(doneAtMs) };
    return { ...rest, metadata: { ...metadata, ...state }, done: true, ...(response === undefined ? {} : { response }) };
  }
}
