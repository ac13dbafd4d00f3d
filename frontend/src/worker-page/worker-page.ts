import {
  adaptationsFor,
  createAdaptingExecutor,
  createBrowserClock,
  createBrowserConnect,
  createBrowserSocketExecutor,
  createFetchExecutor,
  createPageFlush,
  createWorker,
  defaultDeadlines,
  type WorkerOptions,
} from '@gemini-proxy/worker';
import type { Connection, ConnectionOptions } from './model/connection.ts';
import { createBrowserEnvironment } from './model/page-environment.ts';
import type { Settings } from './model/settings.ts';
import { SimulatedFaults } from './model/simulated-faults.ts';
import { WorkerPageModel } from './model/worker-page-model.ts';
import { executeBySdk } from './sdk-executor.ts';

const clock = createBrowserClock({
  performance,
  setTimeout: (callback, delayMs) => window.setTimeout(callback, delayMs),
  clearTimeout: (timer) => window.clearTimeout(timer),
});
const scheduleFlush = createPageFlush({ MessageChannel, clock });

// The hook defines `window.fetch` by a getter, possibly after this module has run: it is looked up at each call.
const executeByFetch = createFetchExecutor({ fetch: () => window.fetch, baseUrl: 'https://generativelanguage.googleapis.com' });

// The same holds for the hook's WebSocket.
const executeSocket = createBrowserSocketExecutor({
  WebSocket: () => window.WebSocket,
  baseUrl: 'wss://generativelanguage.googleapis.com',
  clock,
});

/** The page's only model. It lives outside React, so that mounting twice does not connect twice. */
export const workerPage = new WorkerPageModel({
  environment: createBrowserEnvironment(),
  createConnection,
  clock,
  pageId: `page-${crypto.getRandomValues(new Uint32Array(1)).join('').padStart(10, '0')}`,
});

function createConnection({ settings, workerId, slots, bridge }: ConnectionOptions): Connection {
  const connectDirectly = createBrowserConnect({ WebSocket, url: settings.endpoint });
  const faults = new SimulatedFaults({
    connect: (events) => (bridge()?.connectThrough(settings.token) ?? connectDirectly)(events),
    clock,
    scheduleFlush,
  });
  const worker = createWorker({
    ...faults.surroundings,
    ...toExecutors(settings),
    token: settings.token,
    workerId,
    account: settings.account,
    kind: settings.kind,
    slots,
    random: Math.random,
    deadlines: defaultDeadlines,
  });
  return { worker, faults };
}

/** Where only the SDK's calls are authorised, a socket of the page's own is not. */
function toExecutors({ executor, kind }: Settings): Pick<WorkerOptions, 'execute' | 'executeSocket' | 'capabilities'> {
  if (executor === 'sdk') return { execute: executeBySdk, capabilities: ['sdk-executor'] };
  const adaptations = adaptationsFor(kind);
  return {
    execute: createAdaptingExecutor(executeByFetch, adaptations),
    executeSocket,
    capabilities: adaptations.map(({ name }) => name),
  };
}
