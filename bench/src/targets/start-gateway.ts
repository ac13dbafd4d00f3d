import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitUntil } from '@gemini-proxy/testbed';
import { requestBody } from '../load/content.ts';
import { unaryPath } from '../load/plan.ts';
import type { MeasuredProcess } from '../processes/cpu.ts';
import type { LoadAddress } from './load-target.ts';

const commandLineEntry = fileURLToPath(new URL('../../../backend/src/cli/bin.ts', import.meta.url));
const startDeadlineMs = 20_000;
const stopDeadlineMs = 10_000;

/** The gateway as its user starts it: the real command line, with a data folder of its own. */
export interface GatewayProcess {
  readonly measured: MeasuredProcess;
  /** For clients: its URL, and the key in a header. */
  readonly address: LoadAddress;
  readonly workerToken: string;
  /** Where workers connect. */
  readonly endpoint: string;
  /** Resolves when a request comes back through a worker. */
  untilReady(): Promise<void>;
}

export interface GatewayProcessOptions {
  /** Folder for a CPU profile, written when the gateway ends. */
  readonly profileFolder: string | undefined;
  /** Origin of the page that will connect as a worker, if one will. */
  readonly workerOrigin?: string;
}

export async function startGateway(options: GatewayProcessOptions): Promise<GatewayProcess & AsyncDisposable> {
  await using starting = new AsyncDisposableStack();
  const dataFolder = await mkdtemp(join(tmpdir(), 'gemini-proxy-bench-'));
  starting.defer(() => rm(dataFolder, { recursive: true, force: true }));
  const { profileFolder, workerOrigin } = options;
  const child = spawn(
    process.execPath,
    [
      ...(profileFolder === undefined ? [] : ['--cpu-prof', '--cpu-prof-interval=500', `--cpu-prof-dir=${profileFolder}`]),
      ...['--conditions=source', commandLineEntry, '--port', '0', '--data-folder', dataFolder],
      ...(workerOrigin === undefined ? [] : ['--worker-origins', workerOrigin]),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: withoutOurVariables(process.env) },
  );
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  starting.defer(async () => {
    const kill = setTimeout(() => child.kill('SIGKILL'), stopDeadlineMs);
    child.kill('SIGTERM');
    await exited;
    clearTimeout(kill);
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    // What it says after its start is read, so that it never waits, and dropped.
    stream.setEncoding('utf8').on('data', (text: string) => {
      if (output.length < 16_384) output += text;
    });
  }
  const url = await waitUntil(
    () => {
      if (child.exitCode !== null || child.pid === undefined) throw new Error(`the gateway did not start:\n${output}`);
      return /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];
    },
    { what: 'the gateway to say its URL', timeoutMs: startDeadlineMs },
  );
  const [clientKey, workerToken] = await Promise.all(
    ['client-key', 'worker-token'].map(async (name) => (await readFile(join(dataFolder, name), 'utf8')).trim()),
  );
  if (clientKey === undefined || workerToken === undefined || child.pid === undefined) throw new Error('the gateway has no keys');
  const address: LoadAddress = { url, headers: { 'x-goog-api-key': clientKey } };
  const started = starting.move();
  return {
    measured: { role: 'gateway', pid: child.pid, isTree: false },
    address,
    workerToken,
    endpoint: `${url.replace('http', 'ws')}/worker`,
    untilReady: () => untilReady(address),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** Resolves when a call there is answered. */
export async function untilReady({ url, headers }: LoadAddress): Promise<void> {
  let last = '';
  const isAnswered = async (): Promise<boolean> => {
    const response = await fetch(url + unaryPath(), { method: 'POST', headers, body: requestBody });
    last = await response.text();
    return response.ok;
  };
  try {
    await waitUntil(isAnswered, { what: 'a worker to be ready', timeoutMs: startDeadlineMs, intervalMs: 100 });
  } catch (error) {
    throw new Error(`no worker became ready; the last answer was ${last}`, { cause: error });
  }
}

/** The user's own settings must not reach the gateway that is measured. */
function withoutOurVariables(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(GEMINI_|GOOGLE_)/.test(name)));
}
