import type { Worker } from '@gemini-proxy/worker';
import type { PageBridge } from './gateway-bridge.ts';
import type { Settings } from './settings.ts';
import type { SimulatedFaults } from './simulated-faults.ts';

export interface ConnectionOptions {
  readonly settings: Settings;
  readonly workerId: string;
  readonly slots: number;
  /** What its next socket goes through; `undefined`: nothing. */
  readonly bridge: () => PageBridge | undefined;
}

/** One simulated worker: an engine, and what can be made to happen to it. */
export interface Connection {
  readonly worker: Worker;
  readonly faults: Pick<SimulatedFaults, 'cut' | 'freeze' | 'thaw' | 'isFrozen'>;
}

export type CreateConnection = (options: ConnectionOptions) => Connection;

/** What a user can do to one connection, so that balancing and failover can be watched. */
export type ConnectionAction = 'pause' | 'resume' | 'drain' | 'start' | 'cut' | 'freeze' | 'thaw';
