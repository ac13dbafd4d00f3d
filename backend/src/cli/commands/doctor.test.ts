import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConsoleWorker } from '../../console/contract.ts';
import type { Finding } from '../doctor/finding.ts';
import type { HttpRequest } from '../http-request.ts';
import { main } from '../main.ts';
import type { Surroundings } from '../surroundings.ts';
import { quietSurroundings, testTime, testWorker as worker } from '../testing.ts';

const clientKey = `gp-client-${'c'.repeat(43)}`;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gemini-proxy-doctor-'));
  mkdirSync(join(folder, 'aistudio'));
  writeFileSync(join(folder, 'aistudio/index.html'), '');
  writeFileSync(join(folder, 'client-key'), clientKey, { mode: 0o600 });
  writeFileSync(join(folder, 'worker-token'), `gp-worker-${'w'.repeat(43)}`, { mode: 0o600 });
  writeFileSync(join(folder, 'admin-token'), `gp-admin-${'a'.repeat(43)}`, { mode: 0o600 });
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

interface World {
  readonly argv?: readonly string[];
  readonly env?: Surroundings['env'];
  readonly system?: Partial<Surroundings['system']>;
  /** `undefined`: nothing listens. */
  readonly gateway?: {
    readonly health?: string;
    readonly version?: string;
    readonly signedIn?: boolean;
    readonly workers?: readonly ConsoleWorker[];
    readonly call?: Response;
  };
  /** What the Gemini API's own clock says. */
  readonly date?: string;
  readonly isTerminal?: boolean;
}

function answer({ gateway, date = 'Mon, 23 Nov 2026 12:00:01 GMT' }: World): HttpRequest {
  return async (url) => {
    const { host, pathname } = new URL(url);
    if (host !== '127.0.0.1:8787') return new Response(null, { headers: { date } });
    if (gateway === undefined) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    const { health = '{"status":"ok","workers":{"connected":1,"ready":1}}', workers = [worker] } = gateway;
    if (pathname === '/healthz') return new Response(health);
    if (pathname === '/v1beta/models') return gateway.call ?? new Response('{"models":[]}');
    if (pathname === '/console/api/workers') return Response.json({ workers });
    const { version = '1.2.3', signedIn = true } = gateway;
    return Response.json({ signedIn, languages: [], by: 'token', expiresAtMs: null, gateway: { version } });
  };
}

async function examine(world: World = {}) {
  let output = '';
  let errors = '';
  const quiet = quietSurroundings();
  const code = await main(['doctor', ...(world.argv ?? ['--json'])], {
    ...quiet,
    env: { GEMINI_PROXY_DATA_FOLDER: folder, ...world.env },
    writeOutput: (text) => {
      output += text;
    },
    writeError: (text) => {
      errors += text;
    },
    outputFacts: () => ({ isTerminal: world.isTerminal === true, columns: 80, rows: 24 }),
    errorFacts: () => ({ isTerminal: world.isTerminal === true, columns: 80, rows: 24 }),
    request: answer(world),
    system: { ...quiet.system, now: () => testTime, ...world.system },
    locations: { ...quiet.locations, aiStudioApp: join(folder, 'aistudio') },
  });
  const findings: readonly Finding[] = output.startsWith('{') ? JSON.parse(output).findings : [];
  return { code, output, errors, findings, problems: findings.filter(({ severity }) => severity === 'problem') };
}

