import type { HeaderList } from '@gemini-proxy/protocol';

/** What a gateway remembers beyond its life. Calls are synchronous and take microseconds; they throw `StoreError` when the disk fails. */
export interface Store extends Disposable {
  readonly resources: ResourceTable;
  readonly uploads: UploadTable;
  readonly keys: KeyTable;
  readonly labels: LabelTable;
  readonly keptFiles: KeptFileTable;
  /** Idempotent. */
  close(): void;
}

/** Which account a file, a cache or another named thing belongs to. */
export interface ResourceRecord {
  /** As `parseResourceName` of `@gemini-proxy/gemini` gives it: `files/abc`. */
  readonly name: string;
  readonly account: string;
  /** Collection: `files`, `cachedContents`, … */
  readonly kind: string;
  /** As the Gemini API tells it: `PROCESSING`, `ACTIVE`, …; `undefined` where it tells none. */
  readonly state: string | undefined;
  /** The answer to `get` that does not change any more, as the Gemini API gave it; without a path, a file's name, type and size alone. */
  readonly answer: StoredAnswer | undefined;
  /** Path of that `get`: each version of the API answers for itself. */
  readonly answerPath: string | undefined;
  /** Milliseconds since 1970 at which the Gemini API forgets it; `undefined`: never by itself. */
  readonly expiresAtMs: number | undefined;
}

export interface StoredAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
}

export interface ResourceTable {
  get(name: string): ResourceRecord | undefined;
  /** By name, those after one. */
  page(options: ResourcePage): readonly ResourceRecord[];
  count(options: Pick<ResourcePage, 'kind' | 'account'>): number;
  /** Adds it, or takes the place of what is there under its name. */
  put(resource: ResourceRecord): void;
  delete(name: string): void;
  /** Deletes what has expired at this moment; returns how many that were. */
  deleteExpired(nowMs: number): number;
  /** Whether something belongs to any account but this one. */
  hasOwnerBesides(account: string): boolean;
  /** Owner of what expires last, which of files is the newest; `undefined` where nothing expires. */
  latestOwner(): string | undefined;
}

/** Which resources are looked at; `undefined`: all. */
export interface ResourcePage {
  readonly kind: string | undefined;
  readonly account: string | undefined;
  /** Name of the last one of the page before. */
  readonly after: string | undefined;
  readonly limit: number;
}

/** An upload on its way from a client to the Gemini API. */
export interface UploadRecord {
  /** Unguessable: who knows it may go on with the upload. */
  readonly id: string;
  /** Version of the API in the path of its start. */
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
  /** `undefined` until the client says it. */
  readonly totalBytes: number | undefined;
  readonly state: string;
  /** `resumable`, `multipart`, … */
  readonly protocol: string;
  /** What the start said, for the start upstream: JSON of the uploads module. */
  readonly start: string;
  /** Name in the spool folder. */
  readonly spoolFile: string;
  /** Account that it goes to, once chosen. */
  readonly account: string | undefined;
  readonly upstreamUrl: string | undefined;
  readonly answer: StoredAnswer | undefined;
}

export interface UploadTable {
  get(id: string): UploadRecord | undefined;
  /** Adds it, or takes the place of what is there under its id. */
  put(upload: UploadRecord): void;
  delete(id: string): void;
  /** Oldest first. */
  all(): readonly UploadRecord[];
}

/** A file that the Gemini API has, and whose bytes are kept here. */
export interface KeptFileRecord {
  /** `files/abc`. */
  readonly name: string;
  /** Name in the spool folder. */
  readonly spoolFile: string;
  readonly byteCount: number;
  /** Milliseconds since 1970. */
  readonly keptAtMs: number;
  /** Milliseconds since 1970 at which the Gemini API forgets the file. */
  readonly expiresAtMs: number;
  /** What another upload of it has to say, and where there are copies: JSON of the uploads module. */
  readonly details: string;
}

export interface KeptFileTable {
  get(name: string): KeptFileRecord | undefined;
  /** Adds it, or takes the place of what is there under its name. */
  put(file: KeptFileRecord): void;
  delete(name: string): void;
  /** Oldest first. */
  all(): readonly KeptFileRecord[];
}

/** A client key that a user made; its value is not kept. */
export interface KeyRecord {
  readonly id: string;
  readonly name: string;
  /** SHA-256 of the key. */
  readonly hash: string;
  /** Its first characters. */
  readonly start: string;
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number | undefined;
}

export interface KeyTable {
  all(): readonly KeyRecord[];
  put(key: KeyRecord): void;
  setLastUsed(id: string, atMs: number): void;
  delete(id: string): void;
}

/** What a user calls a worker, by the worker's id. */
export interface LabelTable {
  all(): ReadonlyMap<string, string>;
  put(workerId: string, label: string): void;
  delete(workerId: string): void;
}

/** Why the store cannot be used, and what to do. */
export class StoreError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StoreError';
  }
}
