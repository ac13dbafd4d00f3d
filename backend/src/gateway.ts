import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { findResourceNames, parseOperation, resourceNameOfPath } from '@gemini-proxy/gemini';
import { type Clock, defaultLimits, ProtocolError } from '@gemini-proxy/protocol';
import { createClientKeyCheck, createKeyCheck } from './auth/client-key.ts';
import { ClientKeys } from './auth/client-keys.ts';
import type { Secrets } from './auth/secrets.ts';
import { Bridge, bridgePath, bridgeVerifyPath } from './bridge/bridge.ts';
import { BulkMemory, type Collect } from './bulk-memory.ts';
import { type Config, workerPath } from './config/config.ts';
import type { ConfigSource } from './config/load-config.ts';
import { readTlsFiles } from './config/tls-files.ts';
import { Console, consolePath } from './console/console.ts';
import type { ConsoleLink } from './console/contract.ts';
import type { BuiltFolders } from './console/parts.ts';
import { countStates } from './console/views/worker-view.ts';
import { GatewayError } from './errors.ts';
import { type Counters, Events, type Log } from './events.ts';
import type { WorkerCounts, WorkerHealth } from './http/health.ts';
import { HttpServer, rootPage } from './http/http-server.ts';
import { isLivePath, LiveEndpoint } from './live/live-endpoint.ts';
import { LogRing } from './log-ring.ts';
import { createScrubber } from './logger.ts';
import { Metrics } from './metrics/metrics.ts';
import { toPrometheus } from './metrics/prometheus.ts';
import { createCaller } from './orchestrator/internal-call.ts';
import { LiveSessions } from './orchestrator/live-sessions.ts';
import { Orchestrator, type OrchestratorDebugState } from './orchestrator/orchestrator.ts';
import { createBalancer } from './pool/balancer.ts';
import { Pool, type PoolDebugState } from './pool/pool.ts';
import { isInRotation, type WorkerView } from './pool/worker.ts';
import { RequestLog } from './requests/request-log.ts';
import { Resources } from './resources/resources.ts';
import type { FileMover } from './routing/destination.ts';
import { Router, type RouterDebugState } from './routing/router.ts';
import { inMemory, openSqliteStore } from './store/sqlite-store.ts';
import type { Store } from './store/store.ts';
import { systemClock } from './system-clock.ts';
import { KeptFiles } from './uploads/kept-files.ts';
import { Reuploads } from './uploads/reuploads.ts';
import { Spool } from './uploads/spool.ts';
import { storedRecords } from './uploads/stored-records.ts';
import { Uploads, type UploadsDebugState } from './uploads/uploads.ts';
import { Validation } from './validation/validation.ts';
import { version as packageVersion } from './version.ts';
import { WorkerLink, type WorkerLinkDebugState } from './worker-link/worker-link.ts';

export interface GatewayOptions {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly logger: Log;
  /** Closed by who opened it, after the gateway. Default: one in memory, gone with the gateway. */
  readonly store?: Store;
  /** Default: the process's own. */
  readonly clock?: Clock;
  /** Where each setting comes from, for people to see. Default: from nowhere. */
  readonly sources?: ReadonlyMap<keyof Config, ConfigSource>;
  /** Default: the package's. */
  readonly version?: string;
  /** Collects the young generation. Default: V8 alone decides when. */
  readonly collect?: Collect;
  /** Where the built pages lie. Default: nowhere. */
  readonly folders?: BuiltFolders;
}

export interface GatewayAddress {
  /** Base URL for clients. */
  readonly url: string;
  readonly port: number;
}

/** What is alive in a gateway now; back at its baseline after every request. */
export interface GatewayDebugState {
  readonly http: { readonly exchanges: number };
  /** Requests whose body is waited for, to be checked. */
  readonly validation: { readonly held: number };
  readonly router: RouterDebugState;
  readonly orchestrator: OrchestratorDebugState;
  readonly live: { readonly running: number; readonly timed: number };
  readonly pool: PoolDebugState;
  readonly workerLink: WorkerLinkDebugState;
  readonly uploads: UploadsDebugState;
  /** Files on their way to another account. */
  readonly reuploads: { readonly running: number };
}

