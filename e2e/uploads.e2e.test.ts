import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createGeminiEmulator, DEFAULT_API_KEY } from '@gemini-proxy/emulator/gemini';
import { residentBytes, startGatewayProcess, startProcessStack, waitUntil } from '@gemini-proxy/testbed';
import { startKeyedWorker, websocketConnect } from '@gemini-proxy/worker/node';
import { describe, expect, it } from 'vitest';
import { chunkBytes, command, type PatternFile, patternFile, startUpload } from './upload-client.ts';

const mebibyte = 1024 * 1024;
/** Size of the file that must not be in memory. */
const largeMebibytes = Number(process.env.UPLOAD_MIB ?? 512);
/** How often the gateway is killed. */
const kills = Number(process.env.UPLOAD_KILLS ?? 20);
const keys = { clientKey: 'gp-client-testbed', workerToken: 'gp-worker-testbed' } as const;

async function newFolder() {
  const path = await mkdtemp(join(tmpdir(), 'gemini-proxy-e2e-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Sends a whole file as an SDK does and returns the answer's file. */
async function sendInChunks(url: string, file: PatternFile) {
  for (let offset = 0; ; offset += chunkBytes) {
    const end = Math.min(offset + chunkBytes, file.byteCount);
    const isLast = end === file.byteCount;
    const answer = await command(url, isLast ? 'upload, finalize' : 'upload', { offset, body: file.read(offset, end) });
    const text = await answer.text();
    expect([answer.status, answer.headers.get('x-goog-upload-status')]).toEqual([200, isLast ? 'final' : 'active']);
    if (isLast) return JSON.parse(text).file;
  }
}

describe('a large upload', () => {
  it('takes no memory of the gateway', { timeout: 120_000 + largeMebibytes * 400 }, async ({ annotate }) => {
    await using folder = await newFolder();
    await using stack = await startProcessStack({ gateway: { dataFolder: folder.path } });
    const byteCount = largeMebibytes * mebibyte;
    const file = patternFile(byteCount, 7);
    let peakBytes = 0;
    const timer = setInterval(() => {
      peakBytes = Math.max(peakBytes, residentBytes(stack.gatewayPid));
    }, 20);
    try {
      const uploaded = await sendInChunks(await startUpload(stack.baseUrl, stack.clientKey, byteCount), file);
      expect(uploaded).toMatchObject({ sizeBytes: String(byteCount), sha256Hash: file.sha256Hash });
      const whole = await startUpload(stack.baseUrl, stack.clientKey, byteCount);
      const answer = await command(whole, 'upload, finalize', { offset: 0, body: file.read(0, byteCount) });
      expect(JSON.parse(await answer.text()).file.sha256Hash).toBe(file.sha256Hash);
    } finally {
      clearInterval(timer);
    }
    await annotate(`${largeMebibytes} MiB twice, peak RSS of the gateway ${Math.round(peakBytes / mebibyte)} MiB`);
    expect(peakBytes).toBeLessThan(200 * mebibyte);
    expect(await readdir(join(folder.path, 'spool'))).toEqual([]);
  });

  it('may be one of many', { timeout: 300_000 }, async () => {
    await using folder = await newFolder();
    await using stack = await startProcessStack({ gateway: { dataFolder: folder.path } });
    const files = Array.from({ length: 20 }, (_, index) => patternFile(64 * mebibyte, index));
    await Promise.all(
      files.map(async (file) => {
        const uploaded = await sendInChunks(await startUpload(stack.baseUrl, stack.clientKey, file.byteCount), file);
        expect(uploaded.sha256Hash).toBe(file.sha256Hash);
      }),
    );
  });
});

describe('an upload over a gateway that is killed again and again', () => {
  it('loses no acknowledged byte and doubles none', { timeout: 60_000 + kills * 6_000 }, async () => {
    await using folder = await newFolder();
    await using emulator = createGeminiEmulator();
    const upstreamUrl = await emulator.listen();
    const start = (port: number) => startGatewayProcess({ dataFolder: folder.path, port });
    let gateway = await start(0);
    const baseUrl = gateway.ready.url;
    const port = Number(new URL(baseUrl).port);
    await using _worker = startKeyedWorker({
      connect: websocketConnect(`${baseUrl.replace('http', 'ws')}/worker`),
      token: keys.workerToken,
      apiKey: DEFAULT_API_KEY,
      upstreamUrl,
    });
    let killed = 0;
    const progress = { steps: 0 };
    const killing = (async () => {
      for (; killed < kills; killed += 1) {
        // Whoever is killed before anything can go on never gets anywhere.
        const before = progress.steps;
        await waitUntil(() => progress.steps > before, { what: 'the upload to go on', timeoutMs: 120_000, intervalMs: 1 });
        await delay(Math.random() * 300);
        gateway.process.kill('SIGKILL');
        await waitUntil(() => gateway.process.signalCode !== null, { what: 'the end of the gateway' });
        gateway = await start(port);
      }
    })();
    try {
      for (let index = 0; killed < kills; index += 1) await survive(baseUrl, patternFile(20 * mebibyte + index, index), progress);
      await killing;
      await survive(baseUrl, patternFile(9 * mebibyte, 99), progress);
      // A start whose answer was lost leaves an empty file for a client that never comes.
      const spool = join(folder.path, 'spool');
      for (const name of await readdir(spool)) expect((await stat(join(spool, name))).size).toBe(0);
    } finally {
      await killing;
      await gateway[Symbol.asyncDispose]();
    }
  });
});

/** Uploads a file whatever happens to the gateway, and checks what it says of the bytes on the way. */
async function survive(baseUrl: string, file: PatternFile, progress: { steps: number }): Promise<void> {
  const url = await patiently(() => startUpload(baseUrl, keys.clientKey, file.byteCount));
  let acknowledged = 0;
  let offset = 0;
  for (;;) {
    progress.steps += 1;
    const sentFrom = offset;
    const end = Math.min(offset + chunkBytes, file.byteCount);
    const isLast = end === file.byteCount;
    try {
      const answer = await command(url, isLast ? 'upload, finalize' : 'upload', { offset, body: file.read(offset, end, 5) });
      const text = await answer.text();
      if (answer.status === 200 && isLast) return expectFile(text, file);
      expect([answer.status, text]).toEqual([200, '']);
      acknowledged = end;
      offset = end;
    } catch (error) {
      if (error instanceof Error && error.name === 'AssertionError') throw error;
      const state = await patiently(async () => {
        const answer = await command(url, 'query');
        const text = await answer.text();
        if (answer.status >= 500) throw new Error(text);
        return { answer, text };
      });
      if (state.answer.headers.get('x-goog-upload-status') === 'final') return expectFile(state.text, file);
      offset = Number(state.answer.headers.get('x-goog-upload-size-received'));
      expect(offset).toBeGreaterThanOrEqual(acknowledged);
      expect(offset).toBeLessThanOrEqual(Math.max(end, sentFrom));
      acknowledged = offset;
    }
  }
}

function expectFile(text: string, file: PatternFile): void {
  expect(JSON.parse(text).file).toMatchObject({ sizeBytes: String(file.byteCount), sha256Hash: file.sha256Hash });
}

/** While the gateway is away, whoever calls it tries again. */
async function patiently<Result>(action: () => Promise<Result>): Promise<Result> {
  let last: unknown;
  const attempt = () =>
    action().catch((error: unknown) => {
      last = error;
      return undefined;
    });
  return waitUntil(attempt, { what: 'the gateway to be back', timeoutMs: 60_000, intervalMs: 50 }).catch((error: unknown) => {
    throw new Error('the gateway does not come back', { cause: last ?? error });
  });
}
