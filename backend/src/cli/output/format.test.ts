import { expect, test } from 'vitest';
import { formatCount, formatDuration, formatPercent } from './format.ts';

test.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [4_200, '4.2 s'],
  [720_000, '12 min'],
  [10_800_000, '3 h'],
  [259_200_000, '3 d'],
])('%d ms are written as %s', (milliseconds, expected) => {
  expect(formatDuration(milliseconds)).toBe(expected);
});

test('counts and parts stay short', () => {
  expect([9_999, 12_345, 4_500_000].map(formatCount)).toEqual(['9999', '12.3k', '4.5M']);
  expect([0, 0.015, 0.5, 1].map(formatPercent)).toEqual(['0 %', '1.5 %', '50 %', '100 %']);
});
