import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../backend/src/cli/bin.ts', import.meta.url));

export interface ServeOptions {
  readonly port: number;
  readonly dataFolder: string;
  readonly flags?: readonly string[];
}

/** The command-line program as a user starts it, in a process of its own. */
export interface ServeProcess extends AsyncDisposable {
  readonly url: string;
  signal(signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): void;
  /** The exit code; null after SIGKILL. */
  readonly exited: Promise<number | null>;
}

/** Starts `gemini-proxy serve`, and resolves when it says that it listens. */
export async function startServe({ port, dataFolder, flags = [] }: ServeOptions): Promise<ServeProcess> {
  const given = ['--port', String(port), '--data-folder', dataFolder, '--log-level', 'error', ...flags];
  const child: ChildProcess = spawn(process.execPath, ['--conditions=source', bin, 'serve', '--json', ...given], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH },
  });
  const exited = once(child, 'exit').then(() => child.exitCode);
  const said = Promise.withResolvers<void>();
  if (child.stdout !== null) createInterface({ input: child.stdout }).once('line', () => said.resolve());
  await Promise.race([said.promise, exited.then((code) => Promise.reject(new Error(`serve ended with ${code}`)))]);
  return {
    url: `http://127.0.0.1:${port}`,
    signal: (signal) => child.kill(signal),
    exited,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** A port that nobody listens on: a gateway that is started again has to find its own. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new TypeError('no port');
  return address.port;
}
