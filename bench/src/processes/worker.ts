import { startKeyedWorker, websocketConnect } from '@gemini-proxy/worker/node';
import { announceReady, childOptions } from './child-process.ts';

/** A worker in Node, in a process of its own. */
export interface WorkerProcessOptions {
  readonly endpoint: string;
  readonly token: string;
  readonly upstreamUrl: string;
}

const { endpoint, token, upstreamUrl } = childOptions<WorkerProcessOptions>();
startKeyedWorker({ connect: websocketConnect(endpoint), token, upstreamUrl, apiKey: 'bench', kind: 'emulator' });
announceReady({});
