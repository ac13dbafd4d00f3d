import { describe, expect, it } from 'vitest';
import { formatBytes, formatCount, formatDuration, formatPercent } from './format.ts';

describe('formatDuration', () => {
  it.each([
    [0.2, '0 ms'],
    [12.4, '12 ms'],
    [999, '999 ms'],
    [1_234, '1.23 s'],
    [12_340, '12.3 s'],
    [125_000, '2 min 5 s'],
    [3_600_000, '1 h'],
    [5_400_000, '1 h 30 min'],
    [90_000_000, '1 d 1 h'],
  ])('writes %d ms as %s', (durationMs, text) => {
    expect(formatDuration(durationMs, 'en')).toBe(text);
  });

  it('writes it in Chinese, too', () => {
    expect(formatDuration(125_000, 'zh')).toBe('2 分 5 秒');
  });
});

it.each([
  [0, '0 B'],
  [1023, '1,023 B'],
  [1536, '1.5 KiB'],
  [104_857_600, '100 MiB'],
])('formatBytes writes %d as %s', (bytes, text) => {
  expect(formatBytes(bytes, 'en')).toBe(text);
});

it.each([
  [0.5, '0.5'],
  [950, '950'],
  [12_345, '12.3K'],
])('formatCount writes %d as %s', (value, text) => {
  expect(formatCount(value, 'en').toUpperCase()).toBe(text);
});

it('formatPercent has a digit more where the value is small', () => {
  expect([formatPercent(0.012, 'en'), formatPercent(0.5, 'en')]).toEqual(['1.2%', '50%']);
});
