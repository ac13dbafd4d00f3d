import { startChild } from '@gemini-proxy/testbed';
import type { MeasuredProcess } from '../processes/cpu.ts';
import type { UndiciProxyOptions } from '../processes/undici-proxy.ts';
import type { UpstreamReady } from '../processes/upstream.ts';
import { createLoadTarget, processEntry, startLoadGenerator } from './load-target.ts';
import { startPageTarget } from './page-target.ts';
import type { Target, TargetName } from './target.ts';

/** Starts the upstream, the load generator and the wanted targets. Disposing ends all their processes. */
export async function startTargets(
  wanted: ReadonlySet<TargetName>,
): Promise<AsyncDisposable & { readonly targets: readonly Target[] }> {
  await using starting = new AsyncDisposableStack();
  const upstream = starting.use(await startChild<UpstreamReady>(processEntry('upstream'), {}));
  const generator = starting.use(await startLoadGenerator());
  const upstreamProcess: MeasuredProcess = { role: 'upstream', pid: upstream.pid, isTree: false };
  const { httpUrl, httpsUrl } = upstream.ready;

  const targets: Target[] = [];
  if (wanted.has('direct')) {
    targets.push(createLoadTarget('direct', generator, { url: httpUrl, headers: {} }, [upstreamProcess]));
  }
  if (wanted.has('undici-proxy')) {
    const options: UndiciProxyOptions = { upstreamUrl: httpUrl };
    const proxy = starting.use(await startChild<{ url: string }>(processEntry('undici-proxy'), options));
    const address = { url: proxy.ready.url, headers: {} };
    targets.push(
      createLoadTarget('undici-proxy', generator, address, [{ role: 'proxy', pid: proxy.pid, isTree: false }, upstreamProcess]),
    );
  }
  if (wanted.has('bare-page')) {
    const page = starting.use(await startPageTarget(httpsUrl));
    targets.push({ ...page, processes: [...page.processes, upstreamProcess] });
  }
  const started = starting.move();
  return { targets, [Symbol.asyncDispose]: () => started.disposeAsync() };
}
