import type { Worker } from '@gemini-proxy/worker';
import type { Settings } from './settings.ts';

export interface ConnectionOptions {
  readonly settings: Settings;
  readonly workerId: string;
  readonly slots: number;
}

/** One simulated worker: an engine, and what its socket said last. */
export interface Connection {
  readonly worker: Worker;
  /** `undefined` until a socket has closed. */
  readonly lastClose: SocketClose | undefined;
}

export interface SocketClose {
  readonly code: number;
  /** Whether the gateway had been reached at all. */
  readonly wasOpen: boolean;
}

export type CreateConnection = (options: ConnectionOptions) => Connection;
