import {
  adaptationsFor,
  createAdaptingExecutor,
  createBrowserClock,
  createBrowserConnect,
  createFetchExecutor,
  createMessageChannelFlush,
  createWorker,
  defaultDeadlines,
} from '@gemini-proxy/worker';
import type { Connection, ConnectionOptions } from './model/connection.ts';
import { observeCloses } from './model/observe-closes.ts';
import { createBrowserEnvironment } from './model/page-environment.ts';
import { WorkerPageModel } from './model/worker-page-model.ts';

const clock = createBrowserClock({
  performance,
  setTimeout: (callback, delayMs) => window.setTimeout(callback, delayMs),
  clearTimeout: (timer) => window.clearTimeout(timer),
});
const scheduleFlush = createMessageChannelFlush(MessageChannel);

// The hook defines `window.fetch` by a getter, possibly after this module has run: it is looked up at each call.
const execute = createFetchExecutor({ fetch: () => window.fetch, baseUrl: 'https://generativelanguage.googleapis.com' });

/** The page's only model. It lives outside React, so that mounting twice does not connect twice. */
export const workerPage = new WorkerPageModel({
  environment: createBrowserEnvironment(),
  createConnection,
  clock,
  pageId: `page-${crypto.getRandomValues(new Uint32Array(1)).join('').padStart(10, '0')}`,
});

function createConnection({ settings, workerId, slots }: ConnectionOptions): Connection {
  const observed = observeCloses(createBrowserConnect({ WebSocket, url: settings.endpoint }));
  const adaptations = adaptationsFor(settings.kind);
  const worker = createWorker({
    connect: observed.connect,
    execute: createAdaptingExecutor(execute, adaptations),
    token: settings.token,
    workerId,
    account: settings.account,
    kind: settings.kind,
    slots,
    capabilities: adaptations.map(({ name }) => name),
    clock,
    random: Math.random,
    scheduleFlush,
    deadlines: defaultDeadlines,
  });
  return {
    worker,
    get lastClose() {
      return observed.lastClose;
    },
  };
}
