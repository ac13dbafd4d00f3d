import { overRounds, type Result, ratioOverRounds, requestsPerSecond } from '../run-benchmark.ts';
import { barePageOf, type TargetName, targetTitles } from '../targets/target.ts';
import { formatNumber, total } from './tables.ts';

/** A target of the project, and whether this run met it; `undefined` where it was not measured. */
export interface Verdict {
  readonly text: string;
  readonly isMet: boolean;
}

const leastShareOfBarePage = 0.75;
/** With one request at a time the share measures latency, and with paced streams the pace: neither what the page can carry. */
const scenariosOfShare = ['unary-32', 'unary-256', 'streams-full'];

export function createVerdicts(results: readonly Result[]): readonly Verdict[] {
  return [...gatewayCpu(results), ...chromiumShare(results), nothingLost(results)];
}

function gatewayCpu(results: readonly Result[]): Verdict[] {
  const gateway = find(results, 'unary-32', 'gateway-node');
  const proxy = find(results, 'unary-32', 'undici-proxy');
  if (gateway === undefined || proxy === undefined) return [];
  const ratio = overRoundsOfTwo(gateway, proxy);
  const own = formatNumber(overRounds(gateway, (sample) => sample.cpuMicroseconds.gateway ?? Number.NaN));
  const theirs = formatNumber(overRounds(proxy, (sample) => sample.cpuMicroseconds.proxy ?? Number.NaN));
  return [
    {
      text: `Gateway CPU per unary request at concurrency 32: ${own} µs, undici proxy ${theirs} µs, ratio ${ratio.toFixed(2)} (target: at most 1)`,
      isMet: ratio <= 1,
    },
  ];
}

function overRoundsOfTwo(gateway: Result, proxy: Result): number {
  // Each has one role of its own; the other's is undefined there.
  return ratioOverRounds(
    gateway,
    proxy,
    (sample) => sample.cpuMicroseconds.gateway ?? sample.cpuMicroseconds.proxy ?? Number.NaN,
  );
}

function chromiumShare(results: readonly Result[]): Verdict[] {
  return results.flatMap((result) => {
    const bareName = barePageOf[result.target];
    const bare = bareName === undefined ? undefined : find(results, result.scenario, bareName);
    if (bare === undefined || !scenariosOfShare.includes(result.scenario) || result.samples.length === 0) return [];
    const share = ratioOverRounds(result, bare, requestsPerSecond);
    const [cpu, bareCpu] = [result, bare].map((one) =>
      overRounds(one, (sample) => sample.cpuMicroseconds.chromium ?? Number.NaN),
    );
    const browser = `browser CPU ${formatNumber(cpu ?? Number.NaN)} µs against ${formatNumber(bareCpu ?? Number.NaN)} µs`;
    const text = `${targetTitles[result.target]}, ${result.scenario}: ${share.toFixed(2)} of ${targetTitles[bare.target]}, ${browser}`;
    return [{ text: `${text} (target: at least ${leastShareOfBarePage})`, isMet: share >= leastShareOfBarePage }];
  });
}

function nothingLost(results: readonly Result[]): Verdict {
  const lost = results.reduce((sum, result) => sum + total(result, (sample) => sample.measure.lostBytes), 0);
  const corrupted = results.reduce((sum, result) => sum + total(result, (sample) => sample.measure.corrupted), 0);
  const failed = results.reduce((sum, result) => sum + total(result, (sample) => sample.measure.failed), 0);
  return {
    text: `Bytes lost: ${lost}; answers not identical: ${corrupted}; calls failed: ${failed} (target: 0)`,
    isMet: lost === 0 && corrupted === 0 && failed === 0,
  };
}

function find(results: readonly Result[], scenario: string, target: TargetName): Result | undefined {
  return results.find((result) => result.scenario === scenario && result.target === target && result.samples.length > 0);
}
