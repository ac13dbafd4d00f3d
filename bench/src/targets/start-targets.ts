import { startChild } from '@gemini-proxy/testbed';
import type { MeasuredProcess } from '../processes/cpu.ts';
import type { UndiciProxyOptions } from '../processes/undici-proxy.ts';
import type { UpstreamReady } from '../processes/upstream.ts';
import type { WorkerProcessOptions } from '../processes/worker.ts';
import type { Context } from './context.ts';
import { createLoadTarget, processEntry, startLoadGenerator } from './load-target.ts';
import { type GatewayProcessOptions, startGateway } from './start-gateway.ts';
import { startBarePages, startRelayPages, startWorkerPages } from './start-page-targets.ts';
import { type Target, type TargetName, targetNames } from './target.ts';

/** Starts the upstream, the load generator and the wanted targets. Disposing ends all their processes. */
export async function startTargets(
  wanted: ReadonlySet<TargetName>,
  options: GatewayProcessOptions,
): Promise<AsyncDisposable & { readonly targets: readonly Target[] }> {
  await using stack = new AsyncDisposableStack();
  const upstream = stack.use(await startChild<UpstreamReady>(processEntry('upstream'), {}));
  const context: Context = {
    stack,
    wanted,
    options,
    upstream: upstream.ready,
    upstreamProcess: { role: 'upstream', pid: upstream.pid, isTree: false },
    generator: stack.use(await startLoadGenerator()),
  };
  const targets = [
    ...(await startPlainTargets(context)),
    ...(await startNodeGateway(context)),
    ...(await startBarePages(context)),
    ...(await startRelayPages(context)),
    ...(await startWorkerPages(context)),
  ];
  targets.sort((one, other) => targetNames.indexOf(one.name) - targetNames.indexOf(other.name));
  const started = stack.move();
  return { targets, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

async function startPlainTargets({ stack, wanted, upstream, upstreamProcess, generator }: Context): Promise<Target[]> {
  const targets: Target[] = [];
  if (wanted.has('direct')) {
    targets.push(createLoadTarget('direct', generator, { url: upstream.url, headers: {} }, [upstreamProcess]));
  }
  if (wanted.has('undici-proxy')) {
    const options: UndiciProxyOptions = { upstreamUrl: upstream.url };
    const proxy = stack.use(await startChild<{ url: string }>(processEntry('undici-proxy'), options));
    const processes: MeasuredProcess[] = [{ role: 'proxy', pid: proxy.pid, isTree: false }, upstreamProcess];
    targets.push(createLoadTarget('undici-proxy', generator, { url: proxy.ready.url, headers: {} }, processes));
  }
  return targets;
}

async function startNodeGateway({ stack, wanted, options, upstream, upstreamProcess, generator }: Context): Promise<Target[]> {
  if (!wanted.has('gateway-node')) return [];
  const gateway = stack.use(await startGateway(options));
  const { endpoint, workerToken } = gateway;
  const workerOptions: WorkerProcessOptions = { endpoint, token: workerToken, upstreamUrl: upstream.url };
  const worker = stack.use(await startChild<unknown>(processEntry('worker'), workerOptions));
  await gateway.untilReady();
  return [
    createLoadTarget('gateway-node', generator, gateway.address, [
      gateway.measured,
      { role: 'worker', pid: worker.pid, isTree: false },
      upstreamProcess,
    ]),
  ];
}
