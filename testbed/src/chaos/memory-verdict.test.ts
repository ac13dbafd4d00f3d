import { describe, expect, it } from 'vitest';
import { createFindings } from './findings.ts';
import { judgeMemory } from './memory-verdict.ts';
import { type Sample, slopePerMinute } from './memory-watch.ts';

const sample = (minute: number, live: number, resident = 100): Sample => ({
  atMs: minute * 60_000,
  gateway: { live, resident },
  worker: { live: 10, resident: 50 },
});
const samples = (perMinute: number, minutes: number) =>
  Array.from({ length: minutes * 2 + 1 }, (_, index) => sample(index / 2, 20 + (index / 2) * perMinute + (index % 2)));

describe('slopePerMinute', () => {
  it('finds the rise among ups and downs', () => {
    expect(slopePerMinute(samples(3, 10), ({ gateway }) => gateway.live)).toBeCloseTo(3, 1);
    expect(slopePerMinute([], () => 1)).toBe(0);
  });
});

describe('judgeMemory', () => {
  it.each([
    ['all is as before', 0, 10, 20, 100, 0],
    ['live memory is not back', 0, 10, 40, 100, 1],
    ['resident memory is not back', 0, 10, 20, 300, 1],
    ['live memory rises in a long run', 2, 10, 20, 100, 1],
    ['live memory rises in a short run', 2, 2, 20, 100, 0],
  ])('when %s', (_, perMinute, minutes, live, resident, count) => {
    const findings = createFindings(() => {});
    const rows = judgeMemory(
      { before: sample(0, 20), samples: samples(perMinute, minutes), after: sample(11, live, resident) },
      findings,
    );
    expect(findings.texts).toHaveLength(count);
    expect(rows).toHaveLength(4);
  });
});
