import { describe, expect, it } from 'vitest';
import { niceTicks, runsOf, timeTicks, toPath } from './scale.ts';

describe('niceTicks', () => {
  it.each([
    [0, [0, 1]],
    [1, [0, 0.25, 0.5, 0.75, 1]],
    [7, [0, 2, 4, 6, 8]],
    [50, [0, 20, 40, 60]],
    [0.3, [0, 0.1, 0.2, 0.3]],
  ])('covers %d', (max, ticks) => {
    expect(niceTicks(max)).toEqual(ticks);
  });
});

it('niceTicks keeps whole things whole', () => {
  expect(niceTicks(2, 1)).toEqual([0, 1, 2]);
});

describe('timeTicks', () => {
  it('gives round times within the span, and not too many', () => {
    const from = Date.UTC(2026, 0, 1, 10, 3);
    const ticks = timeTicks(from, from + 15 * 60_000, 4);
    expect(ticks.length).toBeGreaterThan(1);
    expect(ticks.length).toBeLessThanOrEqual(4);
    for (const tick of ticks) expect(tick % (5 * 60_000)).toBe(0);
  });
});

it('toPath and runsOf leave a gap where there is no point, and a point that is alone is a dot', () => {
  expect(toPath([[0, 1], [1, 2], undefined, [3, 4]])).toBe('M0 1L1 2M3 4L3 4');
  expect(toPath([])).toBe('');
  expect(runsOf([1, 2, undefined, 4])).toEqual([[1, 2], [4]]);
});
