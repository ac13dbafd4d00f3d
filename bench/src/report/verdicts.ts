import { overRounds, type Result, ratioOverRounds, requestsPerSecond } from '../run-benchmark.ts';
import { barePageOf, relayOf, type TargetName, targetTitles } from '../targets/target.ts';
import { formatNumber, total } from './tables.ts';

/** A target of the project, and whether this run met it; `undefined` where it was not measured. */
export interface Verdict {
  readonly text: string;
  readonly isMet: boolean;
}

const leastShareOfBarePage = 0.75;

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
    const relayName = relayOf[result.target];
    const share = shareOfBarePage(results, result);
    if (relayName === undefined || share === undefined) return [];
    const relay = find(results, result.scenario, relayName);
    const relayShare = relay === undefined ? undefined : shareOfBarePage(results, relay);
    const text = [
      `${targetTitles[result.target]}, ${result.scenario}: ${share.toFixed(2)} of the bare page`,
      ...(relayShare === undefined ? [] : [`, where the minimal relay reaches ${relayShare.toFixed(2)}`]),
      ` (target: at least ${leastShareOfBarePage})`,
    ];
    return [{ text: text.join(''), isMet: share >= leastShareOfBarePage }];
  });
}

/** Requests a second, as a share of those of the bare page in the same place; `undefined` without one. */
function shareOfBarePage(results: readonly Result[], result: Result): number | undefined {
  const bareName = barePageOf[result.target];
  const bare = bareName === undefined ? undefined : find(results, result.scenario, bareName);
  return bare === undefined || result.samples.length === 0 ? undefined : ratioOverRounds(result, bare, requestsPerSecond);
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
