import type { Plan } from '../load/plan.ts';
import type { Measure } from '../load/run-plan.ts';
import type { MeasuredProcess } from '../processes/cpu.ts';

export const targetNames = ['direct', 'undici-proxy', 'gateway-node', 'bare-page', 'gateway-chromium'] as const;

export type TargetName = (typeof targetNames)[number];

/** A way from a client to the upstream, started and warm. */
export interface Target {
  readonly name: TargetName;
  /** The processes that work for it, the load generator included. */
  readonly processes: readonly MeasuredProcess[];
  /** Runs a plan; `onLoadEnd` is called when the last answer has come, before anything is evaluated. */
  run(plan: Plan, onLoadEnd: () => void): Promise<Measure>;
}
