import { buildWorkerPage } from '@gemini-proxy/frontend/build';
import { spawnChromium, startChild } from '@gemini-proxy/testbed';
import type { MeasuredProcess } from '../processes/cpu.ts';
import type { UndiciProxyOptions } from '../processes/undici-proxy.ts';
import type { UpstreamReady } from '../processes/upstream.ts';
import type { WorkerProcessOptions } from '../processes/worker.ts';
import { buildBarePage } from './build-bare-page.ts';
import { chromiumProcess } from './chromium-process.ts';
import { createLoadTarget, type LoadGenerator, processEntry, startLoadGenerator } from './load-target.ts';
import { startPageTarget } from './page-target.ts';
import { startAiStudio } from './start-aistudio.ts';
import { type GatewayProcessOptions, startGateway } from './start-gateway.ts';
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
    ...(await startWorkerPages(context)),
  ];
  targets.sort((one, other) => targetNames.indexOf(one.name) - targetNames.indexOf(other.name));
  const started = stack.move();
  return { targets, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

interface Context {
  readonly stack: AsyncDisposableStack;
  readonly wanted: ReadonlySet<TargetName>;
  readonly options: GatewayProcessOptions;
  readonly upstream: UpstreamReady;
  readonly upstreamProcess: MeasuredProcess;
  readonly generator: LoadGenerator;
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

async function startBarePages({ stack, wanted, upstream, upstreamProcess }: Context): Promise<Target[]> {
  if (!wanted.has('bare-page') && !wanted.has('bare-aistudio')) return [];
  const page = stack.use(await buildBarePage());
  const places = await startAiStudio(stack, { upstream, appFolder: page.folder });
  const targets: Target[] = [];
  for (const [name, place] of [['bare-page', places.plain] as const, ['bare-aistudio', places.framed] as const]) {
    if (!wanted.has(name)) continue;
    const processes = [...place.processes, upstreamProcess];
    targets.push(stack.use(await startPageTarget({ ...place, name, processes })));
  }
  return targets;
}

async function startWorkerPages({ stack, wanted, options, upstream, upstreamProcess, generator }: Context): Promise<Target[]> {
  if (!wanted.has('gateway-page') && !wanted.has('gateway-aistudio')) return [];
  const page = await buildWorkerPage();
  const places = await startAiStudio(stack, { upstream, appFolder: page.directory });
  const targets: Target[] = [];
  for (const [name, place] of [['gateway-page', places.plain] as const, ['gateway-aistudio', places.framed] as const]) {
    if (!wanted.has(name)) continue;
    const gateway = stack.use(await startGateway({ ...options, workerOrigin: places.appOrigin }));
    // Outside AI Studio's frame the page connects by itself only as an emulator's worker.
    const kind = name === 'gateway-page' ? 'emulator' : 'aistudio';
    const fragment = new URLSearchParams({ endpoint: gateway.endpoint, token: gateway.workerToken, kind });
    const chromium = stack.use(await spawnChromium(`${place.url}#${fragment}`, place.chromiumArguments));
    await gateway.untilReady();
    targets.push(
      createLoadTarget(name, generator, gateway.address, [
        gateway.measured,
        chromiumProcess(chromium.process),
        ...place.processes,
        upstreamProcess,
      ]),
    );
  }
  return targets;
}