export interface Gateway extends AsyncDisposable {
  listen(): Promise<GatewayAddress>;
  /** Refuses new requests, lets running ones finish for `shutdownTimeoutMs`, then stops. Idempotent. */
  close(): Promise<void>;
  /** Stops now; running requests fail. Idempotent. */
  destroy(): Promise<void>;
  /** A one-time link into the console, below the address at which people reach the gateway. */
  createConsoleLink(baseUrl: string): ConsoleLink;
  workers(): readonly WorkerView[];
  counters(): Counters;
  debugState(): GatewayDebugState;
}

/** Milliseconds that failed requests get to tell their clients why. */
const lastWordsMs = 1_000;

/** Puts a gateway together. Nothing is shared between two of them. */
export function createGateway({
  config,
  secrets,
  logger,
  store,
  clock = systemClock,
  sources = new Map(),
  version = packageVersion,
  collect = () => {},
  folders = { console: '', workerPage: '' },
}: GatewayOptions): Gateway {
  const logs = new LogRing({
    next: logger,
    level: config.logLevel === 'debug' || config.logLevel === 'trace' ? 'debug' : 'info',
    scrub: createScrubber([...Object.values(secrets), config.apiKey ?? '']),
    now: Date.now,
  });
  const events = new Events(logs);
  const kept = store ?? openSqliteStore(inMemory);
  const memory = new BulkMemory(collect);
  const onBytes = (byteCount: number) => memory.passed(byteCount);
  const pool = new Pool({
    balancer: createBalancer(config.balance),
    events,
    clock,
    queueLimit: config.queueLimit,
    queueTimeoutMs: config.queueTimeoutMs,
    workerWaitMs: config.workerWaitMs,
  });
  const heldFolder = store === undefined ? tmpdir() : join(config.dataFolder, 'held');
  const orchestrator = new Orchestrator({
    pool,
    clock,
    events,
    maxBodyBytes: config.maxBodyBytes,
    firstByteTimeoutMs: config.firstByteTimeoutMs,
    idleTimeoutMs: config.idleTimeoutMs,
    requestTimeoutMs: config.requestTimeoutMs,
    failoverWaitMs: config.failoverWaitMs,
    retryRules: config,
    replayMemoryBytes: config.replayMemoryBytes,
    replayDiskBytes: config.replayDiskBytes,
    heldFolder,
  });
  const call = createCaller(orchestrator);
  const resources = new Resources({
    table: kept.resources,
    events,
    now: Date.now,
    onDeleted: (name) => void reuploads.onDeleted(name),
  });
  // Where nothing of the uploads is remembered, their bytes are of no use later.
  const spoolFolder = store === undefined ? join(tmpdir(), `gemini-proxy-${randomUUID()}`) : join(config.dataFolder, 'spool');
  const spool = new Spool({ folder: spoolFolder, maxBytes: config.maxSpoolBytes, onBytes });
  const keptFiles = new KeptFiles({
    table: kept.keptFiles,
    spool,
    now: Date.now,
    isOn: config.reuploadOfflineFiles,
    onFailed: (error) => events.storeFailed(error),
  });
  const reuploads = new Reuploads({
    kept: keptFiles,
    spool,
    call,
    clock,
    ownerOf: (name) => resources.ownerOf(name),
    learn: (operation, path, answer) => resources.learn(operation, path, answer),
    onCopied: (copy) => events.fileReuploaded(copy),
  });
  const mover: FileMover | undefined = config.reuploadOfflineFiles ? reuploads : undefined;
  const router = new Router({
    orchestrator,
    call,
    resources,
    pool,
    mover,
    clock,
    maxBodyBytes: config.maxBodyBytes,
    requestTimeoutMs: config.requestTimeoutMs,
    folder: heldFolder,
    secret: secrets.clientKey,
  });
  const uploads = new Uploads({
    spool,
    kept: keptFiles,
    records: storedRecords(kept.uploads),
    call,
    clock,
    now: Date.now,
    silenceMs: config.requestTimeoutMs,
    unfinishedAgeMs: config.uploadAgeMs,
    accountFor: (target) => resources.ownerOf(resourceNameOfPath(target)?.name ?? '') ?? router.homeAccount(),
    onSent: (target, answer) => resources.learn(parseOperation('POST', target).name, target, answer),
    onSweepFailed: (error) => events.storeFailed(error),
  });
  const validation =
    config.validate === 'off'
      ? undefined
      : new Validation({
          mode: config.validate,
          events,
          clock,
          maxBodyBytes: config.maxBodyBytes,
          requestTimeoutMs: config.requestTimeoutMs,
          folder: heldFolder,
          next: router,
          refuse: (client, error) => orchestrator.refuse(client, error),
        });
  const workerLink = new WorkerLink({
    config,
    isWorkerToken: createKeyCheck([secrets.workerToken]),
    pool: {
      add: (worker) => {
        pool.add(worker);
        gatewayConsole.onWorkersChanged();
      },
      remove: (worker, isLost) => {
        pool.remove(worker, isLost);
        gatewayConsole.onWorkersChanged();
      },
      changed: (worker) => {
        pool.changed(worker);
        gatewayConsole.onWorkersChanged();
      },
    },
    limits: defaultLimits,
    clock,
    events,
    onBytes,
  });
  const keys = new ClientKeys({ first: secrets.clientKey, table: kept.keys, now: Date.now });
  const checkClientKey = createClientKeyCheck(keys.isKnown);
  const live = new LiveSessions({ pool, clock, events, liveIdleTimeoutMs: config.liveIdleTimeoutMs });
  const metrics = new Metrics({
    clock,
    now: Date.now,
    readState: () => ({
      inFlight: pool.debugState().leases,
      waiting: pool.debugState().waiting,
      workers: countStates(pool.workers()),
    }),
  });
  const requests = new RequestLog({ metrics, elapsed: () => clock.now(), now: Date.now });
  const liveEndpoint = new LiveEndpoint({
    checkClientKey,
    sessions: live,
    events,
    traces: requests,
    isDivided: () => router.isDivided && pool.hasReady(undefined),
    accountFor: (message) => router.ownerOf(findResourceNames(message)),
  });
  const gatewayConsole = new Console({
    ...{ config, sources, secrets, version, folders, clock, now: Date.now, startedAtMs: Date.now() },
    ...{ pool, workerLink, requests, metrics, keys, logs, resources, uploads, labels: kept.labels, call },
    handle: (client) => (validation ?? router).handle(client),
    onBug: (error) => events.bug(error),
  });
  const bridge = new Bridge({ config, workerToken: secrets.workerToken, onBug: (error) => events.bug(error) });
  const tls = readTlsFiles(config);
  const http = new HttpServer({
    config: { ...config, allowedHosts: [...config.allowedHosts, ...(tls?.names ?? [])] },
    tls,
    checkClientKey,
    router: validation ?? router,
    uploads,
    events,
    countWorkers: () => countWorkers(pool),
    listWorkers: () => pool.workers().map(toWorkerHealth),
    traces: requests,
    findPage: (path) => {
      if (path === rootPage) return redirectToConsole;
      if (path === metricsPath)
        return (request, response) => writeMetrics(request, response, toPrometheus({ metrics, counters: events.counters }));
      if (path === bridgePath) return bridge.servePage.bind(bridge);
      if (path === bridgeVerifyPath) return bridge.verify.bind(bridge);
      const isConsole = path === consolePath || path.startsWith(`${consolePath}/`);
      return isConsole ? (request, response) => gatewayConsole.handle(request, response) : undefined;
    },
    findUpgrade: (path) => {
      if (path === workerPath) return workerLink.handleUpgrade;
      return isLivePath(path) ? liveEndpoint.handleUpgrade : undefined;
    },
  });

  async function finishRunning(): Promise<void> {
    events.gatewayStopping(http.running + live.running);
    // Workers stay at hand: what runs may need another one, and an upload has calls to make.
    await withinTime(Promise.all([http.drain(), live.drain()]), config.shutdownTimeoutMs);
    const cutCount = http.running + live.running;
    if (cutCount > 0) events.gatewayCutting(cutCount);
    workerLink.drain('The gateway is stopping.');
    // What the workers are told leaves at the end of this turn.
    await nextTurn();
  }

  async function stop(): Promise<void> {
    http.stopListening();
    metrics.stop();
    gatewayConsole.close();
    reuploads.destroy(new GatewayError('SHUTTING_DOWN', 'The gateway is stopping; try again when it is back.'));
    await uploads.destroy();
    validation?.destroy(new GatewayError('SHUTTING_DOWN', 'The gateway is stopping; try again when it is back.'));
    router.destroy(new GatewayError('SHUTTING_DOWN', 'The gateway is stopping; try again when it is back.'));
    orchestrator.destroy();
    const liveClosed = live.close();
    workerLink.destroy(new ProtocolError('GOING_AWAY', 'The gateway is stopping.'));
    await withinTime(Promise.all([orchestrator.close(), liveClosed]), lastWordsMs);
    live.destroy();
    await http.destroy();
    if (store === undefined) {
      kept.close();
      await rm(spoolFolder, { recursive: true, force: true });
    }
  }

  async function withinTime(work: Promise<unknown>, timeoutMs: number): Promise<void> {
    const timeout = Promise.withResolvers<void>();
    const cancel = clock.schedule(timeout.resolve, timeoutMs);
    await Promise.race([work, timeout.promise]);
    cancel();
  }

  let closing: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;
  const destroy = () => {
    stopping ??= stop();
    return stopping;
  };
  const close = () => {
    closing ??= finishRunning().then(destroy);
    return closing;
  };

  return {
    async listen() {
      await uploads.start();
      const address = await http.listen();
      events.gatewayListening(address.url);
      metrics.start();
      return address;
    },
    close,
    destroy,
    createConsoleLink: (baseUrl) => gatewayConsole.createLink(baseUrl),
    workers: () => pool.workers(),
    counters: () => events.counters,
    debugState: () => ({
      http: http.debugState(),
      validation: { held: validation?.held ?? 0 },
      router: router.debugState(),
      orchestrator: orchestrator.debugState(),
      live: live.debugState(),
      pool: pool.debugState(),
      workerLink: workerLink.debugState(),
      uploads: uploads.debugState(),
      reuploads: { running: reuploads.running },
    }),
    [Symbol.asyncDispose]: destroy,
  };
}

/** Where Prometheus finds the counts. */
const metricsPath = '/metrics';

function writeMetrics(request: IncomingMessage, response: ServerResponse, text: string): void {
  request.resume();
  const headers = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' };
  response.writeHead(200, { ...headers, 'content-length': Buffer.byteLength(text), 'x-content-type-options': 'nosniff' });
  response.end(text);
}

/** Only browsers are told of the console; programs get the error that they expect. */
function redirectToConsole(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  response.writeHead(302, { location: `${consolePath}/`, 'cache-control': 'no-store', 'content-length': 0 });
  response.end();
}

function toWorkerHealth(worker: WorkerView): WorkerHealth {
  const { id, account, kind, state, reason, slots, offeredSlots, inFlight, breaker, isSuspect, isSteady } = worker;
  return { id, account, kind, state, reason, slots, offeredSlots, inFlight, breaker, isSuspect, isSteady };
}

function countWorkers(pool: Pool): WorkerCounts {
  const workers = pool.workers();
  return {
    connected: workers.length,
    ready: workers.filter(isInRotation).length,
    inFlight: workers.reduce((sum, { inFlight }) => sum + inFlight, 0),
    waiting: pool.debugState().waiting,
  };
}
