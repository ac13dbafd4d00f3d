import { spawnChromium, waitUntil } from '@gemini-proxy/testbed';
import type { MeasuredProcess } from '../processes/cpu.ts';
import { chromiumProcess } from './chromium-process.ts';
import { PageControl } from './page-control.ts';
import type { Target, TargetName } from './target.ts';

export interface PageTargetOptions {
  readonly name: TargetName;
  /** Where the bare page is served. */
  readonly url: string;
  readonly chromiumArguments: readonly string[];
  /** Processes besides the browser. */
  readonly processes: readonly MeasuredProcess[];
}

/** A page that makes the calls of the load generator itself, with `fetch`: what Chromium can do at all. */
export async function startPageTarget(options: PageTargetOptions): Promise<Target & AsyncDisposable> {
  await using starting = new AsyncDisposableStack();
  const control = starting.use(new PageControl());
  const controlUrl = await control.listen();
  const chromium = starting.use(await spawnChromium(`${options.url}#control=${controlUrl}`, options.chromiumArguments));
  await waitUntil(() => control.isReady, { what: `${options.name} to ask for work`, timeoutMs: 30_000 });
  const started = starting.move();
  return {
    name: options.name,
    processes: [chromiumProcess(chromium.process), ...options.processes],
    run: (plan, onLoadEnd) => control.run(plan, onLoadEnd),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
