import type { Plan } from './load/plan.ts';
import { median } from './load/quantiles.ts';
import type { Measure } from './load/run-plan.ts';
import { cpuMicroseconds } from './processes/cpu.ts';
import type { Scenario } from './scenarios.ts';
import type { Target, TargetName } from './targets/target.ts';

/** One run of a scenario on a target. */
export interface Sample {
  readonly measure: Measure;
  /** CPU microseconds per request of each process, by role. */
  readonly cpuMicroseconds: Readonly<Record<string, number>>;
}

/** All rounds of a scenario on a target. */
export interface Result {
  readonly scenario: string;
  readonly target: TargetName;
  readonly samples: readonly Sample[];
}

export interface BenchmarkOptions {
  readonly rounds: number;
  /** What each target runs before anything is measured. */
  readonly warmUp: Plan;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

/** Warms every target up, then runs every scenario on every target, round after round, the targets of a round in turn, each round beginning with another. */
export async function runBenchmark(
  scenarios: readonly Scenario[],
  targets: readonly Target[],
  options: BenchmarkOptions,
): Promise<readonly Result[]> {
  for (const target of targets) {
    for (const plan of [options.warmUp, ...scenarios.map((scenario) => scenario.warmUp)]) {
      options.signal.throwIfAborted();
      options.onProgress(`warming up ${target.name}`);
      await target.run(plan, () => undefined);
    }
  }
  const samples = new Map<string, Sample[]>();
  for (let round = 0; round < options.rounds; round += 1) {
    for (const scenario of scenarios) {
      for (let turn = 0; turn < targets.length; turn += 1) {
        const target = targets[(turn + round) % targets.length];
        if (target === undefined) continue;
        options.signal.throwIfAborted();
        options.onProgress(`round ${round + 1}/${options.rounds}, ${scenario.name}, ${target.name}`);
        const key = `${scenario.name} ${target.name}`;
        samples.set(key, [...(samples.get(key) ?? []), await takeSample(scenario, target)]);
      }
    }
  }
  return scenarios.flatMap((scenario) =>
    targets.map((target) => ({
      scenario: scenario.name,
      target: target.name,
      samples: samples.get(`${scenario.name} ${target.name}`) ?? [],
    })),
  );
}

/** The middle over the rounds of something that each sample has. */
export function overRounds(result: Result, pick: (sample: Sample) => number): number {
  return median(result.samples.map(pick));
}

/** The middle over the rounds of a ratio taken within each round, so that what disturbs both in a round falls out. */
export function ratioOverRounds(result: Result, base: Result, pick: (sample: Sample) => number): number {
  return median(
    result.samples.flatMap((sample, round) => {
      const other = base.samples[round];
      return other === undefined ? [] : [pick(sample) / pick(other)];
    }),
  );
}

export function requestsPerSecond(sample: Sample): number {
  return sample.measure.requests / (sample.measure.elapsedMs / 1000);
}

async function takeSample(scenario: Scenario, target: Target): Promise<Sample> {
  const before = target.processes.map(cpuMicroseconds);
  let after = before;
  const measure = await target.run(scenario.plan, () => {
    after = target.processes.map(cpuMicroseconds);
  });
  return {
    measure,
    cpuMicroseconds: Object.fromEntries(
      target.processes.map((process, index) => [
        process.role,
        ((after[index] ?? Number.NaN) - (before[index] ?? Number.NaN)) / Math.max(1, measure.requests),
      ]),
    ),
  };
}