describe('gemini-proxy doctor', () => {
  it('finds nothing in the way of a gateway that runs with a ready worker', async () => {
    const { code, findings } = await examine({ gateway: {} });
    expect(findings.filter(({ severity }) => severity !== 'ok')).toEqual([]);
    expect(code).toBe(0);
    expect(new Set(findings.map(({ check }) => check)).size).toBe(14);
  });

  it('only notes that no gateway runs, where one could', async () => {
    const { code, problems, findings } = await examine();
    expect(problems).toEqual([]);
    expect(code).toBe(0);
    expect(findings).toContainEqual(
      expect.objectContaining({ check: 'gateway', severity: 'note', remedy: 'Start one: gemini-proxy serve' }),
    );
  });

  const refusal = { error: { code: 403, status: 'PERMISSION_DENIED', message: 'no' } };
  const faults: readonly (World & {
    note: string;
    check: Finding['check'];
    text: RegExp;
    remedy: RegExp;
    prepare?: () => void;
  })[] = [
    {
      note: 'an old Node',
      system: { nodeVersion: '20.20.2' },
      check: 'node',
      text: /20\.20\.2 is too old/,
      remedy: /Install Node 24/,
    },
    {
      note: 'a taken port',
      system: { tryListen: async () => ({ code: 'EADDRINUSE' }) },
      check: 'address',
      text: /Port 8787 of 127.0.0.1 is in use/,
      remedy: /serve --port 8788/,
    },
    {
      note: 'a program that is no gateway',
      gateway: { health: 'hello' },
      system: { tryListen: async () => ({ code: 'EADDRINUSE' }) },
      check: 'address',
      text: /in use by another program/,
      remedy: /End that program/,
    },
    {
      note: 'a privileged port',
      env: { GEMINI_PROXY_PORT: '80' },
      system: { tryListen: async () => ({ code: 'EACCES' }) },
      check: 'address',
      text: /special rights/,
      remedy: /above 1023/,
    },
    {
      note: 'a wrong setting',
      argv: ['--json', '--port', 'abc'],
      check: 'configuration',
      text: /--port: expected a whole number/,
      remedy: /serve --help/,
    },
    {
      note: 'a data folder that is a file',
      prepare: () => writeFileSync(join(folder, 'file'), ''),
      get env() {
        return { GEMINI_PROXY_DATA_FOLDER: join(folder, 'file') };
      },
      check: 'data-folder',
      text: /is a file/,
      remedy: /--data-folder/,
    },
    {
      note: 'a data folder that cannot be made',
      prepare: () => writeFileSync(join(folder, 'file'), ''),
      get env() {
        return { GEMINI_PROXY_DATA_FOLDER: join(folder, 'file/data') };
      },
      check: 'data-folder',
      text: /ENOTDIR/,
      remedy: /--data-folder/,
    },
    {
      note: 'a data folder that others can write to',
      prepare: () => chmodSync(folder, 0o777),
      check: 'data-folder',
      text: /Other users can write/,
      remedy: /chmod go-w/,
    },
    {
      note: 'a full disk',
      system: { freeBytes: async () => 5 * 1024 ** 2 },
      check: 'disk',
      text: /Only 5 MiB/,
      remedy: /Make room/,
    },
    {
      note: 'a damaged key',
      prepare: () => writeFileSync(join(folder, 'client-key'), 'x'),
      check: 'secrets',
      text: /does not hold a client key/,
      remedy: /Delete the file/,
    },
    {
      note: 'a key that others can read',
      prepare: () => chmodSync(join(folder, 'client-key'), 0o644),
      check: 'secrets',
      text: /Other users can read the client key/,
      remedy: /chmod 600/,
    },
    {
      note: 'a damaged store',
      prepare: () => writeFileSync(join(folder, 'gateway.sqlite'), 'no database '.repeat(100)),
      check: 'store',
      text: /cannot be opened/,
      remedy: /delete the file/,
    },
    {
      note: 'a proxy that captures loopback',
      env: { HTTP_PROXY: 'http://proxy:3128', NO_PROXY: 'corp.example' },
      check: 'proxy',
      text: /127.0.0.1 and localhost/,
      remedy: /export NO_PROXY=corp.example,127.0.0.1,localhost/,
    },
    {
      note: 'a base URL that leads elsewhere',
      env: { GOOGLE_GEMINI_BASE_URL: 'http://127.0.0.1:9999' },
      check: 'tools',
      text: /is http:\/\/127.0.0.1:9999/,
      remedy: /export GOOGLE_GEMINI_BASE_URL=http:\/\/127.0.0.1:8787/,
    },
    {
      note: 'a key that programs prefer',
      env: { GOOGLE_GEMINI_BASE_URL: 'http://localhost:8787/', GOOGLE_API_KEY: 'x' },
      check: 'tools',
      text: /GOOGLE_API_KEY is set/,
      remedy: /unset GOOGLE_API_KEY/,
    },
    {
      note: 'programs sent to Vertex AI',
      env: { GOOGLE_GENAI_USE_VERTEXAI: 'true' },
      check: 'tools',
      text: /Vertex AI/,
      remedy: /unset GOOGLE_GENAI_USE_VERTEXAI/,
    },
    {
      note: 'a slow clock',
      date: 'Mon, 23 Nov 2026 13:00:00 GMT',
      check: 'clock',
      text: /60 minutes slow/,
      remedy: /time server/,
    },
    {
      note: 'a name that leads elsewhere',
      system: { lookup: async () => ['10.0.0.1'] },
      check: 'name-resolution',
      text: /localhost leads to 10.0.0.1/,
      remedy: /hosts file/,
    },
    {
      note: 'no worker',
      gateway: { workers: [] },
      check: 'workers',
      text: /No worker is connected/,
      remedy: /gemini-proxy open/,
    },
    {
      note: 'a worker that waits for a click',
      gateway: { workers: [{ ...worker, state: 'needs-interaction' }] },
      check: 'workers',
      text: /needs-interaction/,
      remedy: /Click anywhere/,
    },
    {
      note: 'a refused session',
      gateway: { workers: [{ ...worker, state: 'refused', reason: 'HTTP 401' }] },
      check: 'workers',
      text: /refused \(HTTP 401\)/,
      remedy: /Sign in to AI Studio again/,
    },
    {
      note: 'a paused worker',
      gateway: { workers: [{ ...worker, isPaused: true }] },
      check: 'workers',
      text: /paused/,
      remedy: /workers resume w1/,
    },
    {
      note: 'a gateway of another data folder',
      gateway: { signedIn: false },
      check: 'gateway',
      text: /does not run with the data folder/,
      remedy: /--data-folder/,
    },
    {
      note: 'a refused call',
      gateway: { call: Response.json(refusal, { status: 403 }) },
      check: 'call',
      text: /403 PERMISSION_DENIED: no/,
      remedy: /sign in to AI Studio again/,
    },
    {
      note: 'a worker page that is not there',
      prepare: () => rmSync(join(folder, 'aistudio/index.html')),
      check: 'worker-page',
      text: /not in/,
      remedy: /Install gemini-proxy again/,
    },
  ];
  it.each(faults)('finds $note, and names the remedy', async ({ prepare, check, text, remedy, ...world }) => {
    prepare?.();
    const { code, problems } = await examine(world);
    expect(problems).toEqual([
      { check, severity: 'problem', text: expect.stringMatching(text), remedy: expect.stringMatching(remedy) },
    ]);
    expect(code).toBe(5);
  });

  it.each([
    { note: 'an older gateway', world: { gateway: { version: '1.0.0' } }, check: 'gateway' },
    {
      note: 'a used-up quota',
      world: { gateway: { call: Response.json({ error: { message: 'slow down' } }, { status: 429 }) } },
      check: 'call',
    },
    {
      note: 'a second worker that is not ready',
      world: { gateway: { workers: [worker, { ...worker, id: 'w2', state: 'probing' as const }] } },
      check: 'workers',
    },
    {
      note: 'a key of another gateway',
      world: { gateway: {}, env: { GEMINI_API_KEY: `gp-client-${'d'.repeat(43)}` } },
      check: 'tools',
    },
    { note: 'that other machines are let in', world: { gateway: {}, argv: ['--json', '--host', '0.0.0.0'] }, check: 'address' },
  ])('only notes $note', async ({ world, check }) => {
    const { code, findings } = await examine(world);
    expect(findings.filter(({ severity }) => severity !== 'ok')).toEqual([
      expect.objectContaining({ check, severity: 'note', remedy: expect.any(String) }),
    ]);
    expect(code).toBe(0);
  });

  it('makes do without a port where the system is to choose it', async () => {
    const env = { GOOGLE_GEMINI_BASE_URL: 'http://127.0.0.1:9' };
    expect(await examine({ argv: ['--json', '--port', '0'], env })).toMatchObject({ code: 0, problems: [] });
  });

  it('leaves nothing behind, and no key in its words', async () => {
    const before = readdirSync(folder);
    const { output } = await examine({ gateway: {}, argv: [] });
    expect(readdirSync(folder)).toEqual(before);
    expect(output).not.toContain(clientKey);
    expect(output).toMatch(/✓ A real call was answered in \d+ ms\.\n\nNothing is in the way\.\n$/);
  });

  it('shows what it looks at on a terminal only, and takes it away again', async () => {
    const { errors, output } = await examine({ gateway: {}, argv: [], isTerminal: true });
    expect(errors).toContain('… Looking at a real call');
    expect(errors.endsWith('\u001b[2K')).toBe(true);
    expect(output).toContain('\u001b[32m✓\u001b[39m');
    const elsewhere = await examine({ gateway: {}, argv: [] });
    expect(elsewhere.errors).toBe('');
    expect(elsewhere.output).not.toContain('\u001b');
    const plain = await examine({ gateway: {}, argv: [], isTerminal: true, env: { NO_COLOR: '1' } });
    expect(plain.output).not.toContain('\u001b');
  });
});
