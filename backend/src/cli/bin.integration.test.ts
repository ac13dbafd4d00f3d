import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder: string;
const running: ChildProcess[] = [];
const servers: Server[] = [];

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'gemini-proxy-bin-')), 'data');
});
afterEach(async () => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  for (const server of servers.splice(0)) server.close().closeAllConnections();
  await rm(join(folder, '..'), { recursive: true });
});

/** The command line as a process of its own. */
class CommandLine {
  output = '';
  log = '';
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | null>;

  constructor(argv: readonly string[] = [], env: Record<string, string> = {}) {
    const bin = fileURLToPath(new URL('bin.ts', import.meta.url));
    this.#child = spawn(process.execPath, ['--conditions=source', bin, ...argv], {
      env: { GEMINI_PROXY_PORT: '0', GEMINI_PROXY_DATA_FOLDER: folder, GEMINI_PROXY_LOG_LEVEL: 'trace', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.push(this.#child);
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.log += text;
    });
    this.#exited = once(this.#child, 'close').then(() => this.#child.exitCode);
  }

  /** Waits until the process has said what to do next; returns its base URL. */
  async untilListening(): Promise<string> {
    await expect.poll(() => `${this.output}${this.log}`, { timeout: 20_000 }).toContain('/healthz');
    return /listening on (\S+)/.exec(this.output)?.[1] ?? '';
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  get hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  untilExited(): Promise<number | null> {
    return this.#exited;
  }
}

function secret(name: 'client-key' | 'worker-token'): Promise<string> {
  return readFile(join(folder, name), 'utf8').then((text) => text.trim());
}

async function startUpstream(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : '';
}

describe('gemini-proxy', () => {
  it('creates private keys, shows them once, answers, and stops in good order', async () => {
    const first = new CommandLine();
    const url = await first.untilListening();
    const [clientKey, workerToken] = await Promise.all([secret('client-key'), secret('worker-token')]);
    for (const name of ['client-key', 'worker-token']) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    expect(first.output).toContain(`export GEMINI_API_KEY=${clientKey}\n  export GOOGLE_GEMINI_BASE_URL=${url}\n`);
    expect(first.output).toContain(workerToken);
    expect((await fetch(`${url}/healthz`)).headers.get('content-type')).toContain('application/json');
    first.signal('SIGTERM');
    expect(await first.untilExited()).toBe(0);

    const second = new CommandLine();
    await second.untilListening();
    second.signal('SIGINT');
    expect(await second.untilExited()).toBe(0);
    expect(second.output).not.toContain(clientKey);
    expect(second.output).not.toContain(workerToken);
    expect(second.output).toContain(folder);
  });

  it('exits with 2 when a flag is unknown', async () => {
    const command = new CommandLine(['--prot', '80']);
    expect(await command.untilExited()).toBe(2);
    expect(command.log).toContain('unknown flag --prot (did you mean --port?)');
  });

  it('exits with 1 and names the port when it is in use', async () => {
    const port = new URL(await startUpstream(() => {})).port;
    const command = new CommandLine(['--port', port]);
    expect(await command.untilExited()).toBe(1);
    expect(command.log).toContain(`Port ${port} of 127.0.0.1 is in use`);
  });

  it('passes requests to the upstream with the official key, and leaves no key in its log', async () => {
    const seen: string[] = [];
    const upstreamUrl = await startUpstream((request, response) => {
      seen.push(JSON.stringify([request.url, request.headers]));
      response.setHeader('content-type', 'application/json').end('{"models": []}');
    });
    const command = new CommandLine(['--upstream-url', upstreamUrl], { GEMINI_API_KEY: 'official-key' });
    const url = await command.untilListening();
    const clientKey = await secret('client-key');
    const call = (path: string, key: string) => fetch(`${url}${path}`, { headers: { 'x-goog-api-key': key } });
    await expect.poll(async () => (await call('/v1beta/models', clientKey)).status, { timeout: 20_000 }).toBe(200);
    const answer = await call(`/v1beta/models?pageSize=3&key=${clientKey}`, clientKey);
    expect([answer.status, await answer.text()]).toEqual([200, '{"models": []}']);
    expect((await call('/v1beta/models?key=wrong-key-1', 'wrong-key-2')).status).toBe(400);
    command.signal('SIGTERM');
    expect(await command.untilExited()).toBe(0);

    expect(seen.every((request) => request.includes('official-key'))).toBe(true);
    expect(seen.join()).not.toContain(clientKey);
    expect(command.log).toContain('request-');
    for (const key of [clientKey, await secret('worker-token'), 'official-key', 'wrong-key'])
      expect(command.log).not.toContain(key);
  });

  it('stops at once at a second signal, though a request is running', async () => {
    let isWaiting = false;
    const upstreamUrl = await startUpstream((request, response) => {
      if (request.method === 'POST') isWaiting = true;
      else response.end('{}');
    });
    const command = new CommandLine(['--upstream-url', upstreamUrl], { GEMINI_API_KEY: 'official-key' });
    const url = await command.untilListening();
    const clientKey = await secret('client-key');
    const call = (path: string, method: string) =>
      fetch(`${url}${path}`, { method, headers: { 'x-goog-api-key': clientKey }, body: method === 'POST' ? '{}' : null });
    await expect.poll(async () => (await call('/v1beta/models', 'GET')).status, { timeout: 20_000 }).toBe(200);
    const outcome = call('/v1beta/models/m:generateContent', 'POST').catch(() => 'failed');
    await expect.poll(() => isWaiting).toBe(true);

    command.signal('SIGTERM');
    await expect.poll(() => command.output).toContain('Stopping');
    expect(command.hasExited).toBe(false);
    await expect
      .poll(
        () => {
          command.signal('SIGTERM');
          return command.hasExited;
        },
        { timeout: 10_000 },
      )
      .toBe(true);
    expect(await command.untilExited()).toBe(1);
    expect(await outcome).toBe('failed');
  });

  it('is found and steered by its other commands', { timeout: 120_000 }, async () => {
    const upstreamUrl = await startUpstream((_, response) => response.end('{"models": []}'));
    const gateway = new CommandLine(['--upstream-url', upstreamUrl], { GEMINI_API_KEY: 'official-key' });
    const url = await gateway.untilListening();
    const ask = async (...argv: readonly string[]) => {
      const command = new CommandLine(argv, { GEMINI_PROXY_PORT: '8787' });
      expect(await command.untilExited(), command.log).toBe(0);
      return command.output;
    };
    await expect.poll(async () => (await fetch(`${url}/healthz?ready`)).status, { timeout: 20_000 }).toBe(200);
    const [link, workers, key] = await Promise.all([ask('open'), ask('workers'), ask('keys', 'create', 'laptop')]);
    expect(link).toMatch(new RegExp(`^${url}/console#code=[\\w-]+\n$`));
    expect(workers).toMatch(/keyed +ready/);

    const call = () => fetch(`${url}/v1beta/models`, { headers: { 'x-goog-api-key': key.trim() } });
    expect((await call()).status).toBe(200);
    const logs = new CommandLine(['logs', '--follow', '--json']);
    expect(JSON.parse(await ask('status', '--json'))).toMatchObject({ overview: { totals: { requests: 1 } } });
    await expect.poll(() => logs.output, { timeout: 20_000 }).toContain('"request-completed"');
    const before = logs.output.length;
    await call();
    await expect.poll(() => logs.output.slice(before), { timeout: 20_000 }).toContain('"request-completed"');
    logs.signal('SIGINT');
    expect(await logs.untilExited()).toBe(0);

    gateway.signal('SIGTERM');
    expect(await gateway.untilExited()).toBe(0);
    const afterwards = new CommandLine(['workers']);
    expect(await afterwards.untilExited()).toBe(3);
  });
});
