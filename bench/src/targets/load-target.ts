import { fileURLToPath } from 'node:url';
import { type Child, startChild } from '@gemini-proxy/testbed';
import type { Measure } from '../load/run-plan.ts';
import type { MeasuredProcess } from '../processes/cpu.ts';
import type { LoadRequest } from '../processes/load-generator.ts';
import type { Target, TargetName } from './target.ts';

export type LoadGenerator = Child<{ readonly url: string }>;

/** Where the load goes. */
export type LoadAddress = Omit<LoadRequest, 'plan'>;

/** Path of an entry in `processes/`. */
export function processEntry(name: string): string {
  return fileURLToPath(new URL(`../processes/${name}.ts`, import.meta.url));
}

export function startLoadGenerator(): Promise<LoadGenerator> {
  return startChild(processEntry('load-generator'), {});
}

/** A target that is an HTTP server, loaded by the generator. */
export function createLoadTarget(
  name: TargetName,
  generator: LoadGenerator,
  address: LoadAddress,
  processes: readonly MeasuredProcess[],
): Target {
  return {
    name,
    processes: [{ role: 'client', pid: generator.pid, isTree: false }, ...processes],
    async run(plan, onLoadEnd) {
      const body = JSON.stringify({ plan, ...address } satisfies LoadRequest);
      const response = await fetch(generator.ready.url, { method: 'POST', body, signal: AbortSignal.timeout(180_000) });
      onLoadEnd();
      return (await response.json()) as Measure;
    },
  };
}
