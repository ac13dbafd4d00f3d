import { formatReport, runChaos } from '@gemini-proxy/testbed';
import { describe, expect, it } from 'vitest';

/** One that has been run before: what others find is for `npm run chaos`. */
const seed = Number(process.env.CHAOS_SEED ?? 1);
const minutes = Number(process.env.CHAOS_MINUTES ?? 2);
const minuteMs = 60_000;

describe(`chaos with seed ${seed}`, () => {
  it('gives no client a wrong answer, hangs nowhere, and leaves nothing behind', {
    timeout: (minutes + 10) * minuteMs,
  }, async () => {
    const report = await runChaos({ seed, minutes });
    process.stdout.write(formatReport(report));
    expect(report.findings, `npm run chaos -- --seed ${seed} --minutes ${minutes}`).toEqual([]);
  });
});
