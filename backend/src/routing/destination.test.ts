import { describe, expect, it } from 'vitest';
import { chooseDestination, type OwnedName } from './destination.ts';

const a: OwnedName = { name: 'files/a', owner: 'anna' };
const a2: OwnedName = { name: 'files/a2', owner: 'anna' };
const b: OwnedName = { name: 'files/b', owner: 'berta' };
const cache: OwnedName = { name: 'cachedContents/c', owner: 'anna' };

/** Can move all files, has the given copies. */
function moverOf(copies: readonly (readonly [string, string])[] = []) {
  return {
    canMove: (name: string) => name.startsWith('files/') && name !== 'files/lost',
    hasCopy: (name: string, account: string) => copies.some(([file, owner]) => file === name && owner === account),
  };
}

describe('a request that names files goes', () => {
  it.each([
    ['anywhere where it names nothing', [], ['anna'], undefined, []],
    ['to their owner, who is ready', [a, a2], ['berta', 'anna'], 'anna', []],
    ['to whoever is ready, with them', [a, a2], ['carla', 'berta'], 'carla', ['files/a', 'files/a2']],
    ['to their owner, where nobody is ready', [a], [], 'anna', []],
    ['to the owner of most of them, with the others', [a, b, a2], ['berta', 'anna'], 'anna', ['files/b']],
    ['to the owner who is ready, with the others', [a, a2, b], ['berta', 'carla'], 'berta', ['files/a', 'files/a2']],
    ['to the owner of a cache, with the others', [b, cache], ['berta', 'anna'], 'anna', ['files/b']],
    ['to the owner of a cache, who is away', [cache], ['berta'], 'anna', []],
    ['to the owner of a file whose bytes are gone', [{ ...a, name: 'files/lost' }], ['berta'], 'anna', []],
  ] as const)('%s', (_, owned, ready, account, moves) => {
    expect(chooseDestination(owned, ready, moverOf())).toEqual({ account, moves });
  });

  it('to the account that has copies of them', () => {
    const copies = [['files/a', 'berta']] as const;
    expect(chooseDestination([a], ['carla', 'berta'], moverOf(copies))).toEqual({ account: 'berta', moves: ['files/a'] });
  });

  it.each([
    ['what cannot be moved belongs to two', [cache, { ...b, name: 'files/lost' }], ['anna', 'berta']],
    ['the owner of what cannot be moved is away', [cache, b], ['berta']],
    ['nobody is ready', [a, b], []],
  ] as const)('nowhere where they cannot be brought together: %s', (_, owned, ready) => {
    expect(() => chooseDestination(owned, ready, moverOf())).toThrow(
      expect.objectContaining({ reason: 'MIXED_RESOURCE_OWNERS' }),
    );
  });
});
