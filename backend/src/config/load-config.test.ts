import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.ts';
import { type ConfigInputs, loadConfig } from './load-config.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gemini-proxy-config-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function load(inputs: Partial<ConfigInputs> = {}) {
  return loadConfig({ flags: {}, env: {}, platform: 'linux', homeFolder: folder, workingFolder: folder, ...inputs });
}

function problemsOf(inputs: Partial<ConfigInputs>): readonly string[] {
  try {
    load(inputs);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

function writeConfig(content: unknown, name = 'config.json'): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

describe('loadConfig', () => {
  it('gives every member a default', () => {
    expect(load().config).toEqual({
      host: '127.0.0.1',
      port: 8787,
      dataFolder: join(folder, '.local/share/gemini-proxy'),
      allowedHosts: [],
      workerOrigins: [
        'https://aistudio.google.com',
        'https://*.usercontent.goog',
        'https://*.run.app',
        'https://*.ai.studio',
        'null',
      ],
      maxBodyBytes: 100 * 1024 * 1024,
      validate: 'off',
      maxSpoolBytes: 8 * 1024 ** 3,
      reuploadOfflineFiles: false,
      uploadAgeMs: 86_400_000,
      firstByteTimeoutMs: 600_000,
      idleTimeoutMs: 300_000,
      liveIdleTimeoutMs: 1_800_000,
      requestTimeoutMs: 60_000,
      windowBytes: 256 * 1024,
      pingIntervalMs: 15_000,
      sessionGraceMs: 20_000,
      maxSlotsPerWorker: 100,
      maxWorkers: 64,
      balance: 'round-robin',
      queueLimit: 1000,
      queueTimeoutMs: 30_000,
      workerWaitMs: 10_000,
      maxAttempts: 3,
      retrySent: 'repeatable',
      failoverWaitMs: 3_000,
      replayMemoryBytes: 64 * 1024 ** 2,
      replayDiskBytes: 1024 ** 3,
      shutdownTimeoutMs: 30_000,
      apiKey: undefined,
      upstreamUrl: 'https://generativelanguage.googleapis.com',
      logLevel: 'info',
    });
  });

  it('prefers flags to the environment, the environment to the file, and the file to defaults', () => {
    const path = writeConfig({ port: 1, maxWorkers: 2, logLevel: 'warn' });
    const { config, sources } = load({
      flags: { config: path, port: '3' },
      env: { GEMINI_PROXY_PORT: '4', GEMINI_PROXY_MAX_WORKERS: '5' },
    });
    expect(config).toMatchObject({ port: 3, maxWorkers: 5, logLevel: 'warn', host: '127.0.0.1' });
    expect(sources.get('port')).toEqual({ kind: 'flag', name: '--port' });
    expect(sources.get('maxWorkers')).toEqual({ kind: 'environment', name: 'GEMINI_PROXY_MAX_WORKERS' });
    expect(sources.get('logLevel')).toEqual({ kind: 'file', name: `logLevel in ${path}` });
    expect(sources.get('host')).toEqual({ kind: 'default', name: 'default' });
  });

  it('reads config.json in the data folder when it exists', () => {
    writeConfig({ firstByteTimeout: '90s' });
    expect(load({ flags: { 'data-folder': folder } }).config.firstByteTimeoutMs).toBe(90_000);
  });

  it('takes paths in a file relative to the file, and others relative to the working folder', () => {
    const path = writeConfig({ dataFolder: 'data' }, 'other.json');
    expect(load({ flags: { config: path }, workingFolder: '/' }).config.dataFolder).toBe(join(folder, 'data'));
    expect(load({ env: { GEMINI_PROXY_DATA_FOLDER: 'here' } }).config.dataFolder).toBe(join(folder, 'here'));
  });

  it('takes a tilde for the home folder', () => {
    expect(load({ env: { GEMINI_PROXY_DATA_FOLDER: '~/data' }, workingFolder: '/' }).config.dataFolder).toBe(
      join(folder, 'data'),
    );
    expect(load({ flags: { 'data-folder': '~x' } }).config.dataFolder).toBe(join(folder, '~x'));
  });

  it('reads the API key from its own variable, or else from GEMINI_API_KEY', () => {
    expect(load({ env: { GEMINI_API_KEY: 'one' } }).config.apiKey).toBe('one');
    expect(load({ env: { GEMINI_API_KEY: 'one', GEMINI_PROXY_API_KEY: 'two' } }).config.apiKey).toBe('two');
    expect(load({ env: { GEMINI_API_KEY: 'one' }, flags: { 'api-key': '' } }).config.apiKey).toBeUndefined();
  });

  it('treats an empty variable as not set', () => {
    expect(load({ env: { GEMINI_PROXY_PORT: '', GEMINI_PROXY_CONFIG: '' } }).config.port).toBe(8787);
  });

  it('reports everything wrong in all sources at once', () => {
    const path = writeConfig({ maxBody: 'huge', prot: 1, host: 5 });
    expect(
      problemsOf({
        flags: { config: path, 'idle-timeout': '5 parsecs' },
        unknownArguments: ['--log-levle=info', 'debug'],
        env: {
          GEMINI_PROXY_PORT: 'abc',
          GEMINI_PROXY_HOSTS: 'x',
          GEMINI_PROXY_QUITE_ELSE: 'x',
          GEMINI_API_KEY: 'secret with spaces',
        },
      }),
    ).toEqual([
      'unknown flag --log-levle (did you mean --log-level?)',
      'unknown variable GEMINI_PROXY_HOSTS (did you mean GEMINI_PROXY_HOST?)',
      'unknown variable GEMINI_PROXY_QUITE_ELSE',
      `${path}: unknown member "prot" (did you mean port?)`,
      '--idle-timeout: expected a duration from 1 ms to 24 h, such as 90s, 5m, 1500ms or a number of milliseconds, got "5 parsecs"',
      'GEMINI_PROXY_PORT: expected a whole number from 0 to 65535, got "abc"',
      'GEMINI_API_KEY: expected an API key without spaces',
      `host in ${path}: expected a host name or an IP address, got 5`,
      `maxBody in ${path}: expected a size from 1 KiB to 1 TiB, such as 100MiB, 64KiB or a number of bytes, got "huge"`,
    ]);
  });

  it('reports a wrong value even where a stronger source hides it', () => {
    expect(problemsOf({ flags: { port: '1' }, env: { GEMINI_PROXY_PORT: 'abc' } })).toHaveLength(1);
  });

  it('reports arguments that belong to no flag', () => {
    expect(problemsOf({ unknownArguments: ['start'] })).toEqual(['unexpected argument "start"']);
  });

  it.each([
    { note: 'a named file that is missing', name: 'missing.json', expected: 'there is no such file' },
    {
      note: 'text that is not JSON',
      name: 'a.json',
      content: '{"apiKey": "secret"',
      expected: 'expected JSON, and it is not valid',
    },
    {
      note: 'JSON that is not an object',
      name: 'a.json',
      content: '[]',
      expected: 'expected a JSON object, such as {"port": 8787}',
    },
  ])('reports $note, without its contents', ({ name, content, expected }) => {
    if (content !== undefined) writeConfig(content, name);
    expect(problemsOf({ env: { GEMINI_PROXY_CONFIG: name } })).toEqual([`${join(folder, name)}: ${expected}`]);
  });

  it('is not fooled by names that every object inherits', () => {
    const path = writeConfig('{"__proto__": {"port": 1}, "constructor": 1}');
    expect(problemsOf({ flags: { config: path } })).toHaveLength(2);
  });
});
