import { describe, expect, it } from 'vitest';
import type { Measure } from '../load/run-plan.ts';
import type { Result, Sample } from '../run-benchmark.ts';
import type { TargetName } from '../targets/target.ts';
import { createVerdicts } from './verdicts.ts';

const none = { count: 0, p50: Number.NaN, p99: Number.NaN };
const measure: Measure = {
  ...{ requests: 100, failed: 0, failure: null, corrupted: 0, lostBytes: 0, receivedBytes: 0, elapsedMs: 1000 },
  ...{ totalMs: none, firstByteMs: none, chunkMs: none },
};

function result(target: TargetName, samples: readonly Partial<Measure & { cpu: Record<string, number> }>[]): Result {
  const toSample = ({ cpu = {}, ...changes }: (typeof samples)[number]): Sample => ({
    measure: { ...measure, ...changes },
    cpuMicroseconds: cpu,
  });
  return { scenario: 'unary-32', target, samples: samples.map(toSample) };
}

describe('createVerdicts', () => {
  it('takes the ratio of CPU within each round, so that a disturbed round does not decide', () => {
    const verdicts = createVerdicts([
      result(
        'gateway-node',
        [50, 500, 60].map((gateway) => ({ cpu: { gateway } })),
      ),
      result(
        'undici-proxy',
        [80, 800, 50].map((proxy) => ({ cpu: { proxy } })),
      ),
    ]);
    expect(verdicts[0]).toMatchObject({ isMet: true, text: expect.stringContaining('ratio 0.63') });
  });

  it('compares a worker page with the bare page in the same place', () => {
    const verdicts = createVerdicts([
      result('bare-page', [{ requests: 1000 }]),
      result('bare-aistudio', [{ requests: 100 }]),
      result('gateway-page', [{ requests: 700 }]),
      result('gateway-aistudio', [{ requests: 90 }]),
    ]);
    expect(verdicts.map(({ isMet }) => isMet)).toEqual([false, true, true]);
  });

  it('says what the least that goes the same way reaches', () => {
    const [verdict] = createVerdicts([
      result('bare-page', [{ requests: 1000 }]),
      result('relay-page', [{ requests: 740 }]),
      result('gateway-page', [{ requests: 700 }]),
    ]);
    expect(verdict?.text).toContain('0.70 of the bare page, where the minimal relay reaches 0.74');
  });

  it('is not met when a byte was lost, altered, or a call failed', () => {
    for (const change of [{ lostBytes: 1 }, { corrupted: 1 }, { failed: 1 }]) {
      expect(createVerdicts([result('direct', [{}, change])])).toEqual([expect.objectContaining({ isMet: false })]);
    }
  });
});
