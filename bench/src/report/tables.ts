import { overRounds, type Result, ratioOverRounds, requestsPerSecond, type Sample } from '../run-benchmark.ts';
import type { Scenario } from '../scenarios.ts';
import { barePageOf, type TargetName, targetTitles } from '../targets/target.ts';

/** A table as text, before anyone decides how it is drawn. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Roles in the order of a request's way. */
const roles = ['client', 'proxy', 'gateway', 'worker', 'chromium', 'simulator', 'upstream'] as const;

export function createTable(scenario: Scenario, results: readonly Result[]): Table {
  const own = results.filter((result) => result.scenario === scenario.name && result.samples.length > 0);
  const find = (target: TargetName): Result | undefined => own.find((result) => result.target === target);
  const direct = find('direct');
  const proxy = find('undici-proxy');
  const isStreams = scenario.plan.kind === 'streams';
  const usedRoles = roles.filter((role) => own.some((result) => result.samples[0]?.cpuMicroseconds[role] !== undefined));
  return {
    title: scenario.title,
    columns: [
      'target',
      isStreams ? 'streams/s' : 'requests/s',
      ...(isStreams ? ['chunks/s'] : []),
      '× direct',
      '× proxy',
      '× page',
      'p50 ms',
      'p99 ms',
      'added first byte ms',
      ...(isStreams && scenario.plan.kind === 'streams' && scenario.plan.intervalMs > 0 ? ['chunk p50 ms', 'chunk p99 ms'] : []),
      ...usedRoles.map((role) => `${role} µs`),
      'lost B',
      'failed',
    ],
    rows: own.map((result) => [
      targetTitles[result.target],
      formatNumber(overRounds(result, requestsPerSecond)),
      ...(scenario.plan.kind === 'streams' ? [formatNumber(overRounds(result, requestsPerSecond) * scenario.plan.chunks)] : []),
      formatRatio(result, direct),
      formatRatio(result, proxy),
      formatRatio(result, findBarePage(result.target, find)),
      formatNumber(overRounds(result, (sample) => sample.measure.totalMs.p50)),
      formatNumber(overRounds(result, (sample) => sample.measure.totalMs.p99)),
      direct === undefined || result === direct
        ? ''
        : formatNumber(overRounds(result, firstByte) - overRounds(direct, firstByte)),
      ...(scenario.plan.kind === 'streams' && scenario.plan.intervalMs > 0
        ? [
            formatNumber(overRounds(result, (sample) => sample.measure.chunkMs.p50)),
            formatNumber(overRounds(result, (sample) => sample.measure.chunkMs.p99)),
          ]
        : []),
      ...usedRoles.map((role) => formatNumber(overRounds(result, (sample) => sample.cpuMicroseconds[role] ?? Number.NaN))),
      String(total(result, (sample) => sample.measure.lostBytes)),
      String(total(result, (sample) => sample.measure.failed + sample.measure.corrupted)),
    ]),
  };
}

/** Three significant digits, thousands separated; empty where there is nothing. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Sum over the rounds. */
export function total(result: Result, pick: (sample: Sample) => number): number {
  return result.samples.reduce((sum, sample) => sum + pick(sample), 0);
}

function findBarePage(target: TargetName, find: (target: TargetName) => Result | undefined): Result | undefined {
  const name = barePageOf[target];
  return name === undefined ? undefined : find(name);
}

function firstByte(sample: Sample): number {
  return sample.measure.firstByteMs.p50;
}

function formatRatio(result: Result, base: Result | undefined): string {
  return base === undefined ? '' : ratioOverRounds(result, base, requestsPerSecond).toFixed(2);
}
