import type { Secrets } from '../auth/secrets.ts';
import type { Config } from '../config/config.ts';
import type { Logger } from '../logger.ts';
import type { Store } from '../store/store.ts';
import type { ExitCode } from './exit-code.ts';
import type { SignalSource } from './stop-signals.ts';

/** What the command line needs of the process and of the gateway; tests pass their own. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signals: SignalSource;
  readonly writeOutput: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** Ends the process at once. */
  readonly exit: (code: ExitCode) => void;
  readonly createGateway: (options: { config: Config; secrets: Secrets; logger: Logger; store: Store }) => StartableGateway;
  readonly startKeyedWorker: (options: KeyedWorkerOptions) => AsyncDisposable;
}

interface StartableGateway {
  listen(): Promise<{ readonly url: string }>;
  close(): Promise<void>;
}

export interface KeyedWorkerOptions {
  /** WebSocket endpoint of the gateway. */
  readonly gatewayUrl: string;
  readonly token: string;
  readonly apiKey: string;
  readonly upstreamUrl: string;
  /** The gateway's own deadlines: the worker should not give up before it. */
  readonly deadlines: { readonly firstByteMs: number; readonly idleMs: number };
}
