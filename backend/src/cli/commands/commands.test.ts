import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConsoleWorker, GatewayInfo, Key, LogLine, Overview } from '../../console/contract.ts';
import { CommandRun, TestFolder, type TestRoutes, testSecrets, testTime, testWorker } from '../testing.ts';

let folder: TestFolder;

beforeEach(() => {
  folder = new TestFolder();
});
afterEach(() => {
  folder[Symbol.dispose]();
});

const worker: ConsoleWorker = { ...testWorker, label: 'laptop', inFlight: 2, errorRate: 0.05, latencyMs: 850 };
const waiting: ConsoleWorker = {
  ...worker,
  id: 'w2',
  label: null,
  state: 'needs-interaction',
  reason: 'click once',
  inFlight: 0,
  errorRate: null,
  latencyMs: null,
};

const gateway: GatewayInfo = {
  version: '1.2.3',
  startedAtMs: testTime - 7_200_000,
  nowMs: testTime,
  node: '24.21.0',
  platform: 'linux',
  arch: 'x64',
  processId: 7,
  baseUrl: 'http://127.0.0.1:8787',
  dataFolder: '/data',
};
const session = { signedIn: true, by: 'token', expiresAtMs: null, languages: [], gateway };

const overview: Overview = {
  range: '15m',
  stepMs: 10_000,
  nowMs: testTime,
  points: [],
  totals: {
    requests: 200,
    failed: 3,
    cancelled: 0,
    requestsPerSecond: 0.2,
    latencyMs: { p50: 4_200, p95: 9_000, p99: 61_000 },
    firstByteMs: null,
    tokensIn: 12_345,
    tokensOut: 2_000_000,
  },
  errors: [{ reason: 'HTTP_429', source: 'upstream', count: 3 }],
  now: { inFlight: 2, waiting: 1, workers: { ready: 1 } },
};

const refusal = (status: number, reason: string) =>
  Response.json(
    {
      error: {
        code: status,
        status: 'X',
        message: `because of ${reason}`,
        details: [{ '@type': 't', domain: 'gemini-proxy', reason }],
      },
    },
    { status },
  );

async function run(
  argv: readonly string[],
  routes: TestRoutes = {},
  changes: Partial<ConstructorParameters<typeof CommandRun>[1]> = {},
) {
  const command = new CommandRun(argv, { folder, routes, ...changes });
  return { code: await command.finished, output: command.output, errors: command.errors, calls: command.calls };
}

describe('commands that ask the gateway', () => {
  const routes: TestRoutes = { 'GET /console/api/workers': () => ({ workers: [] }) };

  it('send the admin token of the data folder', async () => {
    const { calls } = await run(['workers'], routes);
    expect(calls).toEqual([
      { method: 'GET', path: '/console/api/workers', body: undefined, authorization: `Bearer ${testSecrets.adminToken}` },
    ]);
  });

  it('find a gateway where it says that it listens', async () => {
    folder.write('running.json', JSON.stringify({ url: 'http://127.0.0.1:8787', processId: process.pid }));
    expect((await run(['workers', '--port', '9'], routes)).code).toBe(0);
    folder.write('running.json', JSON.stringify({ url: 'http://127.0.0.1:8787', processId: 2 ** 22 + 1 }));
    expect((await run(['workers', '--port', '9'], routes)).code).toBe(3);
  });

  it.each([['workers'], ['keys'], ['status'], ['open'], ['logs', '-f']])('exit with 3 when none answers: %s', async (...argv) => {
    const { code, errors } = await run(argv);
    expect(code).toBe(3);
    expect(errors).toBe(
      'No gateway answers at http://127.0.0.1:8787 (ECONNREFUSED). Start one: gemini-proxy serve. What is in the way: gemini-proxy doctor.\n',
    );
  });

  it('exit with 3 when no gateway has ever run', async () => {
    const { code, errors } = await run(['keys', '--data-folder', '/nowhere', '--json']);
    expect(code).toBe(3);
    expect(JSON.parse(errors).error).toMatchObject({ exit: 'unreachable', message: expect.stringContaining('/nowhere yet') });
  });

  it.each([
    { note: 'refuses the token', answer: () => refusal(401, 'SIGN_IN_REQUIRED'), expected: 4, text: 'another data folder' },
    {
      note: 'does not know what is named',
      answer: () => refusal(404, 'CONSOLE_NOT_FOUND'),
      expected: 4,
      text: 'because of CONSOLE_NOT_FOUND',
    },
    { note: 'fails', answer: () => refusal(500, 'INTERNAL'), expected: 1, text: 'because of INTERNAL' },
    {
      note: 'is none',
      answer: () => new Response('hello', { status: 418 }),
      expected: 3,
      text: 'Something else than this gateway',
    },
  ])('exit with $expected when the gateway $note', async ({ answer, expected, text }) => {
    const { code, errors } = await run(['workers', 'pause', 'w1'], { 'POST /console/api/workers/w1/pause': answer });
    expect(code).toBe(expected);
    expect(errors).toContain(text);
  });

  it('exit with 2 when an argument is missing or unknown', async () => {
    expect((await run(['keys', 'create'])).code).toBe(2);
    expect((await run(['workers', '--colour'])).code).toBe(2);
    expect((await run(['logs', '-n', 'many'])).code).toBe(2);
  });
});

