import { buildWorkerPage } from '@gemini-proxy/frontend/build';
import { spawnChromium, startChild } from '@gemini-proxy/testbed';
import type { MeasuredProcess } from '../processes/cpu.ts';
import { buildPage } from './build-page.ts';
import { chromiumProcess } from './chromium-process.ts';
import type { Context } from './context.ts';
import { createLoadTarget, type LoadAddress, processEntry } from './load-target.ts';
import { startPageTarget } from './page-target.ts';
import { type AppPlace, startAiStudio } from './start-aistudio.ts';
import { startGateway, untilReady } from './start-gateway.ts';
import type { Target, TargetName } from './target.ts';

/** A page that makes the calls itself. */
export function startBarePages(context: Context): Promise<Target[]> {
  const { stack, upstreamProcess } = context;
  return inBothPlaces(context, ['bare-page', 'bare-aistudio'], {
    buildApp: async () => stack.use(await buildPage('bare')).folder,
    start: async (name, place) =>
      stack.use(await startPageTarget({ ...place, name, processes: [...place.processes, upstreamProcess] })),
  });
}

/** A page that executes the calls of an HTTP server with the least between them. */
export function startRelayPages(context: Context): Promise<Target[]> {
  const { stack } = context;
  return inBothPlaces(context, ['relay-page', 'relay-aistudio'], {
    buildApp: async () => stack.use(await buildPage('relay')).folder,
    start: async (name, place) => {
      const relay = stack.use(await startChild<{ readonly url: string }>(processEntry('relay'), {}));
      const address: LoadAddress = { url: relay.ready.url, headers: {} };
      const fragment = new URLSearchParams({ relay: address.url.replace('http', 'ws') });
      const processes = [{ role: 'proxy', pid: relay.pid, isTree: false }, ...(await openPage(context, place, fragment))];
      await untilReady(address);
      return createLoadTarget(name, context.generator, address, processes);
    },
  });
}

/** The worker page, each with a gateway of its own. */
export function startWorkerPages(context: Context): Promise<Target[]> {
  const { stack, options } = context;
  return inBothPlaces(context, ['gateway-page', 'gateway-aistudio'], {
    buildApp: async () => (await buildWorkerPage()).directory,
    start: async (name, place) => {
      const gateway = stack.use(await startGateway({ ...options, workerOrigin: place.appOrigin }));
      // Outside AI Studio's frame the page connects by itself only as an emulator's worker.
      const kind = name === 'gateway-page' ? 'emulator' : 'aistudio';
      const fragment = new URLSearchParams({ endpoint: gateway.endpoint, token: gateway.workerToken, kind });
      const processes = [gateway.measured, ...(await openPage(context, place, fragment))];
      await gateway.untilReady();
      return createLoadTarget(name, context.generator, gateway.address, processes);
    },
  });
}

interface PageStarter {
  /** The folder of the app, built where it is needed. */
  readonly buildApp: () => Promise<string>;
  readonly start: (name: TargetName, place: AppPlace) => Promise<Target>;
}

/** Starts what is wanted of an app by itself and of the same app in AI Studio's frame. */
async function inBothPlaces(
  { stack, wanted, upstream }: Context,
  [plain, framed]: readonly [TargetName, TargetName],
  { buildApp, start }: PageStarter,
): Promise<Target[]> {
  if (!wanted.has(plain) && !wanted.has(framed)) return [];
  const places = await startAiStudio(stack, { upstream, appFolder: await buildApp() });
  const targets: Target[] = [];
  if (wanted.has(plain)) targets.push(await start(plain, places.plain));
  if (wanted.has(framed)) targets.push(await start(framed, places.framed));
  return targets;
}

/** Opens the app for good. Returns the processes that work behind the socket to it. */
async function openPage(
  { stack, upstreamProcess }: Context,
  { url, chromiumArguments, processes }: AppPlace,
  fragment: URLSearchParams,
): Promise<MeasuredProcess[]> {
  const chromium = stack.use(await spawnChromium(`${url}#${fragment}`, chromiumArguments));
  return [chromiumProcess(chromium.process), ...processes, upstreamProcess];
}
