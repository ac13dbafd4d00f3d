import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGeminiEmulator, DEFAULT_API_KEY } from '@gemini-proxy/emulator/gemini';
import { waitUntil } from '@gemini-proxy/testbed';
import { startKeyedWorker, websocketConnect } from '@gemini-proxy/worker/node';
import { describe, expect, it } from 'vitest';
import { expectedAnswer, pacedAnswer } from './drain/paced-answer.ts';
import { freePort, type ServeProcess, startServe } from './drain/serve-process.ts';
import { medianOf } from './pressure/median.ts';
import { command, patternFile, startUpload } from './upload-client.ts';

/** Streams that run when the signal comes; the full size is 200. */
const streamCount = Number(process.env.DRAIN_STREAMS ?? 40);
/** Restarts that are measured; the full number is 20. */
const restartCount = Number(process.env.DRAIN_RESTARTS ?? 3);
/** The longest stream, from its beginning. */
const longestMs = streamCount > 40 ? 20_000 : 6_000;
const workerCount = 4;
const manyTimes = { timeout: 60_000 + 15_000 * restartCount };
const everyMs = 200;
/** Lines of the stream that outlasts every deadline. */
const endless = 10_000;

interface Bench extends AsyncDisposable {
  readonly port: number;
  readonly dataFolder: string;
  readonly clientKey: string;
  start(flags?: readonly string[]): Promise<ServeProcess>;
  /** A streamed answer of so many lines. */
  ask(url: string, lines: number): Promise<Response>;
}

