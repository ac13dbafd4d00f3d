import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createPackage } from './create-package.ts';

let folder: string;
/** Where `npm install` put the package. */
let installed: string;
/** What a user calls. */
let command: string;
const running: ChildProcess[] = [];
const servers: Server[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gemini-proxy-package-'));
  const { tarball } = await createPackage(join(folder, 'made'));
  const empty = join(folder, 'empty');
  await mkdir(empty);
  await writeFile(join(empty, 'package.json'), '{"private":true}');
  await run('npm', ['install', tarball, '--prefer-offline', '--no-audit', '--no-fund'], { cwd: empty });
  installed = join(empty, 'node_modules/gemini-proxy');
  command = join(empty, 'node_modules/.bin/gemini-proxy');
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

function run(program: string, args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(program, args, { encoding: 'utf8', ...options }, (error, output, errors) => {
      resolve({ code: error === null ? 0 : Number(error.code), output, errors });
    });
  });
}

/** The environment of the test without what the test runner and its user have set. */
function environment(changes: Record<string, string>): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return { PATH, HOME, GEMINI_PROXY_DATA_FOLDER: join(folder, 'data'), ...changes };
}

function geminiProxy(args: readonly string[], changes: Record<string, string> = {}): Promise<Ended> {
  return run(command, args, { cwd: folder, env: environment(changes) });
}

interface Started {
  readonly url: string;
  readonly consoleUrl: string;
  readonly clientKey: string;
}

