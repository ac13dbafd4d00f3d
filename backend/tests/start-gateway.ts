import { type Config, createGateway, type Gateway, type GatewayOptions, type Log, type Store } from '../src/index.ts';

export const clientKey = 'gp-client-test';
export const workerToken = 'gp-worker-test';
export const adminToken = 'gp-admin-test';

const testConfig: Config = {
  host: '127.0.0.1',
  port: 0,
  dataFolder: '/nonexistent',
  allowedHosts: [],
  tlsCert: undefined,
  tlsKey: undefined,
  workerOrigins: ['https://*.usercontent.goog'],
  maxBodyBytes: 100 * 1024 * 1024,
  validate: 'off',
  maxSpoolBytes: 1024 ** 3,
  reuploadOfflineFiles: false,
  uploadAgeMs: 60_000,
  firstByteTimeoutMs: 20_000,
  idleTimeoutMs: 20_000,
  liveIdleTimeoutMs: 20_000,
  requestTimeoutMs: 20_000,
  windowBytes: 256 * 1024,
  pingIntervalMs: 15_000,
  sessionGraceMs: 0,
  maxSlotsPerWorker: 100,
  maxWorkers: 64,
  queueLimit: 1000,
  balance: 'round-robin',
  queueTimeoutMs: 30_000,
  workerWaitMs: 0,
  maxAttempts: 3,
  retrySent: 'repeatable',
  failoverWaitMs: 3_000,
  replayMemoryBytes: 64 * 1024 * 1024,
  replayDiskBytes: 1024 ** 3,
  shutdownTimeoutMs: 5_000,
  apiKey: undefined,
  upstreamUrl: 'http://127.0.0.1:9',
  logLevel: 'silent',
};

/** A gateway that listens, and what it logged. */
export interface StartedGateway extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly url: string;
  readonly port: number;
  readonly log: readonly string[];
}

export async function startGateway(
  overrides: Partial<Config> = {},
  store?: Store,
  more: Partial<GatewayOptions> = {},
): Promise<StartedGateway> {
  const log: string[] = [];
  const write = (fields: object, message: string) => void log.push(`${message} ${JSON.stringify(fields)}`);
  const logger: Log = { debug: write, info: write, warn: write, error: write };
  const config = { ...testConfig, ...overrides };
  const secrets = { clientKey, workerToken, adminToken };
  const gateway = createGateway({ config, secrets, logger, ...(store === undefined ? {} : { store }), ...more });
  const { url, port } = await gateway.listen();
  return { gateway, url, port, log, [Symbol.asyncDispose]: () => gateway.destroy() };
}