/** An emulator and workers that go on while gateways come and go on one port. */
async function startBench(): Promise<Bench> {
  await using started = new AsyncDisposableStack();
  const emulator = started.use(
    createGeminiEmulator({
      recordLimit: 0,
      behaviour: ({ model = '' }) => {
        const lines = /^lines-(\d+)$/.exec(model)?.[1];
        return lines === undefined
          ? undefined
          : { rawBody: pacedAnswer(model, Number(lines), everyMs), responseHeaders: { 'content-type': 'text/event-stream' } };
      },
    }),
  );
  const upstreamUrl = await emulator.listen();
  const dataFolder = await mkdtemp(join(tmpdir(), 'gemini-proxy-drain-'));
  started.defer(() => rm(dataFolder, { recursive: true, force: true }));
  const port = await freePort();
  const [clientKey, token] = await Promise.all([makeSecret(dataFolder, 'client-key'), makeSecret(dataFolder, 'worker-token')]);
  for (let index = 0; index < workerCount; index += 1) {
    const connect = websocketConnect(`ws://127.0.0.1:${port}/worker`);
    started.use(startKeyedWorker({ connect, token, apiKey: DEFAULT_API_KEY, upstreamUrl, workerId: `node-${index + 1}` }));
  }
  const all = started.move();
  return {
    port,
    dataFolder,
    clientKey,
    start: (flags) => startServe({ port, dataFolder, ...(flags === undefined ? {} : { flags }) }),
    ask: (url, lines) =>
      fetch(`${url}/v1beta/models/lines-${lines}:streamGenerateContent?alt=sse`, {
        method: 'POST',
        headers: { 'x-goog-api-key': clientKey, 'content-type': 'application/json' },
        body: '{"contents":[{"parts":[{"text":"hi"}]}]}',
      }),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

const prefixes = { 'client-key': 'gp-client-', 'worker-token': 'gp-worker-' } as const;

/** Puts a secret where the gateway would make its own. */
async function makeSecret(dataFolder: string, name: keyof typeof prefixes): Promise<string> {
  const secret = prefixes[name] + randomBytes(32).toString('base64url');
  await writeFile(join(dataFolder, name), secret, { mode: 0o600 });
  return secret;
}

async function readyCount(url: string): Promise<number> {
  try {
    const answer = await fetch(`${url}/healthz`);
    const { workers } = (await answer.json()) as { workers: { ready: number } };
    return answer.ok ? workers.ready : 0;
  } catch {
    return 0;
  }
}

function untilReady(url: string): Promise<unknown> {
  return waitUntil(async () => (await readyCount(url)) === workerCount, { what: 'all workers', timeoutMs: 60_000 });
}

describe('a gateway that is told to stop', () => {
  it(
    'lets every stream end that ends within the deadline, and an upload, refuses new ones, and exits with 0',
    manyTimes,
    async () => {
      await using bench = await startBench();
      await using gateway = await bench.start();
      await untilReady(gateway.url);

      const linesOf = (index: number) => 15 + Math.round((index / streamCount) * (longestMs / everyMs - 15));
      const asked = Array.from({ length: streamCount }, async (_, index) => {
        const answer = await bench.ask(gateway.url, linesOf(index));
        return { answer, lines: linesOf(index) };
      });
      const streams = await Promise.all(asked);
      const texts = streams.map(async ({ answer, lines }) => ({ lines, status: answer.status, text: await answer.text() }));
      const file = patternFile(2 * 1024 * 1024, 1);
      let sentBytes = 0;
      const counted = new TransformStream<Uint8Array, Uint8Array>({
        transform: (piece, controller) => {
          sentBytes += piece.length;
          controller.enqueue(piece);
        },
      });
      const uploadUrl = await startUpload(gateway.url, bench.clientKey, file.byteCount);
      const body = file.read(0, file.byteCount, 500).pipeThrough(counted);
      const upload = command(uploadUrl, 'upload, finalize', { offset: 0, body });
      await waitUntil(() => sentBytes >= file.byteCount / 4, { what: 'the upload to be under way' });
      gateway.signal('SIGTERM');

      await waitUntil(async () => (await fetch(`${gateway.url}/healthz`)).status === 503, { what: 'readiness to be gone' });
      expect(await (await fetch(`${gateway.url}/healthz`)).json()).toMatchObject({ status: 'draining' });
      const refused = await bench.ask(gateway.url, 1);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
      expect(await refused.text()).toContain('SHUTTING_DOWN');

      const ended = await Promise.all(texts);
      const wrong = ended.filter(({ lines, status, text }) => status !== 200 || text !== expectedAnswer(`lines-${lines}`, lines));
      expect(wrong.map(({ lines, text }) => ({ lines, bytes: text.length, end: text.slice(-200) }))).toEqual([]);
      const uploaded = await upload;
      expect([uploaded.status, await uploaded.json()]).toEqual([
        200,
        { file: expect.objectContaining({ sha256Hash: file.sha256Hash }) },
      ]);
      expect(await gateway.exited).toBe(0);
    },
  );

  it('cuts what outlasts the deadline with an error, and exits with 0 all the same', async () => {
    await using bench = await startBench();
    await using gateway = await bench.start(['--shutdown-timeout=300ms']);
    await untilReady(gateway.url);
    const running = await bench.ask(gateway.url, endless);
    gateway.signal('SIGINT');
    // In-band, and then a broken connection: which of the two a client shows is its own matter.
    expect(await running.text().catch(() => 'broken')).toMatch(/SHUTTING_DOWN|broken/);
    expect(await gateway.exited).toBe(0);
  });

  it('has its workers back within three seconds of its return, under load, however it ended', manyTimes, async () => {
    await using bench = await startBench();
    await using gateways = new AsyncDisposableStack();
    const start = async () => gateways.use(await bench.start(['--shutdown-timeout=200ms']));
    let gateway = await start();
    await untilReady(gateway.url);
    const returnsMs: number[] = [];
    for (let restart = 0; restart < restartCount; restart += 1) {
      const load = Array.from({ length: 20 }, () => bench.ask(gateway.url, endless).then((answer) => answer.text()));
      const broken = Promise.allSettled(load);
      await waitUntil(async () => await isLoaded(gateway.url), { what: 'the load' });
      gateway.signal(restart % 2 === 0 ? 'SIGTERM' : 'SIGKILL');
      expect(await gateway.exited).toBe(restart % 2 === 0 ? 0 : null);
      await broken;
      gateway = await start();
      const listeningAtMs = performance.now();
      await untilReady(gateway.url);
      returnsMs.push(performance.now() - listeningAtMs);
    }
    process.stdout.write(`workers were back after ${returnsMs.map((ms) => Math.round(ms)).join(', ')} ms\n`);
    expect(medianOf(returnsMs)).toBeLessThan(3_000);
  });
});

async function isLoaded(url: string): Promise<boolean> {
  const { workers } = (await (await fetch(`${url}/healthz`)).json()) as { workers: { inFlight: number } };
  return workers.inFlight >= 20;
}
