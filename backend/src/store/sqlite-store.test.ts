import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inMemory, openSqliteStore } from './sqlite-store.ts';
import { type KeptFileRecord, type ResourceRecord, type Store, StoreError, type UploadRecord } from './store.ts';

let folder: string;
let fileCount = 0;
const newPath = () => {
  fileCount += 1;
  return join(folder, `${fileCount}.sqlite`);
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gemini-proxy-store-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describeStore('the store in memory', () => openSqliteStore(inMemory));
describeStore('the store in a file', () => openSqliteStore(newPath()));

describe('the file of the store', () => {
  it('keeps everything over a restart', () => {
    const path = newPath();
    const first = openSqliteStore(path);
    first.resources.put(file);
    first.uploads.put(upload);
    first.keptFiles.put(keptFile);
    first.close();
    using second = openSqliteStore(path);
    expect(second.resources.get(file.name)).toEqual(file);
    expect(second.uploads.get(upload.id)).toEqual(upload);
    expect(second.keptFiles.get(keptFile.name)).toEqual(keptFile);
  });

  it('may be open in two gateways at once', () => {
    const path = newPath();
    using first = openSqliteStore(path);
    using second = openSqliteStore(path);
    first.resources.put(file);
    expect(second.resources.get(file.name)).toEqual(file);
  });

  it.skipIf(process.platform === 'win32')('can be read by its owner only', () => {
    const path = newPath();
    using store = openSqliteStore(path);
    store.resources.put(file);
    for (const name of [path, `${path}-wal`]) expect(statSync(name).mode & 0o777).toBe(0o600);
  });

  it('is refused when it is no database, with what to do', () => {
    const path = newPath();
    writeFileSync(path, 'This is a letter, and a long one at that. '.repeat(100));
    expect(() => openSqliteStore(path)).toThrow(StoreError);
    expect(() => openSqliteStore(path)).toThrow(/cannot be opened \(file is not a database\).*delete the file/);
  });

  it('is refused when a newer version made it', () => {
    const path = newPath();
    const newer = new DatabaseSync(path);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    expect(() => openSqliteStore(path)).toThrow(/made by a newer GeminiProxy/);
  });

  it('is refused in a folder that is not there', () => {
    expect(() => openSqliteStore(join(folder, 'nowhere', 'x.sqlite'))).toThrow(/ENOENT.*--data-folder/);
  });

  it('is refused when another program holds it', () => {
    const path = newPath();
    openSqliteStore(path).close();
    const holder = new DatabaseSync(path);
    holder.exec('BEGIN EXCLUSIVE');
    expect(() => openSqliteStore(path, { busyTimeoutMs: 1 })).toThrow(/database is locked.*Another program holds it/);
    holder.close();
  });
});

const file: ResourceRecord = {
  name: 'files/abc',
  account: 'anna',
  kind: 'files',
  state: 'ACTIVE',
  answer: { status: 200, headers: [['content-type', 'application/json']], body: new Uint8Array([0, 1, 255]) },
  answerPath: '/v1beta/files/abc',
  expiresAtMs: 1_700_000_000_000,
};

const upload: UploadRecord = {
  id: 'u-1',
  version: 'v1beta',
  createdAtMs: 1_700_000_000_000,
  totalBytes: 2 ** 31,
  state: 'receiving',
  protocol: 'resumable',
  start: '{"file":{}}',
  spoolFile: 'u-1.part',
  account: 'anna',
  upstreamUrl: 'https://host/upload?upload_id=1',
  answer: { status: 200, headers: [], body: new Uint8Array(0) },
};

const keptFile: KeptFileRecord = {
  name: 'files/abc',
  spoolFile: 'kept-u-1',
  byteCount: 2 ** 31,
  keptAtMs: 1_700_000_000_000,
  expiresAtMs: 1_700_172_800_000,
  details: '{"target":"/upload/v1beta/files"}',
};

/** What every store does. `open` gives an empty one each time. */
function describeStore(name: string, open: () => Store): void {
  describe(name, () => {
    it('gives back a resource as it was put', () => {
      using store = open();
      const bare: ResourceRecord = { ...file, name: 'batches/b', state: undefined, answer: undefined, expiresAtMs: undefined };
      store.resources.put(file);
      store.resources.put(bare);
      expect(store.resources.get('files/abc')).toEqual(file);
      expect(store.resources.get('batches/b')).toEqual(bare);
      expect(store.resources.get('files/other')).toBeUndefined();
    });

    it('keeps one resource of a name: the last', () => {
      using store = open();
      store.resources.put(file);
      store.resources.put({ ...file, account: 'berta' });
      expect(store.resources.get('files/abc')?.account).toBe('berta');
      expect(store.resources.hasOwnerBesides('berta')).toBe(false);
      store.resources.delete('files/abc');
      store.resources.delete('files/abc');
      expect(store.resources.get('files/abc')).toBeUndefined();
    });

    it('knows whether anything belongs to another account', () => {
      using store = open();
      expect(store.resources.hasOwnerBesides('berta')).toBe(false);
      store.resources.put({ ...file, name: 'files/b', account: 'berta' });
      expect(store.resources.hasOwnerBesides('berta')).toBe(false);
      expect(store.resources.hasOwnerBesides('anna')).toBe(true);
      for (const account of ['anna', 'carla']) {
        store.resources.put({ ...file, account });
        expect(store.resources.hasOwnerBesides('berta')).toBe(true);
        store.resources.delete(file.name);
        expect(store.resources.hasOwnerBesides('berta')).toBe(false);
      }
    });

    it('knows who owns what expires last', () => {
      using store = open();
      expect(store.resources.latestOwner()).toBeUndefined();
      store.resources.put({ ...file, name: 'batches/b', account: 'carla', expiresAtMs: undefined });
      store.resources.put({ ...file, name: 'files/new', account: 'berta', expiresAtMs: 2000 });
      store.resources.put({ ...file, name: 'files/old', account: 'anna', expiresAtMs: 1000 });
      expect(store.resources.latestOwner()).toBe('berta');
    });

    it('deletes what has expired, and nothing else', () => {
      using store = open();
      store.resources.put({ ...file, name: 'files/past', expiresAtMs: 999 });
      store.resources.put({ ...file, name: 'files/now', expiresAtMs: 1000 });
      store.resources.put({ ...file, name: 'files/future', expiresAtMs: 1001 });
      store.resources.put({ ...file, name: 'files/never', expiresAtMs: undefined });
      expect(store.resources.deleteExpired(1000)).toBe(2);
      const left = ['past', 'now', 'future', 'never'].filter((id) => store.resources.get(`files/${id}`) !== undefined);
      expect(left).toEqual(['future', 'never']);
    });

    it('gives back uploads as they were put, oldest first', () => {
      using store = open();
      const optional = { totalBytes: undefined, account: undefined, upstreamUrl: undefined, answer: undefined };
      const older: UploadRecord = { ...upload, ...optional, id: 'u-2', createdAtMs: 5 };
      store.uploads.put(upload);
      store.uploads.put(older);
      expect(store.uploads.get('u-1')).toEqual(upload);
      expect(store.uploads.all()).toEqual([older, upload]);
      store.uploads.put({ ...older, state: 'sending' });
      expect(store.uploads.get('u-2')?.state).toBe('sending');
      store.uploads.delete('u-1');
      expect(store.uploads.all().map(({ id }) => id)).toEqual(['u-2']);
    });

    it('gives back kept files as they were put, oldest first', () => {
      using store = open();
      store.keptFiles.put(keptFile);
      store.keptFiles.put({ ...keptFile, name: 'files/older', keptAtMs: 1 });
      store.keptFiles.put({ ...keptFile, details: '{}' });
      expect(store.keptFiles.get('files/abc')).toEqual({ ...keptFile, details: '{}' });
      expect(store.keptFiles.all().map(({ name }) => name)).toEqual(['files/older', 'files/abc']);
      store.keptFiles.delete('files/older');
      expect(store.keptFiles.get('files/older')).toBeUndefined();
    });

    it('can be closed twice', () => {
      const store = open();
      store.close();
      store.close();
    });
  });
}
