import { isDeepStrictEqual } from 'node:util';
import { type Config, createGateway, type Gateway } from '@gemini-proxy/backend';
import {
  createGeminiEmulator,
  DEFAULT_API_KEY,
  type GeminiEmulator,
  type GeminiEmulatorOptions,
} from '@gemini-proxy/emulator/gemini';
import { type KeyedWorker, startKeyedWorker, websocketConnect } from '@gemini-proxy/worker/node';
import { type BrowserOptions, type BrowserWorker, openBrowserWorker, openUnattendedBrowserWorker } from './browser-worker.ts';
import { builtFolders } from './built-pages.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy/fault-proxy.ts';
import { testSecrets, toGatewayOptions } from './gateway-options.ts';
import { waitUntil } from './wait-until.ts';

export interface StackOptions {
  /** Node workers with the emulator's key. Default 1; 0 where there is a browser. */
  readonly workers?: number;
  /** The worker page in a real Chromium, inside the simulator of AI Studio. */
  readonly browser?: BrowserOptions;
  /** The same with no debugging client at Chromium: several times as fast with large bodies, and nothing in it can be looked at. */
  readonly unattendedBrowser?: BrowserOptions;
  /** Whether the gateway serves the console and hands out the worker page, as built from the sources. Default false. */
  readonly hasConsole?: boolean;
  /** Changes to the gateway's configuration. */
  readonly gateway?: Partial<Config>;
  /** Whether workers reach the gateway through fault proxies. Default false. */
  readonly faultProxy?: boolean;
  /** How the emulator answers, faults included. */
  readonly emulator?: Omit<GeminiEmulatorOptions, 'sessionSecret'>;
}

/** A whole constellation in this process (and a Chromium), ready for requests. Disposing ends it in the order of use. */
export interface Stack extends AsyncDisposable {
  /** What a client is pointed at, without a trailing slash. */
  readonly baseUrl: string;
  readonly clientKey: string;
  readonly workerUrl: string;
  readonly workerToken: string;
  readonly gateway: Gateway;
  readonly emulator: GeminiEmulator;
  readonly workers: readonly KeyedWorker[];
  /** `undefined` also where it is unattended. */
  readonly browser: BrowserWorker | undefined;
  /** Between workers and gateway, where `faultProxy` is set: one for each Node worker, in their order, then one for the browser's connections. */
  readonly faultProxies: readonly FaultProxy[];
  /** What is alive in every part. */
  debugState(): Record<string, unknown>;
  /** Waits until every part is as it was when the stack had just become ready. Throws with both states when it does not come to that. */
  settled(): Promise<void>;
}

const sessionSecret = 'emulator-session';

/** Starts emulator, gateway and workers, and waits until all workers are ready. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  await using started = new AsyncDisposableStack();
  const emulator = started.use(createGeminiEmulator({ ...options.emulator, sessionSecret }));
  await emulator.listen();
  const folders = options.hasConsole === true ? { folders: await builtFolders() } : {};
  const gateway = started.use(createGateway({ ...toGatewayOptions(options.gateway), ...folders }));
  const { url: baseUrl } = await gateway.listen();
  const workerUrl = `${baseUrl.replace('http', 'ws')}/worker`;

  const hasBrowser = options.browser !== undefined || options.unattendedBrowser !== undefined;
  const workerCount = options.workers ?? (hasBrowser ? 0 : 1);
  const faultProxies: FaultProxy[] = [];
  /** The way to the gateway of one worker. */
  const openWay = async (): Promise<string> => {
    if (options.faultProxy !== true) return workerUrl;
    const proxy = started.use(await startFaultProxy({ target: baseUrl, seed: faultProxies.length + 1 }));
    faultProxies.push(proxy);
    return proxy.through(workerUrl);
  };
  const workers: KeyedWorker[] = [];
  for (let index = 0; index < workerCount; index += 1) {
    const worker = started.use(
      startKeyedWorker({
        connect: websocketConnect(await openWay()),
        token: testSecrets.workerToken,
        apiKey: DEFAULT_API_KEY,
        upstreamUrl: emulator.url,
        workerId: `node-${index + 1}`,
      }),
    );
    workers.push(worker);
  }
  const inSurroundings = async (own: BrowserOptions) => ({
    token: testSecrets.workerToken,
    ...own,
    upstream: emulator.url,
    sessionSecret,
    workerUrl: await openWay(),
  });
  const browser =
    options.browser === undefined ? undefined : started.use(await openBrowserWorker(await inSurroundings(options.browser)));
  const unattended =
    options.unattendedBrowser === undefined
      ? undefined
      : started.use(await openUnattendedBrowserWorker(await inSurroundings(options.unattendedBrowser)));
  const pages = [browser, unattended].filter((page) => page !== undefined);
  if (pages.every((page) => page.isExpectedReady)) {
    await waitForReady(
      gateway,
      pages.reduce((count, page) => count + page.connections, workerCount),
    );
  }
  emulator.received.clear();

  const debugState = () => ({
    gateway: gateway.debugState(),
    emulator: emulator.debugState(),
    workers: workers.map(({ worker }) => worker.debugState()),
    aiStudio: pages.map((page) => page.aiStudio.debugState()),
  });
  // Compared as values: a worker that comes back stands elsewhere in the order.
  const baseline = debugState();
  const all = started.move();
  return {
    baseUrl,
    clientKey: testSecrets.clientKey,
    workerUrl,
    workerToken: testSecrets.workerToken,
    gateway,
    emulator,
    workers,
    browser,
    faultProxies,
    debugState,
    async settled() {
      await waitUntil(() => isDeepStrictEqual(debugState(), baseline), { what: 'the stack to be at rest' }).catch(
        (cause: unknown) => {
          throw new Error(`left over: ${JSON.stringify(debugState())}; at rest it was ${JSON.stringify(baseline)}`, { cause });
        },
      );
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** Waits until the gateway has that many ready workers. */
export async function waitForReady(gateway: Gateway, count: number): Promise<void> {
  await waitUntil(() => gateway.workers().filter((worker) => worker.state === 'ready').length >= count, {
    what: `${count} ready workers`,
    timeoutMs: 60_000,
  });
}
