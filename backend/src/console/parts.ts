import type { ClientKeys } from '../auth/client-keys.ts';
import type { Secrets } from '../auth/secrets.ts';
import type { Config } from '../config/config.ts';
import type { ConfigSource } from '../config/load-config.ts';
import type { LogRing } from '../log-ring.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { ClientExchange } from '../orchestrator/client-exchange.ts';
import type { Caller } from '../orchestrator/internal-call.ts';
import type { Pool } from '../pool/pool.ts';
import type { RequestLog } from '../requests/request-log.ts';
import type { Resources } from '../resources/resources.ts';
import type { LabelTable } from '../store/store.ts';
import type { Uploads } from '../uploads/uploads.ts';

/** What the console shows and steers. */
export interface ConsoleParts {
  readonly config: Config;
  /** Where each setting comes from; one that is missing has its default. */
  readonly sources: ReadonlyMap<keyof Config, ConfigSource>;
  readonly secrets: Secrets;
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly now: () => number;
  readonly pool: Pick<Pool, 'workers' | 'hold' | 'hasReady' | 'debugState'>;
  readonly workerLink: WorkerControl;
  readonly requests: RequestLog;
  readonly metrics: Metrics;
  readonly keys: ClientKeys;
  readonly logs: LogRing;
  readonly resources: Pick<Resources, 'list' | 'ownerOf' | 'learn' | 'revision'>;
  readonly uploads: Pick<Uploads, 'list' | 'giveUp'>;
  readonly labels: LabelTable;
  /** A call of the gateway's own. */
  readonly call: Caller;
  /** Handles a request as one of a client's. */
  readonly handle: (client: ClientExchange) => void;
  readonly folders: BuiltFolders;
}

/** Where built files lie; one that is empty or does not exist is not built. */
export interface BuiltFolders {
  /** The console's pages. */
  readonly console: string;
  /** The files for AI Studio. */
  readonly workerPage: string;
}

/** What can be done to the connection of one worker; `false`: there is none of this id. */
interface WorkerControl {
  drainWorker(workerId: string, reason: string): boolean;
  disconnectWorker(workerId: string, reason: string): boolean;
}
