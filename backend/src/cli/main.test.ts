import { EventEmitter } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../config/config.ts';
import type { ExitCode } from './exit-code.ts';
import { main } from './main.ts';
import type { KeyedWorkerOptions, Surroundings } from './surroundings.ts';
import { quietSurroundings } from './testing.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gemini-proxy-cli-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A start of the command line with a gateway that only remembers what was asked of it. */
class Start {
  output = '';
  errors = '';
  config: Config | undefined;
  keyedWorker: KeyedWorkerOptions | undefined;
  readonly events: string[] = [];
  readonly signals = new EventEmitter();
  readonly #started = Promise.withResolvers<void>();
  readonly finished: Promise<ExitCode>;

  constructor(
    argv: readonly string[],
    options: { env?: Surroundings['env']; listen?: () => Promise<{ url: string }>; demoCode?: number } = {},
  ) {
    const { env = {}, listen = async () => ({ url: 'http://127.0.0.1:8787' }), demoCode = 0 } = options;
    this.finished = main(argv, {
      ...quietSurroundings(),
      env: { GEMINI_PROXY_DATA_FOLDER: folder, GEMINI_PROXY_LOG_LEVEL: 'silent', ...env },
      signals: this.signals,
      writeOutput: (text) => {
        this.output += text;
        this.#started.resolve();
      },
      writeError: (text) => {
        this.errors += text;
      },
      exit: (code) => this.events.push(`exit ${code}`),
      runDemo: async (args) => {
        this.events.push(`demo ${args.join(' ')}`);
        return demoCode;
      },
      createGateway: async ({ config }) => {
        this.config = config;
        return {
          listen,
          createConsoleLink: (baseUrl) => ({ url: `${baseUrl}/console#code=once` }),
          close: async () => void this.events.push('gateway closed'),
        };
      },
      startKeyedWorker: async (keyedWorker) => {
        this.keyedWorker = keyedWorker;
        return { [Symbol.asyncDispose]: async () => void this.events.push('worker stopped') };
      },
    });
  }

