import { startKeyedWorker, websocketConnect } from '@gemini-proxy/worker/node';
import { announceReady, childOptions } from './child-process.ts';

/** A worker in Node, in a process of its own. */
export interface WorkerProcessOptions {
  readonly workerUrl: string;
  readonly token: string;
  readonly apiKey: string;
  readonly upstreamUrl: string;
}

const { workerUrl, token, apiKey, upstreamUrl } = childOptions<WorkerProcessOptions>();
startKeyedWorker({ connect: websocketConnect(workerUrl), token, apiKey, upstreamUrl });
announceReady({});