describe('open', () => {
  const link = { url: 'http://127.0.0.1:8787/console#code=abc', code: 'abc', expiresAtMs: testTime + 60_000 };
  const routes: TestRoutes = { 'POST /console/api/links': () => link };

  it('prints a one-time link', async () => {
    expect((await run(['open'], routes)).output).toBe(`${link.url}\n`);
    expect(JSON.parse((await run(['open', '--json'], routes)).output)).toEqual({ url: link.url, expiresAtMs: link.expiresAtMs });
  });

  it('opens it on demand, and says so when it cannot', async () => {
    const opened: string[] = [];
    const openInBrowser = async (url: string) => void opened.push(url);
    expect((await run(['open', '--browser'], routes, { openInBrowser })).code).toBe(0);
    expect(opened).toEqual([link.url]);
    const failing = await run(['open', '--browser'], routes, { openInBrowser: () => Promise.reject(new Error('no')) });
    expect(failing).toMatchObject({ code: 0, output: `${link.url}\n`, errors: expect.stringContaining('copy the link') });
  });
});

describe('env', () => {
  it('prints what a shell evaluates, without a running gateway', async () => {
    expect((await run(['env'])).output).toBe(
      `export GEMINI_API_KEY=${testSecrets.clientKey}\nexport GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:8787\n`,
    );
    expect(JSON.parse((await run(['env', '--json', '--port', '9'])).output)).toEqual({
      GEMINI_API_KEY: testSecrets.clientKey,
      GOOGLE_GEMINI_BASE_URL: 'http://127.0.0.1:9',
    });
  });

  it('prints the settings of a program, each under its place', async () => {
    const { output } = await run(['env', '--client', 'gemini-cli', '--model', 'gemini-x', '--key', 'gp-client-other']);
    expect(output).toMatch(/^~\/\.gemini\/settings\.json:\n\n\{/);
    expect(output).toContain('\nShell:\n\nexport GEMINI_API_KEY=gp-client-other\n');
    expect(output).toContain('-m gemini-x');
    expect(JSON.parse((await run(['env', '--client', 'curl', '--json'])).output)).toMatchObject({ name: 'curl' });
  });

  it('names the programs that it knows', async () => {
    const { code, errors } = await run(['env', '--client', 'emacs']);
    expect(code).toBe(2);
    expect(errors).toContain('gemini-cli');
  });
});

describe('keys', () => {
  const key: Key = {
    id: 'k1',
    name: 'laptop',
    start: 'gp-client-ab',
    createdAtMs: testTime - 90_000_000,
    lastUsedAtMs: null,
    canRevoke: true,
  };
  const routes: TestRoutes = {
    'GET /console/api/keys': () => ({ keys: [key] }),
    'POST /console/api/keys': ({ body }) => ({ key: { ...key, ...Object(body) }, value: 'gp-client-secret' }),
    'DELETE /console/api/keys/k1': () => new Response(null, { status: 204 }),
  };

  it('are listed without their values', async () => {
    expect((await run(['keys'], routes)).output).toBe(
      'ID  KEY            MADE      LAST USED  NAME\nk1  gp-client-ab…  25 h ago  –          laptop\n',
    );
    expect(JSON.parse((await run(['keys', 'list', '--json'], routes)).output)).toEqual({ keys: [key] });
  });

  it('are made, and shown once', async () => {
    const { output, calls } = await run(['keys', 'create', 'new one'], routes);
    expect(output).toBe('gp-client-secret\n');
    expect(calls[0]?.body).toEqual({ name: 'new one' });
  });

  it('are revoked', async () => {
    expect((await run(['keys', 'revoke', 'k1'], routes)).output).toBe('The key k1 is revoked.\n');
    expect((await run(['keys', 'revoke', 'k2'], routes)).code).toBe(3);
  });
});

describe('workers', () => {
  const routes: TestRoutes = {
    'GET /console/api/workers': () => ({ workers: [worker, waiting] }),
    'POST /console/api/workers/w1/pause': () => ({ ...worker, isPaused: true }),
  };

  it('are listed, those that need something first', async () => {
    expect((await run(['workers'], routes)).output.split('\n')).toEqual([
      'ID  ACCOUNT         KIND      STATE              SINCE  BUSY  SERVED  ERRORS  LATENCY  NAME OR REASON',
      'w2  me@example.com  aistudio  needs-interaction  2 min  0/10  41      –       –        click once',
      'w1  me@example.com  aistudio  ready              2 min  2/10  41      5.0 %   850 ms   laptop',
      '',
    ]);
    expect((await run(['workers'], { 'GET /console/api/workers': () => ({ workers: [] }) })).output).toBe(
      'No worker is connected: npx gemini-proxy open shows how to connect one.\n',
    );
  });

  it('are paused', async () => {
    expect((await run(['workers', 'pause', 'w1'], routes)).output).toBe('Worker w1 is now paused.\n');
  });
});

describe('status', () => {
  const routes: TestRoutes = {
    'GET /console/api/session': () => session,
    'GET /console/api/overview': () => overview,
    'GET /console/api/workers': () => ({ workers: [worker] }),
  };

  it('is shown once where there is no terminal', async () => {
    const { output, code } = await run(['status'], routes);
    expect(code).toBe(0);
    expect(output).toMatch(/^GeminiProxy 1\.2\.3 at http:\/\/127\.0\.0\.1:8787, up 2 h\n/);
    expect(output).toMatch(/\nNow +2 running, 1 waiting\nRequests +200, 0\.2 per second\nFailed +3 \(1\.5 %\): HTTP_429 3\n/);
    expect(output).toMatch(
      /\nTime to first byte +–\nTime to the end +4\.2 s median, 9\.0 s p95, 1 min p99\nTokens +12\.3k in, 2\.0M out\n/,
    );
    expect(output).toContain('\nw1  me@example.com');
    expect(JSON.parse((await run(['status', '--json'], routes)).output)).toMatchObject({
      gateway: { version: '1.2.3' },
      overview: { totals: { failed: 3 } },
    });
  });

  it('renews itself on a terminal until it is interrupted, and leaves the terminal as it was', async () => {
    const outputFacts = () => ({ isTerminal: true, columns: 120, rows: 12 });
    const command = new CommandRun(['status'], { folder, routes, outputFacts });
    await expect.poll(() => command.output).toContain('\u001b[J');
    command.signals.emit('SIGINT', 'SIGINT');
    expect(await command.finished).toBe(0);
    expect(command.output.startsWith('\u001b[?1049h')).toBe(true);
    expect(command.output.endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
    const picture = command.output.split('\u001b[J')[0] ?? '';
    expect(picture.split('\n').length).toBeLessThanOrEqual(12);
  });
});

describe('logs', () => {
  const line = (id: number, level: LogLine['level'] = 'info'): LogLine => ({
    id,
    atMs: testTime,
    level,
    message: `line-${id}`,
    fields: { worker: 'w1', attempt: id },
  });

  it('prints the last lines, oldest first', async () => {
    const { output, calls } = await run(['logs', '-n', '2', '--level', 'warn'], {
      'GET /console/api/logs': () => ({ lines: [line(2, 'error'), line(1)], nextBefore: null }),
    });
    expect(output).toMatch(/^\d\d:\d\d:\d\d info line-1 worker=w1 attempt=1\n\d\d:\d\d:\d\d error line-2 worker=w1 attempt=2\n$/);
    expect(calls[0]?.path).toBe('/console/api/logs?limit=2&level=warn');
  });

  it('goes on with new lines, each once, until it is interrupted', async () => {
    const event = (name: string, data: unknown) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
    let kept = [line(2), line(1)];
    const routes: TestRoutes = {
      'GET /console/api/session': () => session,
      'GET /console/api/logs': () => ({ lines: kept, nextBefore: null }),
      'GET /console/api/events': ({ signal }) => {
        kept = [line(3), ...kept];
        const events = [event('hello', {}), ':\n\n', event('logs', { lines: [line(3), line(4)], skipped: 0 })].join('');
        const body = new ReadableStream({
          start(controller) {
            // Pieces that end anywhere.
            for (let at = 0; at < events.length; at += 7) controller.enqueue(new TextEncoder().encode(events.slice(at, at + 7)));
            signal.addEventListener('abort', () => controller.error(signal.reason));
          },
        });
        return new Response(body);
      },
    };
    const command = new CommandRun(['logs', '-f', '--json'], { folder, routes });
    await expect.poll(() => command.output).toContain('line-4');
    command.signals.emit('SIGTERM', 'SIGTERM');
    expect(await command.finished).toBe(0);
    expect(
      command.output
        .trim()
        .split('\n')
        .map((text) => JSON.parse(text).id),
    ).toEqual([1, 2, 3, 4]);
  });
});
