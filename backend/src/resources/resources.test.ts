import { describe, expect, it } from 'vitest';
import { Events } from '../events.ts';
import { inMemory, openSqliteStore } from '../store/sqlite-store.ts';
import { StoreError } from '../store/store.ts';
import type { ReceivedAnswer } from './read-answer.ts';
import { Resources } from './resources.ts';

const hourMs = 3_600_000;
const silentLog = { debug() {}, info() {}, warn() {}, error() {} };

function start() {
  const store = openSqliteStore(inMemory);
  const events = new Events(silentLog);
  let nowMs = Date.parse('2026-11-23T00:00:00Z');
  const resources = new Resources({ table: store.resources, events, now: () => nowMs });
  const advance = (ms: number) => {
    nowMs += ms;
  };
  const inMs = (ms: number) => new Date(nowMs + ms).toISOString();
  return { resources, store, events, advance, inMs };
}

function answer(printed: unknown, changes: Partial<ReceivedAnswer> = {}): ReceivedAnswer {
  const body = new TextEncoder().encode(JSON.stringify(printed));
  return { status: 200, headers: [['content-type', 'application/json']], body, account: 'anna', ...changes };
}

const fileGet = ['files.get', '/v1beta/files/abc'] as const;

describe('Resources', () => {
  it.each([
    ['media.upload', '/upload/v1beta/files', { file: { name: 'files/abc' } }, 'files/abc'],
    ['cachedContents.create', '/v1beta/cachedContents', { name: 'cachedContents/c' }, 'cachedContents/c'],
    ['models.batchGenerateContent', '/v1beta/models/m:batchGenerateContent', { name: 'batches/b' }, 'batches/b'],
    [
      'models.predictLongRunning',
      '/v1beta/models/m:predictLongRunning',
      { name: 'models/m/operations/o' },
      'models/m/operations/o',
    ],
    ['fileSearchStores.create', '/v1beta/fileSearchStores', { name: 'fileSearchStores/s' }, 'fileSearchStores/s'],
    ['files.get', '/v1beta/files/abc', { name: 'files/abc' }, 'files/abc'],
    ['cachedContents.patch', '/v1beta/cachedContents/c', { name: 'cachedContents/c' }, 'cachedContents/c'],
  ] as const)('learns an owner from %s', (operation, path, printed, name) => {
    const { resources } = start();
    resources.learn(operation, path, answer(printed));
    expect(resources.ownerOf(name)).toBe('anna');
  });

  it.each([
    ['an error', { status: 400 }],
    ['compressed bytes', { headers: [['content-encoding', 'gzip']] }],
    ['what is not JSON', { body: new Uint8Array([1, 2, 3]) }],
  ] as const)('learns nothing from %s', (_, changes) => {
    const { resources } = start();
    resources.learn(...fileGet, answer({ name: 'files/abc' }, changes));
    expect(resources.ownerOf('files/abc')).toBeUndefined();
  });

  it.each([
    ['files.delete', 200],
    ['files.delete', 404],
    ['files.get', 403],
    ['files.get', 404],
  ] as const)('forgets after %s with %i', (operation, status) => {
    const { resources } = start();
    resources.learn(...fileGet, answer({ name: 'files/abc' }));
    resources.learn(operation, '/v1beta/files/abc', answer({}, { status }));
    expect(resources.ownerOf('files/abc')).toBeUndefined();
  });

  it('keeps what a creation says of a file, which stands for no answer', () => {
    const { resources, store } = start();
    const file = { name: 'files/abc', displayName: 'notes.txt', mimeType: 'text/plain', sizeBytes: '5', state: 'ACTIVE' };
    resources.learn('media.upload', '/upload/v1beta/files', answer({ file }));
    const described = () => JSON.parse(new TextDecoder().decode(store.resources.get('files/abc')?.answer?.body));
    expect(described()).toEqual({ displayName: 'notes.txt', mimeType: 'text/plain', sizeBytes: '5' });
    expect(resources.terminalAnswer('files/abc', '/v1beta/files/abc')).toBeUndefined();
    resources.learn(...fileGet, answer(file));
    expect(described()).toEqual(file);
    expect(resources.terminalAnswer('files/abc', '/v1beta/files/abc')).toBeDefined();
  });

  it.each([429, 500, 503])('forgets nothing after a %i', (status) => {
    const { resources } = start();
    resources.learn(...fileGet, answer({ name: 'files/abc' }));
    resources.learn(...fileGet, answer({}, { status }));
    expect(resources.ownerOf('files/abc')).toBe('anna');
  });

  it('forgets what expires, in the store too', () => {
    const { resources, store, advance, inMs } = start();
    resources.learn(...fileGet, answer({ name: 'files/abc', expirationTime: inMs(hourMs) }));
    expect(resources.hasOwnerBesides('berta')).toBe(true);
    advance(hourMs);
    expect(resources.ownerOf('files/abc')).toBeUndefined();
    resources.learn(
      'cachedContents.create',
      '/v1beta/cachedContents',
      answer({ name: 'cachedContents/c' }, { account: 'berta' }),
    );
    expect(store.resources.get('files/abc')).toBeUndefined();
    expect(resources.hasOwnerBesides('berta')).toBe(false);
  });

  it('keeps it for the version that it came by, and over what another version says', () => {
    const { resources } = start();
    resources.learn(...fileGet, answer({ name: 'files/abc', state: 'ACTIVE' }));
    expect(resources.terminalAnswer('files/abc', '/v1/files/abc')).toBeUndefined();
    resources.learn('files.get', '/v1/files/abc?fields=state', answer({ name: 'files/abc', state: 'ACTIVE' }));
    expect(resources.terminalAnswer('files/abc', fileGet[1])).toBeDefined();
    resources.learn('files.get', '/v1/files/abc', answer({ name: 'files/abc', state: 'ACTIVE', by: 'v1' }));
    const { body } = resources.terminalAnswer('files/abc', '/v1/files/abc') ?? expect.unreachable();
    expect(Buffer.from(body).toString()).toContain('"by"');
  });

  it('keeps the answer for a file whose state is final, and not the moment at which it came', () => {
    const { resources, inMs } = start();
    const printed = { name: 'files/abc', state: 'PROCESSING', expirationTime: inMs(hourMs) };
    resources.learn(...fileGet, answer(printed));
    expect(resources.terminalAnswer('files/abc', fileGet[1])).toBeUndefined();
    const headers = [
      ['content-type', 'application/json'],
      ['date', 'today'],
    ] as const;
    const final = answer({ ...printed, state: 'ACTIVE' }, { headers });
    resources.learn(...fileGet, final);
    expect(resources.terminalAnswer('files/abc', fileGet[1])).toEqual({ status: 200, headers: [headers[0]], body: final.body });
  });

  it('keeps no answer for a request that asked for less or for another version', () => {
    const { resources } = start();
    for (const path of ['/v1beta/files/abc?fields=name', '/v1alpha/files/abc']) {
      resources.learn('files.get', path, answer({ name: 'files/abc', state: 'ACTIVE' }));
    }
    expect(resources.terminalAnswer('files/abc', fileGet[1])).toBeUndefined();
    expect(resources.ownerOf('files/abc')).toBe('anna');
  });

  it('goes on without its store, and counts that', () => {
    const { resources, store, events } = start();
    store.close();
    expect(() => store.resources.get('files/abc')).toThrow(StoreError);
    resources.learn(...fileGet, answer({ name: 'files/abc' }));
    expect(resources.ownerOf('files/abc')).toBeUndefined();
    expect(resources.hasOwnerBesides('anna')).toBe(false);
    expect(events.counters.storeFailures).toBeGreaterThan(0);
  });
});
