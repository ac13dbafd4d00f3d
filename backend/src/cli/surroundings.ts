import type { GatewayOptions } from '../gateway.ts';
import type { Logger } from '../logger.ts';
import type { ExitCode } from './exit-code.ts';
import type { HttpRequest } from './http-request.ts';
import type { StreamFacts } from './output/style.ts';
import type { SignalSource } from './stop-signals.ts';
import type { System } from './system.ts';

/** What the command line needs of the process and of the gateway; tests pass their own. */
export interface Surroundings {
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signals: SignalSource;
  readonly writeOutput: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** Whether and how wide a terminal standard output is, and standard error. Read anew for each picture: windows change their size. */
  readonly outputFacts: () => StreamFacts;
  readonly errorFacts: () => StreamFacts;
  /** Ends the process at once. */
  readonly exit: (code: ExitCode) => void;
  readonly createGateway: (
    options: Required<Omit<GatewayOptions, 'clock' | 'logger'>> & { readonly logger: Logger },
  ) => Promise<StartableGateway>;
  readonly startKeyedWorker: (options: KeyedWorkerOptions) => Promise<AsyncDisposable>;
  readonly request: HttpRequest;
  readonly system: System;
  readonly openInBrowser: (url: string) => Promise<void>;
  /** Runs the demo, a program of its own on the same terminal; returns its exit code. */
  readonly runDemo: (args: readonly string[]) => Promise<number>;
  readonly locations: Locations;
}

/** Where the files are that come with the program. */
export interface Locations {
  /** Folder of the files for AI Studio. */
  readonly aiStudioApp: string;
  /** Folder of the built console. */
  readonly console: string;
}

interface StartableGateway {
  listen(): Promise<{ readonly url: string }>;
  createConsoleLink(baseUrl: string): { readonly url: string };
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
