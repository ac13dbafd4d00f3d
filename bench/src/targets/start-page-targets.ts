import { buildWorkerPage } from '@gemini-proxy/frontend/build';
import { spawnChromium, startChild } from '@gemini-proxy/testbed';
import { buildPage } from './build-page.ts';
import { chromiumProcess } from './chromium-process.ts';
import type { Context } from './context.ts';
import { createLoadTarget, type LoadAddress, processEntry } from './load-target.ts';
import { startPageTarget } from './page-target.ts';
import { startAiStudio } from './start-aistudio.ts';
import { startGateway, untilReady } from './start-gateway.ts';
import type { Target } from './target.ts';

/** A page that makes the calls itself. */
export async function startBarePages({ stack, wanted, upstream, upstreamProcess }: Context): Promise<Target[]> {
  if (!wanted.has('bare-page') && !wanted.has('bare-aistudio')) return [];
  const page = stack.use(await buildPage('bare'));
  const places = await startAiStudio(stack, { upstream, appFolder: page.folder });
  const targets: Target[] = [];
  for (const [name, place] of [['bare-page', places.plain] as const, ['bare-aistudio', places.framed] as const]) {
    if (!wanted.has(name)) continue;
    const processes = [...place.processes, upstreamProcess];
    targets.push(stack.use(await startPageTarget({ ...place, name, processes })));
  }
  return targets;
}

/** A page that executes the calls of an HTTP server with the least between them. */
export async function startRelayPages({ stack, wanted, upstream, upstreamProcess, generator }: Context): Promise<Target[]> {
  if (!wanted.has('relay-page') && !wanted.has('relay-aistudio')) return [];
  const page = stack.use(await buildPage('relay'));
  const places = await startAiStudio(stack, { upstream, appFolder: page.folder });
  const targets: Target[] = [];
  for (const [name, place] of [['relay-page', places.plain] as const, ['relay-aistudio', places.framed] as const]) {
    if (!wanted.has(name)) continue;
    const relay = stack.use(await startChild<{ readonly url: string }>(processEntry('relay'), {}));
    const address: LoadAddress = { url: relay.ready.url, headers: {} };
    const fragment = new URLSearchParams({ relay: address.url.replace('http', 'ws') });
    const chromium = stack.use(await spawnChromium(`${place.url}#${fragment}`, place.chromiumArguments));
    await untilReady(address);
    targets.push(
      createLoadTarget(name, generator, address, [
        { role: 'proxy', pid: relay.pid, isTree: false },
        chromiumProcess(chromium.process),
        ...place.processes,
        upstreamProcess,
      ]),
    );
  }
  return targets;
}

/** The worker page, each with a gateway of its own. */
export async function startWorkerPages({
  stack,
  wanted,
  options,
  upstream,
  upstreamProcess,
  generator,
}: Context): Promise<Target[]> {
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
