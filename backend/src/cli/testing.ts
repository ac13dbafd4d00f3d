import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConsoleWorker } from '../console/contract.ts';
import type { ExitCode } from './exit-code.ts';
import { main } from './main.ts';
import type { Surroundings } from './surroundings.ts';

/** Surroundings in which nothing happens, on a machine without fault; tests replace what they look at. */
export function quietSurroundings(): Surroundings {
  const refuse = (what: string) => () => {
    throw new Error(`${what} is not expected`);
  };
  return {
    version: '1.2.3',
    env: {},
    signals: new EventEmitter(),
    writeOutput: refuse('output'),
    writeError: refuse('an error'),
    outputFacts: () => ({ isTerminal: false, columns: 80, rows: 24 }),
    errorFacts: () => ({ isTerminal: false, columns: 80, rows: 24 }),
    exit: refuse('exit'),
    createGateway: refuse('a gateway'),
    startKeyedWorker: refuse('a worker'),
    request: () => Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })),
    system: {
      platform: 'linux',
      nodeVersion: '24.21.0',
      now: () => testTime,
      freeBytes: async () => 2 ** 40,
      tryListen: async () => 'free',
      lookup: async () => ['127.0.0.1', '::1'],
    },
    openInBrowser: refuse('a browser'),
    runDemo: refuse('a demo'),
    locations: { aiStudioApp: '/app/aistudio', console: '/app/console' },
  };
}

/** When everything happens, milliseconds since 1970. */
export const testTime = Date.parse('2026-11-23T12:00:00Z');
export const testSecrets = {
  clientKey: `gp-client-${'c'.repeat(43)}`,
  workerToken: `gp-worker-${'w'.repeat(43)}`,
  adminToken: `gp-admin-${'a'.repeat(43)}`,
} as const;

/** A worker page that is ready. */
export const testWorker: ConsoleWorker = {
  id: 'w1',
  label: null,
  account: 'me@example.com',
  kind: 'aistudio',
  state: 'ready',
  reason: '',
  sinceMs: testTime - 120_000,
  connectedAtMs: testTime - 130_000,
  isPaused: false,
  slots: 10,
  offeredSlots: 10,
  inFlight: 0,
  health: 'good',
  served: 41,
  failed: 1,
  errorRate: null,
  latencyMs: null,
  capabilities: [],
};

/** A data folder as a first start leaves it. */
export class TestFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'gemini-proxy-cli-'));

  constructor() {
    this.write('client-key', testSecrets.clientKey);
    this.write('worker-token', testSecrets.workerToken);
    this.write('admin-token', testSecrets.adminToken);
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.path, name), text, { mode: 0o600 });
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

/** Answers of a gateway at 127.0.0.1:8787 by method and path; anything else finds nobody. */
export type TestRoutes = Readonly<Record<string, (call: { url: URL; body: unknown; signal: AbortSignal }) => unknown>>;

/** One run of a command against a gateway that only knows these answers. */
export class CommandRun {
  output = '';
  errors = '';
  readonly calls: { method: string; path: string; body: unknown; authorization: string | undefined }[] = [];
  readonly signals = new EventEmitter();
  readonly finished: Promise<ExitCode>;

  constructor(argv: readonly string[], options: { folder: TestFolder; routes?: TestRoutes } & Partial<Surroundings>) {
    const { folder, routes = {}, env, ...changes } = options;
    this.finished = main(argv, {
      ...quietSurroundings(),
      env: { GEMINI_PROXY_DATA_FOLDER: folder.path, ...env },
      signals: this.signals,
      writeOutput: (text) => {
        this.output += text;
      },
      writeError: (text) => {
        this.errors += text;
      },
      request: async (address, { method = 'GET', headers = {}, body: text, signal }) => {
        const url = new URL(address);
        const body: unknown = text === undefined ? undefined : JSON.parse(text);
        const answer = routes[`${method} ${url.pathname}`];
        if (url.origin !== 'http://127.0.0.1:8787' || Object.keys(routes).length === 0) {
          throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
        }
        this.calls.push({ method, path: `${url.pathname}${url.search}`, body, authorization: headers.authorization });
        if (answer === undefined)
          return Response.json({ error: { code: 404, status: 'NOT_FOUND', message: 'none' } }, { status: 404 });
        const value = answer({ url, body, signal });
        return value instanceof Response ? value : Response.json(value);
      },
      ...changes,
    });
  }
}
