import { describe, expect, it } from 'vitest';
import { formatBytes, formatElapsed } from './format.ts';

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 kB'],
    [1_540, '1.5 kB'],
    [20_000_000, '20 MB'],
    [999_600, '1.0 MB'],
    [3_200_000_000, '3.2 GB'],
  ])('shows %i as %s', (byteCount, text) => {
    expect(formatBytes(byteCount)).toBe(text);
  });
});

describe('formatElapsed', () => {
  it.each([
    [0, '0.0 s'],
    [400, '0.4 s'],
    [12_900, '12 s'],
    [59_990, '59 s'],
    [185_000, '3:05'],
  ])('shows %i ms as %s', (elapsedMs, text) => {
    expect(formatElapsed(elapsedMs)).toBe(text);
  });
});
