import { describe, expect, it } from 'vitest';
import { inMemory, openSqliteStore } from '../store/sqlite-store.ts';
import { ClientKeys, maxKeys } from './client-keys.ts';

const first = `gp-client-${'a'.repeat(43)}`;

function start(store = openSqliteStore(inMemory)) {
  const clock = { nowMs: 1_700_000_000_000 };
  return { store, clock, keys: new ClientKeys({ first, table: store.keys, now: () => clock.nowMs }) };
}

describe('ClientKeys', () => {
  it('knows the key of the data folder, and no other', () => {
    const { keys } = start();
    expect(keys.isKnown(first)).toBe(true);
    expect(keys.isKnown('gp-client-other')).toBe(false);
    expect(keys.isKnown('')).toBe(false);
    expect(keys.isKnown(`${first.slice(0, -1)}b`)).toBe(false);
    expect(keys.revoke('first')).toBe(false);
  });

  it('knows a named key over a restart, until it is revoked, and keeps no value', () => {
    const { keys, store, clock } = start();
    const created = keys.create('Editor');
    const value = created?.value ?? '';
    expect(value).toMatch(/^gp-client-[\w-]{43}$/);
    const successor = new ClientKeys({ first, table: store.keys, now: () => clock.nowMs });
    expect(JSON.stringify(store.keys.all())).not.toContain(value);
    for (let count = 0; count < 2; count += 1) expect(successor.isKnown(value)).toBe(true);
    expect(successor.revoke(created?.key.id ?? '')).toBe(true);
    expect(successor.isKnown(value)).toBe(false);
    expect(store.keys.all()).toEqual([]);
  });

  it('notes the use of a key once a minute', () => {
    const { keys, store, clock } = start();
    const value = keys.create('Editor')?.value ?? '';
    const noted = () => store.keys.all()[0]?.lastUsedAtMs;
    expect(noted()).toBeUndefined();
    keys.isKnown(value);
    const usedAtMs = clock.nowMs;
    clock.nowMs += 59_000;
    keys.isKnown(value);
    expect(noted()).toBe(usedAtMs);
    clock.nowMs += 1_000;
    keys.isKnown(value);
    expect(noted()).toBe(clock.nowMs);
    expect(keys.list().map(({ name, lastUsedAtMs }) => [name, lastUsedAtMs])).toEqual([
      ['Key of the data folder', undefined],
      ['Editor', clock.nowMs],
    ]);
  });

  it('has an end', () => {
    const { keys } = start();
    for (let count = 0; count < maxKeys; count += 1) expect(keys.create(`key ${count}`)).toBeDefined();
    expect(keys.create('one more')).toBeUndefined();
  });
});
