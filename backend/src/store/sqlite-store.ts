import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from 'node:sqlite';
import { migrations } from './migrations.ts';
import {
  fromKeptFileRow,
  fromKeyRow,
  fromLabelRow,
  fromResourceRow,
  fromUploadRow,
  toKeptFileRow,
  toKeyRow,
  toResourceRow,
  toUploadRow,
} from './rows.ts';
import {
  type KeptFileRecord,
  type KeptFileTable,
  type KeyRecord,
  type KeyTable,
  type LabelTable,
  type ResourcePage,
  type ResourceRecord,
  type ResourceTable,
  type Store,
  StoreError,
  type UploadRecord,
  type UploadTable,
} from './store.ts';

/** Keeps the store in memory: it is gone with the process. */
export const inMemory = ':memory:';

/** Milliseconds that a call waits for another process that writes to the same file. */
const defaultBusyTimeoutMs = 2_000;
const fileMode = 0o600;

/** Opens the store, makes or renews its tables; throws `StoreError` where that cannot be. */
export function openSqliteStore(path: string, { busyTimeoutMs = defaultBusyTimeoutMs } = {}): Store {
  const database = describing(path, () => {
    if (path !== inMemory) prepareFile(path);
    const opened = new DatabaseSync(path, { timeout: busyTimeoutMs });
    try {
      prepare(opened, path);
    } catch (error) {
      opened.close();
      throw error;
    }
    return opened;
  });
  const close = () => {
    if (database.isOpen) database.close();
  };
  return {
    resources: new SqliteResources(database),
    uploads: new SqliteUploads(database),
    keys: new SqliteKeys(database),
    labels: new SqliteLabels(database),
    keptFiles: new SqliteKeptFiles(database),
    close,
    [Symbol.dispose]: close,
  };
}

/** Whoever can read it can use the uploads in it; the files beside it get the same mode. */
function prepareFile(path: string): void {
  closeSync(openSync(path, 'a', fileMode));
  if (process.platform !== 'win32') chmodSync(path, fileMode);
}

function prepare(database: DatabaseSync, path: string): void {
  // With a write-ahead log nothing acknowledged is lost when the process is killed, and no write waits for the disk.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  const [verdict] = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {});
  if (verdict !== 'ok') throw new StoreError(`The store ${path} is damaged (${verdict}). ${remedy}`);
  migrate(database, path);
}

function migrate(database: DatabaseSync, path: string): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    const version = Number(Object.values(database.prepare('PRAGMA user_version').get() ?? {})[0]);
    if (version > migrations.length) {
      throw new StoreError(`The store ${path} was made by a newer GeminiProxy. Use that one, or another --data-folder.`);
    }
    for (const step of migrations.slice(version)) database.exec(step);
    database.exec(`PRAGMA user_version = ${migrations.length}`);
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

const remedy = 'Stop every gateway that uses it and delete the file: files and caches are then looked for anew.';

function describing<Result>(path: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError(`The store ${path} cannot be opened (${messageOf(error)}). ${adviceFor(error)}`, { cause: error });
  }
}

function adviceFor(error: unknown): string {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined;
  if (code === sqliteBusy || code === sqliteLocked) return 'Another program holds it: end that, or use another --data-folder.';
  if (code === sqliteNotADatabase || code === sqliteCorrupt) return remedy;
  return 'Choose another folder with --data-folder, or change its permissions.';
}

const sqliteBusy = 5;
const sqliteLocked = 6;
const sqliteCorrupt = 11;
const sqliteNotADatabase = 26;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

class SqliteResources implements ResourceTable {
  readonly #get: Query;
  readonly #put: Query;
  readonly #delete: Query;
  readonly #deleteExpired: Query;
  readonly #bounds: Query;
  readonly #page: Query;
  readonly #count: Query;
  readonly #latest: Query;

  constructor(database: DatabaseSync) {
    this.#get = query(database, 'SELECT * FROM resources WHERE name = ?');
    this.#put = query(database, 'INSERT OR REPLACE INTO resources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#delete = query(database, 'DELETE FROM resources WHERE name = ?');
    this.#deleteExpired = query(database, 'DELETE FROM resources WHERE expires_at_ms <= ?');
    const wanted = '(? IS NULL OR kind = ?) AND (? IS NULL OR account = ?)';
    this.#page = query(database, `SELECT * FROM resources WHERE ${wanted} AND name > ? ORDER BY name LIMIT ?`);
    this.#count = query(database, `SELECT count(*) FROM resources WHERE ${wanted}`);
    // Both ends of the index, and nothing between.
    const bounds = 'SELECT (SELECT min(account) FROM resources) AS first, (SELECT max(account) FROM resources) AS last';
    this.#bounds = query(database, bounds);
    const latest = 'SELECT account FROM resources WHERE expires_at_ms IS NOT NULL ORDER BY expires_at_ms DESC LIMIT 1';
    this.#latest = query(database, latest);
  }

  get(name: string): ResourceRecord | undefined {
    const row = this.#get.first(name);
    return row === undefined ? undefined : fromResourceRow(row);
  }

  page({ kind, account, after, limit }: ResourcePage): readonly ResourceRecord[] {
    const wanted = [kind ?? null, kind ?? null, account ?? null, account ?? null];
    return this.#page.rows(...wanted, after ?? '', limit).map(fromResourceRow);
  }

