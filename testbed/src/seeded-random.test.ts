import { describe, expect, it } from 'vitest';
import { createSeededRandom, type SeededRandom } from './seeded-random.ts';

const take = (random: SeededRandom, count: number) => Array.from({ length: count }, () => random.next());

describe('createSeededRandom', () => {
  it('gives the same numbers for the same seed, and others for another', () => {
    expect(take(createSeededRandom(7), 20)).toEqual(take(createSeededRandom(7), 20));
    expect(take(createSeededRandom(7), 20)).not.toEqual(take(createSeededRandom(8), 20));
  });

  it('spreads evenly, ends included', () => {
    const random = createSeededRandom(1);
    const counts = new Map<number, number>();
    for (let turn = 0; turn < 6_000; turn += 1) {
      const value = random.between(1, 6);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    expect([...counts.keys()].toSorted()).toEqual([1, 2, 3, 4, 5, 6]);
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  it('has forks that do not disturb it', () => {
    const disturbed = createSeededRandom(3);
    take(disturbed.fork(), 50);
    const calm = createSeededRandom(3);
    calm.fork();
    expect(take(disturbed, 5)).toEqual(take(calm, 5));
  });

  it('has nothing to pick from an empty list', () => {
    expect(() => createSeededRandom(1).pick([])).toThrow(RangeError);
  });
});
