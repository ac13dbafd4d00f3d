import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Account, AccountTable } from './accounts.ts';
import type { Behaviour, ChooseBehaviour } from './behaviour.ts';
import { type Clock, systemClock } from './clock.ts';
import { Exchange, type HttpRequest, type HttpResponse } from './exchange.ts';
import { type ServiceContext, serve } from './handler.ts';
import { LiveServer } from './live/live-server.ts';
import type { LiveLimits } from './live/live-session.ts';
import { RequestRecorder } from './recorder.ts';
import { createResources, type ResourceOptions } from './resources/resources.ts';
import { EmulatorServer } from './server.ts';
import { storeTarget } from './store-routes.ts';
import { createBehaviourOf, defaultEmulatorSwitches, type EmulatorSwitches } from './switches.ts';
import { UploadService } from './uploads/upload-service.ts';
import { fileTarget } from './uploads/upload-target.ts';

export interface GeminiEmulatorOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 0, any free port. */
  readonly port?: number;
  /** PEM key and certificate: HTTP/2 and HTTP/1.1 over TLS in place of plain HTTP/1.1. */
  readonly tls?: { readonly key: string | Buffer; readonly cert: string | Buffer };
  /** Requests that one HTTP/2 connection may have open. Default 100. */
  readonly maxConcurrentStreams?: number;
  /** Keys of the account `default`. Default `['emulator-key']`, none where `accounts` are given. */
  readonly apiKeys?: readonly string[];
  /** Accepted in the header `x-emulator-session` for the account `default`. Default: no session is. */
  readonly sessionSecret?: string;
  /** Accounts beside `default`, each with files and caches of its own. */
  readonly accounts?: readonly Account[];
  /** Limits and times of files and caches. */
  readonly resources?: ResourceOptions;
  /** When sessions of the Live API go away. */
  readonly live?: LiveLimits;
  /** Whether answers are compressed for clients that accept it. Default true. */
  readonly gzip?: boolean;
  /** Default 100 MiB. */
  readonly maxBodyBytes?: number;
  /** How calls are answered for which `behaviour` chooses nothing. */
  readonly defaults?: Behaviour;
  /** Chooses how a call is answered; what it leaves out comes from `defaults`. */
  readonly behaviour?: ChooseBehaviour;
  /** What is wrong with the service from the start. */
  readonly switches?: Partial<EmulatorSwitches>;
  /** How many requests `received` keeps; 0 switches recording and its hashing off. Default 1000. */
  readonly recordLimit?: number;
  readonly clock?: Clock;
}

export interface GeminiEmulatorState {
  /** Requests whose answer is neither complete nor broken off. */
  readonly openRequests: number;
  /** Answers of models that are being made or sent. */
  readonly runningGenerations: number;
  /** Resumable uploads that are neither finished nor cancelled. */
  readonly openUploads: number;
  /** WebSocket connections of the Live API. */
  readonly openLiveSessions: number;
}

export interface GeminiEmulator extends AsyncDisposable {
  /** Starts the server and resolves with its base URL. */
  listen(): Promise<string>;
  /** The base URL; throws before `listen` has resolved. */
  readonly url: string;
  /** Answers a request that came to another server. */
  readonly handler: (request: HttpRequest, response: HttpResponse) => void;
  /** Answers an upgrade to a WebSocket that came to another server. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly received: RequestRecorder;
  /** The switches as they are now. */
  readonly switches: EmulatorSwitches;
  /** Changes switches, for calls that come from now on. */
  set(switches: Partial<EmulatorSwitches>): void;
  /** All counts are zero when nothing is going on. */
  debugState(): GeminiEmulatorState;
}

export const DEFAULT_API_KEY = 'emulator-key';
const DEFAULT_MAX_BODY_BYTES = 100 * 1024 * 1024;
const DEFAULT_MAX_CONCURRENT_STREAMS = 100;
const DEFAULT_RECORD_LIMIT = 1000;

/** Makes an emulator of the Gemini API. It serves nothing until `listen` is called or its `handler` is used elsewhere. */
export function createGeminiEmulator(options: GeminiEmulatorOptions = {}): GeminiEmulator {
  const received = new RequestRecorder(options.recordLimit ?? DEFAULT_RECORD_LIMIT);
  const clock = options.clock ?? systemClock;
  const accounts = new AccountTable(accountsOf(options));
  const resources = createResources(options.resources ?? {}, clock);
  let switches: EmulatorSwitches = { ...defaultEmulatorSwitches, ...options.switches };
  const behaviourOf = createBehaviourOf({
    defaults: options.defaults ?? {},
    choose: options.behaviour,
    switches: () => switches,
  });
  const { files, records } = resources;
  const targetOf = (account: string, store: string | undefined) =>
    store === undefined ? fileTarget(account, files) : storeTarget(account, store, files, records);
  const uploads = new UploadService({ accounts, clock, behaviourOf, targetOf });
  const live = new LiveServer({ accounts, resources, clock, behaviourOf, limits: options.live ?? {} });
  const context: ServiceContext = {
    clock,
    accounts,
    resources,
    uploads,
    maxBodyBytes: options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES,
    behaviourOf,
    generations: { running: 0 },
  };
  let openRequests = 0;
  const exchangeContext = {
    clock,
    recorder: received,
    isGzipEnabled: options.gzip ?? true,
    onClose: () => {
      openRequests -= 1;
    },
  };

  const handler = (request: HttpRequest, response: HttpResponse): void => {
    openRequests += 1;
    void serve(new Exchange(request, response, exchangeContext), context);
  };
  const server = new EmulatorServer(
    {
      host: options.host ?? '127.0.0.1',
      port: options.port ?? 0,
      tls: options.tls,
      maxConcurrentStreams: options.maxConcurrentStreams ?? DEFAULT_MAX_CONCURRENT_STREAMS,
    },
    handler,
    live.upgrade,
  );
  let baseUrl: string | undefined;

  return {
    handler,
    upgrade: live.upgrade,
    received,
    get switches() {
      return switches;
    },
    set: (changes) => {
      switches = { ...switches, ...changes };
    },
    listen: async () => {
      baseUrl = await server.listen();
      return baseUrl;
    },
    get url() {
      if (baseUrl === undefined) throw new Error('The emulator is not listening: call listen() first.');
      return baseUrl;
    },
    debugState: () => ({
      openRequests,
      runningGenerations: context.generations.running,
      openUploads: uploads.openSessions,
      openLiveSessions: live.openSessions,
    }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function accountsOf({ accounts, apiKeys, sessionSecret }: GeminiEmulatorOptions): readonly Account[] {
  const defaultKeys = apiKeys ?? (accounts === undefined ? [DEFAULT_API_KEY] : []);
  return [{ name: 'default', apiKeys: defaultKeys, sessionSecret }, ...(accounts ?? [])];
}
