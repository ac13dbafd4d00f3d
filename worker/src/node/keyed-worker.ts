import { randomUUID } from 'node:crypto';
import type { Connect, WorkerKind } from '@gemini-proxy/protocol';
import { createWorker } from '../create-worker.ts';
import { defaultDeadlines } from '../deadlines.ts';
import type { Worker, WorkerDeadlines } from '../worker.ts';
import { createNodeClock, flushAfterTurn } from './event-loop.ts';
import { createUndiciExecutor } from './undici-executor.ts';
import { createWsExecutor } from './ws-executor.ts';

/** Requests at once, each over a connection of its own. */
const DEFAULT_SLOTS = 256;

export interface KeyedWorkerOptions {
  /** How to reach the gateway: `websocketConnect(url)`, or a pair in memory. */
  readonly connect: Connect;
  /** Worker token of the gateway. */
  readonly token: string;
  /** Official API key; `undefined` for an upstream that wants none. */
  readonly apiKey: string | undefined;
  /** `https://generativelanguage.googleapis.com`, or what stands in for it. */
  readonly upstreamUrl: string;
  /** Default: `keyed`. */
  readonly kind?: WorkerKind;
  /** Default: a random one. */
  readonly workerId?: string;
  /** Default: `api-key`. */
  readonly account?: string;
  /** Default: 256. */
  readonly slots?: number;
  readonly deadlines?: Partial<WorkerDeadlines>;
}

export interface KeyedWorker extends AsyncDisposable {
  readonly worker: Worker;
}

/** Starts a worker that runs in Node and calls the upstream with a key of its own. */
export function startKeyedWorker(options: KeyedWorkerOptions): KeyedWorker {
  const slots = options.slots ?? DEFAULT_SLOTS;
  const executor = createUndiciExecutor({ upstreamUrl: options.upstreamUrl, apiKey: options.apiKey, connections: slots });
  const worker = createWorker({
    connect: options.connect,
    execute: executor.execute,
    executeSocket: createWsExecutor({ upstreamUrl: options.upstreamUrl, apiKey: options.apiKey }),
    token: options.token,
    workerId: options.workerId ?? `keyed-${randomUUID()}`,
    account: options.account ?? 'api-key',
    kind: options.kind ?? 'keyed',
    slots,
    capabilities: [],
    clock: createNodeClock(),
    random: Math.random,
    scheduleFlush: flushAfterTurn,
    deadlines: { ...defaultDeadlines, ...options.deadlines },
  });
  worker.start();
  return {
    worker,
    async [Symbol.asyncDispose]() {
      await worker[Symbol.asyncDispose]();
      await executor[Symbol.asyncDispose]();
    },
  };
}