  count({ kind, account }: Pick<ResourcePage, 'kind' | 'account'>): number {
    const row = this.#count.first(kind ?? null, kind ?? null, account ?? null, account ?? null);
    return Number(Object.values(row ?? {})[0] ?? 0);
  }

  put(resource: ResourceRecord): void {
    this.#put.run(...toResourceRow(resource));
  }

  delete(name: string): void {
    this.#delete.run(name);
  }

  deleteExpired(nowMs: number): number {
    return this.#deleteExpired.run(nowMs);
  }

  hasOwnerBesides(account: string): boolean {
    const bounds = Object.values(this.#bounds.first() ?? {});
    return bounds.some((owner) => owner !== null && owner !== account);
  }

  latestOwner(): string | undefined {
    const account = this.#latest.first()?.account;
    return typeof account === 'string' ? account : undefined;
  }
}

class SqliteUploads implements UploadTable {
  readonly #get: Query;
  readonly #put: Query;
  readonly #delete: Query;
  readonly #all: Query;

  constructor(database: DatabaseSync) {
    this.#get = query(database, 'SELECT * FROM uploads WHERE id = ?');
    this.#put = query(database, 'INSERT OR REPLACE INTO uploads VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#delete = query(database, 'DELETE FROM uploads WHERE id = ?');
    this.#all = query(database, 'SELECT * FROM uploads ORDER BY created_at_ms, id');
  }

  get(id: string): UploadRecord | undefined {
    const row = this.#get.first(id);
    return row === undefined ? undefined : fromUploadRow(row);
  }

  put(upload: UploadRecord): void {
    this.#put.run(...toUploadRow(upload));
  }

  delete(id: string): void {
    this.#delete.run(id);
  }

  all(): readonly UploadRecord[] {
    return this.#all.rows().map(fromUploadRow);
  }
}

class SqliteKeptFiles implements KeptFileTable {
  readonly #get: Query;
  readonly #put: Query;
  readonly #delete: Query;
  readonly #all: Query;

  constructor(database: DatabaseSync) {
    this.#get = query(database, 'SELECT * FROM kept_files WHERE name = ?');
    this.#put = query(database, 'INSERT OR REPLACE INTO kept_files VALUES (?, ?, ?, ?, ?, ?)');
    this.#delete = query(database, 'DELETE FROM kept_files WHERE name = ?');
    this.#all = query(database, 'SELECT * FROM kept_files ORDER BY kept_at_ms, name');
  }

  get(name: string): KeptFileRecord | undefined {
    const row = this.#get.first(name);
    return row === undefined ? undefined : fromKeptFileRow(row);
  }

  put(file: KeptFileRecord): void {
    this.#put.run(...toKeptFileRow(file));
  }

  delete(name: string): void {
    this.#delete.run(name);
  }

  all(): readonly KeptFileRecord[] {
    return this.#all.rows().map(fromKeptFileRow);
  }
}

class SqliteKeys implements KeyTable {
  readonly #all: Query;
  readonly #put: Query;
  readonly #use: Query;
  readonly #delete: Query;

  constructor(database: DatabaseSync) {
    this.#all = query(database, 'SELECT * FROM client_keys ORDER BY created_at_ms, id');
    this.#put = query(database, 'INSERT OR REPLACE INTO client_keys VALUES (?, ?, ?, ?, ?, ?)');
    this.#use = query(database, 'UPDATE client_keys SET last_used_at_ms = ? WHERE id = ?');
    this.#delete = query(database, 'DELETE FROM client_keys WHERE id = ?');
  }

  all(): readonly KeyRecord[] {
    return this.#all.rows().map(fromKeyRow);
  }

  put(key: KeyRecord): void {
    this.#put.run(...toKeyRow(key));
  }

  setLastUsed(id: string, atMs: number): void {
    this.#use.run(atMs, id);
  }

  delete(id: string): void {
    this.#delete.run(id);
  }
}

class SqliteLabels implements LabelTable {
  readonly #all: Query;
  readonly #put: Query;
  readonly #delete: Query;

  constructor(database: DatabaseSync) {
    this.#all = query(database, 'SELECT * FROM worker_labels');
    this.#put = query(database, 'INSERT OR REPLACE INTO worker_labels VALUES (?, ?)');
    this.#delete = query(database, 'DELETE FROM worker_labels WHERE worker_id = ?');
  }

  all(): ReadonlyMap<string, string> {
    return new Map(this.#all.rows().map(fromLabelRow));
  }

  put(workerId: string, label: string): void {
    this.#put.run(workerId, label);
  }

  delete(workerId: string): void {
    this.#delete.run(workerId);
  }
}

/** A prepared statement whose failures are `StoreError`s. */
interface Query {
  first(...values: SQLInputValue[]): Record<string, SQLOutputValue> | undefined;
  rows(...values: SQLInputValue[]): readonly Record<string, SQLOutputValue>[];
  /** Returns how many rows changed. */
  run(...values: SQLInputValue[]): number;
}

function query(database: DatabaseSync, sql: string): Query {
  const statement = database.prepare(sql);
  return {
    first: (...values) => failing(() => statement.get(...values)),
    rows: (...values) => failing(() => statement.all(...values)),
    run: (...values) => failing(() => Number(statement.run(...values).changes)),
  };
}

function failing<Result>(action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw new StoreError(`The store failed (${messageOf(error)}).`, { cause: error });
  }
}
