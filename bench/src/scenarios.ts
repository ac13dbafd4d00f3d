import type { Plan } from './load/plan.ts';

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly plan: Plan;
  /** The same in small, once for each target before the first round. */
  readonly warmUp: Plan;
}

/**
 * What each target runs first: engines go on optimising for some tens of thousands of requests, and the more code a way has, the longer. What is to be
 * compared is how it works from then on, as it does for days.
 */
export function createWarmUp(isQuick: boolean): Plan {
  return { kind: 'unary', lanes: 32, durationMs: isQuick ? 300 : 30_000 };
}

/**
 * All scenarios; the quick ones are too short for conclusions. Many short samples tell more than a few long ones: what disturbs a machine lasts for seconds, and
 * then meets all targets of a round alike.
 */
export function createScenarios(isQuick: boolean): readonly Scenario[] {
  return [
    ...[1, 32, 256].map(
      (lanes): Scenario => ({
        name: `unary-${lanes}`,
        title: `Unary, 500 B up, 1.5 kB down, ${lanes} at once`,
        plan: { kind: 'unary', lanes, durationMs: isQuick ? 600 : 1_500 },
        warmUp: { kind: 'unary', lanes, durationMs: isQuick ? 300 : 3_000 },
      }),
    ),
    stream('streams-paced', '100 concurrent SSE streams, a chunk each 50 ms', {
      streams: isQuick ? 100 : 300,
      chunks: 20,
      chunkBytes: 300,
      intervalMs: 50,
      rampMs: 500,
    }),
    stream('streams-full', '100 concurrent SSE streams at full speed', {
      streams: isQuick ? 100 : 200,
      chunks: 500,
      chunkBytes: 300,
      intervalMs: 0,
      rampMs: 0,
    }),
  ];
}

function stream(
  name: string,
  title: string,
  shape: { streams: number; chunks: number; chunkBytes: number; intervalMs: number; rampMs: number },
): Scenario {
  const plan = { kind: 'streams', lanes: 100, ...shape } as const;
  return { name, title, plan, warmUp: { ...plan, streams: 100 } };
}