/** Starts `serve` and waits for its facts. */
async function serve(changes: Record<string, string> = {}): Promise<Started> {
  const child = spawn(command, ['serve', '--port', '0', '--json'], {
    cwd: folder,
    env: environment(changes),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let output = '';
  for await (const text of child.stdout.setEncoding('utf8')) {
    output += text;
    if (output.endsWith('}\n')) return JSON.parse(output);
  }
  throw new Error(`serve ended: ${output}`);
}

async function listen(server: Server): Promise<string> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : '';
}

describe('the package', () => {
  it('depends on exact versions, and on nothing of the workspace', async () => {
    const { dependencies, engines, version } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
    expect(Object.keys(dependencies)).toEqual([
      'commander',
      'fastify',
      'pino',
      'playwright-core',
      'selfsigned',
      'undici',
      'ws',
      'zod',
    ]);
    expect(Object.values(dependencies).every((value) => /^\d+\.\d+\.\d+$/.test(String(value)))).toBe(true);
    expect(engines).toEqual({ node: '>=24' });
    expect((await geminiProxy(['--version'])).output).toBe(`${version}\n`);
    for (const name of await readdir(join(installed, 'lib'))) {
      const text = await readFile(join(installed, 'lib', name), 'utf8');
      expect(text).not.toMatch(/from ["']@gemini-proxy\//);
      expect(text).not.toContain(process.cwd());
    }
  });

  it('tells an old Node what is missing', async () => {
    const pretend = "data:text/javascript,Object.defineProperty(process.versions, 'node', { value: '20.20.2' })";
    const bin = join(installed, 'bin/gemini-proxy.js');
    const { code, errors } = await run(process.execPath, ['--import', pretend, bin, 'serve'], { env: environment({}) });
    expect(code).toBe(1);
    expect(errors).toContain('gemini-proxy needs Node 24 or later; this is Node 20.20.2.');
  });

  it('serves with its console, and its other commands find the gateway', async () => {
    const { url, consoleUrl, clientKey } = await serve();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const page = await (await fetch(consoleUrl)).text();
    const [, script = ''] = /src="(\/console\/assets\/[^"]+\.js)"/.exec(page) ?? [];
    expect((await fetch(`${url}${script}`)).headers.get('content-type')).toContain('text/javascript');
    const { output } = await geminiProxy(['open', '--json']);
    expect(JSON.parse(output).url).toMatch(new RegExp(`^${url}/console`));
    expect((await geminiProxy(['env'])).output).toBe(
      `export GEMINI_API_KEY=${clientKey}\nexport GOOGLE_GEMINI_BASE_URL=${url}\n`,
    );
  });

  it('brings the files for AI Studio', async () => {
    const names = await readdir(join(installed, 'share/aistudio'), { recursive: true });
    expect(names).toEqual(
      expect.arrayContaining(['README.md', 'index.html', 'metadata.json', join('src', 'worker.js'), join('paste', 'index.tsx')]),
    );
  });

  it('shows its demo in Chromium, and without one in Node', async () => {
    const inChromium = await geminiProxy(
      ['demo', '--check', '--json'],
      process.env.CHROMIUM_PATH ? { CHROMIUM_PATH: process.env.CHROMIUM_PATH } : {},
    );
    expect(inChromium).toMatchObject({ code: 0, errors: expect.stringContaining('All calls went well.') });
    expect(JSON.parse(inChromium.output)).toMatchObject({ worker: 'chromium' });
    const inNode = await geminiProxy(['demo', '--check'], { CHROMIUM_PATH: '/nowhere' });
    expect(inNode.code).toBe(0);
    expect(inNode.output).toContain('The demo goes on with a worker in Node instead');
    expect(inNode.output).toContain('All calls went well.');
  });
});

describe('doctor', () => {
  interface Problem {
    readonly check: string;
    readonly severity: string;
    readonly text: string;
    readonly remedy: string;
  }

  /** What each problem is, and its remedy. */
  async function problems(
    changes: Record<string, string>,
    args: readonly string[] = [],
  ): Promise<readonly (readonly string[])[]> {
    const { code, output } = await geminiProxy(['doctor', '--json', ...args], changes);
    const { findings }: { findings: readonly Problem[] } = JSON.parse(output);
    const found = findings.filter(({ severity }) => severity === 'problem');
    expect(code).toBe(found.length > 0 ? 5 : 0);
    return found.map(({ check, text, remedy }) => [check, text, remedy]);
  }

  const including = (text: string): unknown => expect.stringContaining(text);

  it('finds what is wrong with folder, address, certificate, clock, proxies and variables', async () => {
    const foreign = new URL(await listen(createServer((_, response) => response.end('hello'))));
    const slow = await listen(
      createServer((_, response) => response.writeHead(200, { date: 'Sat, 01 Jan 2000 00:00:00 GMT' }).end()),
    );
    const data = join(folder, 'broken');
    await mkdir(data, { mode: 0o700 });
    await writeFile(join(data, 'client-key'), 'not a key', { mode: 0o600 });
    await writeFile(join(data, 'worker-token'), `gp-worker-${'w'.repeat(43)}`, { mode: 0o644 });
    await writeFile(join(data, 'gateway.sqlite'), 'no database '.repeat(100));
    const found = await problems({
      GEMINI_PROXY_DATA_FOLDER: data,
      GEMINI_PROXY_PORT: foreign.port,
      GEMINI_PROXY_UPSTREAM_URL: slow,
      GEMINI_PROXY_TLS_CERT: join(data, 'none.pem'),
      GEMINI_PROXY_TLS_KEY: join(data, 'none.pem'),
      HTTP_PROXY: 'http://127.0.0.1:9',
      GOOGLE_GEMINI_BASE_URL: 'http://127.0.0.1:9',
      GOOGLE_GENAI_USE_VERTEXAI: 'true',
    });
    expect(found).toEqual([
      ['proxy', including('HTTP_PROXY is set'), including('export NO_PROXY=127.0.0.1,localhost')],
      ['secrets', including('does not hold a client key'), including('Delete the file')],
      ['secrets', including('Other users can read the worker token'), including('chmod 600')],
      ['tls', including('none.pem cannot be read (ENOENT)'), including('PEM file')],
      ['tools', including('GOOGLE_GEMINI_BASE_URL is http://127.0.0.1:9'), including('export GOOGLE_GEMINI_BASE_URL=')],
      ['tools', including('Vertex AI'), including('unset GOOGLE_GENAI_USE_VERTEXAI')],
      ['clock', including('hours fast'), including('time server')],
      ['address', `Port ${foreign.port} of 127.0.0.1 is in use by another program.`, including('choose another port')],
      ['store', including('cannot be opened'), including('delete the file')],
    ]);
  });

  it('finds a data folder that is a file', async () => {
    await writeFile(join(folder, 'file'), '');
    expect(await problems({ GEMINI_PROXY_DATA_FOLDER: join(folder, 'file') })).toEqual([
      ['data-folder', including('is a file'), including('--data-folder')],
    ]);
  });

  it('finds wrong settings', async () => {
    expect(await problems({ GEMINI_PROXY_HOSTS: 'x' }, ['--port', 'abc'])).toEqual([
      ['configuration', including('unknown variable GEMINI_PROXY_HOSTS'), including('serve --help')],
      ['configuration', including('--port: expected a whole number'), including('serve --help')],
    ]);
  });

  it('finds that no worker is connected', async () => {
    await serve();
    expect(await problems({})).toEqual([['workers', 'No worker is connected.', including('gemini-proxy open')]]);
  });

  it('finds a worker whose key is refused', async () => {
    const refusal = '{"error":{"code":403,"status":"PERMISSION_DENIED","message":"no"}}';
    const upstream = await listen(createServer((_, response) => response.writeHead(403).end(refusal)));
    const env = { GEMINI_PROXY_UPSTREAM_URL: upstream, GEMINI_API_KEY: 'official-key' };
    await serve(env);
    await expect.poll(async () => (await geminiProxy(['workers'])).output, { timeout: 20_000 }).toMatch(/keyed +refused/);
    expect(await problems(env)).toEqual([['workers', including('is not ready: refused'), including('Check the official key')]]);
  });

  it('finds a gateway that runs with another data folder', async () => {
    const { url } = await serve();
    const other = { GEMINI_PROXY_DATA_FOLDER: join(folder, 'other'), GEMINI_PROXY_PORT: new URL(url).port };
    expect(await problems(other)).toEqual([
      ['gateway', including('does not run with the data folder'), including('--data-folder')],
    ]);
  });
});