  async untilStopped(): Promise<ExitCode> {
    await Promise.race([this.#started.promise, this.finished]);
    this.signals.emit('SIGTERM');
    return this.finished;
  }
}

function keyOf(name: 'client-key' | 'worker-token'): string {
  return readFileSync(join(folder, name), 'utf8').trim();
}

describe('gemini-proxy', () => {
  it('shows the keys and what to do next at the first start', async () => {
    const start = new Start([]);
    expect(await start.untilStopped()).toBe(0);
    expect(start.output).toContain(
      `\n  export GEMINI_API_KEY=${keyOf('client-key')}\n  export GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:8787\n`,
    );
    expect(start.output).toMatch(/Address +ws:\/\/127\.0\.0\.1:8787\/worker\n/);
    expect(start.output).toMatch(new RegExp(`Worker token +${keyOf('worker-token')}\\n`));
    expect(start.output).toContain('\n  http://127.0.0.1:8787/console#code=once\n');
    expect(start.output).toContain(folder);
    expect(start.errors).toBe('');
    expect(start.keyedWorker).toBeUndefined();
  });

  it('keeps the keys to itself at later starts, and says how to see them', async () => {
    await new Start([]).untilStopped();
    const start = new Start([], { env: { npm_lifecycle_event: 'start' } });
    await start.untilStopped();
    expect(start.output).not.toContain(keyOf('client-key'));
    expect(start.output).not.toContain(keyOf('worker-token'));
    expect(start.output).toContain('`npm start -- --show-keys`');
  });

  it('shows the keys on demand without starting', async () => {
    const start = new Start(['--show-keys']);
    expect(await start.finished).toBe(0);
    expect(start.output).toContain(keyOf('client-key'));
    expect(start.output).toContain(keyOf('worker-token'));
    expect(start.config).toBeUndefined();
  });

  it('hands flags to the gateway', async () => {
    const start = new Start(['serve', '--port', '9', '--first-byte-timeout=90s']);
    await start.untilStopped();
    expect(start.config).toMatchObject({ port: 9, firstByteTimeoutMs: 90_000 });
  });

  it('starts a keyed worker when there is an official key, and stops it after the gateway', async () => {
    const start = new Start(['--upstream-url', 'https://upstream.example'], { env: { GEMINI_API_KEY: 'official' } });
    await start.untilStopped();
    expect(start.keyedWorker).toEqual({
      gatewayUrl: 'ws://127.0.0.1:8787/worker',
      token: keyOf('worker-token'),
      apiKey: 'official',
      upstreamUrl: 'https://upstream.example',
      deadlines: { firstByteMs: 600_000, idleMs: 300_000 },
    });
    expect(start.output).toContain('A keyed worker is starting: it sends calls to https://upstream.example');
    expect(start.output).not.toContain('official\n');
    expect(start.events).toEqual(['gateway closed', 'worker stopped']);
  });

  it('does not take its own client key in GEMINI_API_KEY for an official one', async () => {
    await new Start([]).untilStopped();
    const start = new Start([], { env: { GEMINI_API_KEY: keyOf('client-key') } });
    expect(await start.untilStopped()).toBe(0);
    expect(start.keyedWorker).toBeUndefined();
    expect(start.config?.apiKey).toBeUndefined();
    expect(start.output).toContain("GEMINI_API_KEY holds this gateway's own key");
  });

  it('refuses a client key that is given as the official key on purpose', async () => {
    const start = new Start(['--api-key', `gp-client-${'x'.repeat(43)}`]);
    expect(await start.finished).toBe(2);
    expect(start.errors).toContain('--api-key: expected an official Gemini API key');
  });

  it('exits with 2 and one line for each problem of the configuration', async () => {
    const start = new Start(['--prot', '80', '--port', 'abc'], { env: { GEMINI_PROXY_HOSTS: 'x' } });
    expect(await start.finished).toBe(2);
    expect(start.errors.split('\n')).toEqual([
      'The configuration is wrong:',
      '  unknown flag --prot (did you mean --port?)',
      '  unknown variable GEMINI_PROXY_HOSTS (did you mean GEMINI_PROXY_HOST?)',
      '  --port: expected a whole number from 0 to 65535, got "abc"',
      'All settings: gemini-proxy serve --help, or docs/configuration.md.',
      '',
    ]);
  });

  it('exits with 2 when a flag has no value', async () => {
    const start = new Start(['--port']);
    expect(await start.finished).toBe(2);
    expect(start.errors).toContain("'--port <number>' argument missing");
  });

  it('lists its commands and exit codes in its help, and every setting in that of serve', async () => {
    const start = new Start(['--help']);
    expect(await start.finished).toBe(0);
    for (const expected of ['serve [options]', 'demo [options]', 'Exit codes:', '3    no gateway answers'])
      expect(start.output).toContain(expected);
    const ofServe = new Start(['serve', '--help']);
    expect(await ofServe.finished).toBe(0);
    expect(ofServe.output).toContain('--first-byte-timeout <duration>');
  });

  it('says its version', async () => {
    const start = new Start(['--version']);
    expect(await start.finished).toBe(0);
    expect(start.output).toBe('1.2.3\n');
  });

  it('exits with 2 when there is no such command, and names the one that was meant', async () => {
    const start = new Start(['sevre']);
    expect(await start.finished).toBe(2);
    expect(start.errors).toBe('There is no command sevre (did you mean serve?). All commands: --help.\n');
  });

  it('prints facts and failures as JSON on demand', async () => {
    const start = new Start(['serve', '--json']);
    await start.untilStopped();
    expect(JSON.parse(start.output)).toMatchObject({
      url: 'http://127.0.0.1:8787',
      workerUrl: 'ws://127.0.0.1:8787/worker',
      clientKey: keyOf('client-key'),
    });
    const failing = new Start(['--json', '--port', 'abc']);
    expect(await failing.finished).toBe(2);
    expect(JSON.parse(failing.errors)).toMatchObject({ error: { exitCode: 2, exit: 'badConfiguration' } });
  });

  it.each([
    { code: 0, expected: 0 },
    { code: 1, expected: 1 },
    { code: 130, expected: 130 },
  ])('ends with $expected when the demo ends with $code', async ({ code, expected }) => {
    const start = new Start(['demo', '--check'], { demoCode: code });
    expect(await start.finished).toBe(expected);
    expect(start.events).toEqual(['demo --check']);
  });

  it('exits with 1 and says what to do when the keys cannot be read', async () => {
    writeFileSync(join(folder, 'client-key'), '');
    const start = new Start([]);
    expect(await start.finished).toBe(1);
    expect(start.errors).toMatch(/client-key is empty\. Delete the file to get a new one\.\n$/);
  });

  it.each([
    {
      note: 'a port in use',
      fields: { code: 'EADDRINUSE', address: '127.0.0.1', port: 80 },
      expected: 'Port 80 of 127.0.0.1 is in use',
    },
    {
      note: 'a forbidden port',
      fields: { code: 'EACCES', address: '127.0.0.1', port: 80 },
      expected: 'Port 80 needs special rights',
    },
    {
      note: 'a foreign address',
      fields: { code: 'EADDRNOTAVAIL', address: '1.2.3.4' },
      expected: '1.2.3.4 is not an address of this machine',
    },
  ])('exits with 1 and says what to do about $note', async ({ fields, expected }) => {
    const failure = Object.assign(new Error('listen'), { syscall: 'listen', ...fields });
    const start = new Start([], { listen: () => Promise.reject(failure) });
    expect(await start.finished).toBe(1);
    expect(start.errors).toContain(expected);
    expect(start.events).toEqual(['gateway closed']);
  });

  it('warns when other machines can reach it', async () => {
    const start = new Start(['--host', '0.0.0.0'], { listen: async () => ({ url: 'http://0.0.0.0:8787' }) });
    await start.untilStopped();
    expect(start.output).toContain('GeminiProxy is listening on http://127.0.0.1:8787\n');
    expect(start.output).toContain('on 0.0.0.0 other machines can reach this gateway');
  });

  it('says what is wrong with its store', async () => {
    writeFileSync(join(folder, 'gateway.sqlite'), 'no database '.repeat(100));
    const start = new Start([]);
    expect(await start.finished).toBe(1);
    expect(start.errors).toMatch(/gateway\.sqlite cannot be opened \(file is not a database\)/);
  });
});
