import { describe, expect, it } from 'vitest';
import { median, quantiles } from './quantiles.ts';

describe('quantiles', () => {
  it('finds the middle and the tail whatever the order', () => {
    const values = Array.from({ length: 1000 }, (_, index) => 999 - index);
    expect(quantiles(values)).toEqual({ count: 1000, p50: 500, p99: 990 });
  });

  it('is not a number where there is nothing', () => {
    expect(quantiles([])).toEqual({ count: 0, p50: Number.NaN, p99: Number.NaN });
  });
});

describe('median', () => {
  it('is the middle value, or the mean of the two in the middle', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 9, 2])).toBe(3);
  });

  it('leaves out what was not measured', () => {
    expect(median([Number.NaN, 2])).toBe(2);
    expect(median([])).toBeNaN();
  });
});
