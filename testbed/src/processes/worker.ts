import { type KeyedWorkerOptions, startKeyedWorker, websocketConnect } from '@gemini-proxy/worker/node';
import { announceReady, childOptions } from './child-process.ts';

/** A worker in Node, in a process of its own. */
export interface WorkerProcessOptions extends Omit<KeyedWorkerOptions, 'connect'> {
  readonly workerUrl: string;
}

const { workerUrl, ...options } = childOptions<WorkerProcessOptions>();
const { worker } = startKeyedWorker({ ...options, connect: websocketConnect(workerUrl) });
announceReady(
  {},
  {
    state: () => worker.debugState(),
    drain: () => worker.drain('The process ends.'),
  },
);
