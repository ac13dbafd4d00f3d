import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Roster } from './index.ts';

describe('a roster', () => {
  it('has the members that a set would have', () => {
    const change = fc.record({ isAdded: fc.boolean(), member: fc.nat(20) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
        const roster = new Roster<number>();
        const set = new Set<number>();
        for (const { isAdded, member } of changes) {
          if (!isAdded) expect(roster.delete(member)).toBe(set.delete(member));
          else if (!set.has(member)) {
            roster.add(member);
            set.add(member);
          }
          expect(roster.size).toBe(set.size);
          expect(new Set(roster)).toEqual(set);
        }
      }),
    );
  });

  it('lets members leave and come while it is gone through', () => {
    const roster = new Roster<number>();
    for (const member of [1, 2, 3, 4]) roster.add(member);
    const seen: number[] = [];
    for (const member of roster) {
      seen.push(member);
      roster.delete(member);
      roster.add(member + 10);
    }
    expect(seen.toSorted()).toEqual([1, 2, 3, 4]);
    expect([...roster].toSorted()).toEqual([11, 12, 13, 14]);
  });
});
