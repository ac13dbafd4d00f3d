import type { Plan } from '../load/plan.ts';
import type { Measure } from '../load/run-plan.ts';
import type { MeasuredProcess } from '../processes/cpu.ts';

/** Ways from a client to the upstream, each `bare` one the measure for the `relay` and `gateway` ones after it. */
export const targetNames = [
  'direct',
  'undici-proxy',
  'gateway-node',
  'bare-page',
  'relay-page',
  'gateway-page',
  'bare-aistudio',
  'relay-aistudio',
  'gateway-aistudio',
] as const;

/** Those that need a browser. */
export const chromiumTargets: readonly TargetName[] = targetNames.filter((name) => /-(page|aistudio)$/.test(name));

export type TargetName = (typeof targetNames)[number];

export const targetTitles: Readonly<Record<TargetName, string>> = {
  direct: 'direct',
  'undici-proxy': 'undici proxy',
  'gateway-node': 'gateway + Node worker',
  'bare-page': 'bare page',
  'relay-page': 'minimal relay + Chromium page',
  'gateway-page': 'gateway + Chromium page',
  'bare-aistudio': 'bare page, hooked fetch',
  'relay-aistudio': 'minimal relay + Chromium, hooked fetch',
  'gateway-aistudio': 'gateway + Chromium, hooked fetch',
};

/** The page that makes the same calls by itself, for the targets whose worker is a page. */
export const barePageOf: Partial<Readonly<Record<TargetName, TargetName>>> = {
  'relay-page': 'bare-page',
  'relay-aistudio': 'bare-aistudio',
  'gateway-page': 'bare-page',
  'gateway-aistudio': 'bare-aistudio',
};

/** The least that goes the same way: what it reaches is what the way itself leaves of the bare page. */
export const relayOf: Partial<Readonly<Record<TargetName, TargetName>>> = {
  'gateway-page': 'relay-page',
  'gateway-aistudio': 'relay-aistudio',
};

/** A way from a client to the upstream, started and warm. */
export interface Target {
  readonly name: TargetName;
  /** The processes that work for it, the load generator included. */
  readonly processes: readonly MeasuredProcess[];
  /** Runs a plan; `onLoadEnd` is called when the last answer has come, before anything is evaluated. */
  run(plan: Plan, onLoadEnd: () => void): Promise<Measure>;
}
