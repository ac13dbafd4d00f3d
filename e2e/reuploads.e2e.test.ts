import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGeminiEmulator } from '@gemini-proxy/emulator/gemini';
import { startGatewayProcess, waitUntil } from '@gemini-proxy/testbed';
import { startKeyedWorker, websocketConnect } from '@gemini-proxy/worker/node';
import { describe, expect, it } from 'vitest';
import { chunkBytes, command, patternFile, startUpload } from './upload-client.ts';

const clientKey = 'gp-client-testbed';
const accounts = ['anna', 'berta'] as const;
type Account = (typeof accounts)[number];
const keyOf = (account: Account) => `key-of-${account}`;
const generate = '/v1beta/models/gemini-2.5-flash:generateContent';

/** A gateway of its own process that keeps files, and two accounts whose workers come and go. */
async function startKeeping() {
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'gemini-proxy-e2e-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const emulator = started.use(createGeminiEmulator({ accounts: accounts.map((name) => ({ name, apiKeys: [keyOf(name)] })) }));
  const upstreamUrl = await emulator.listen();
  // Nobody is expected back: an owner is offline as soon as it has gone.
  const changes = { dataFolder: folder, reuploadOfflineFiles: true, workerWaitMs: 0, sessionGraceMs: 0 };
  let gateway = await startGatewayProcess(changes);
  started.defer(() => gateway[Symbol.asyncDispose]());
  const baseUrl = gateway.ready.url;
  const workers = new Map<Account, AsyncDisposable>();
  started.defer(async () => {
    for (const worker of workers.values()) await worker[Symbol.asyncDispose]();
  });
  const all = started.move();

  const send = async (method: string, path: string, body?: string) => {
    const answer = await fetch(`${baseUrl}${path}`, {
      method,
      headers: { 'x-goog-api-key': clientKey },
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    return { status: answer.status, text, json: JSON.parse(text) };
  };
  const readyAccounts = async () => {
    const health = await (await fetch(`${baseUrl}/healthz`)).json();
    return Number(health.workers.ready);
  };
  const whenReady = (count: number) =>
    waitUntil(async () => (await readyAccounts()) === count, { what: `${count} ready workers`, timeoutMs: 30_000 });

  return {
    emulator,
    upstreamUrl,
    baseUrl,
    folder,
    send,
    connect: async (account: Account) => {
      const worker = startKeyedWorker({
        connect: websocketConnect(`${baseUrl.replace('http', 'ws')}/worker`),
        token: 'gp-worker-testbed',
        apiKey: keyOf(account),
        upstreamUrl,
        workerId: `of-${account}`,
        account,
      });
      workers.set(account, worker);
      await whenReady(workers.size);
    },
    disconnect: async (account: Account) => {
      await workers.get(account)?.[Symbol.asyncDispose]();
      workers.delete(account);
      await whenReady(workers.size);
    },
    kill: async () => {
      gateway.process.kill('SIGKILL');
      await waitUntil(() => gateway.process.signalCode !== null, { what: 'the end of the gateway' });
      gateway = await startGatewayProcess({ ...changes, port: Number(new URL(baseUrl).port) });
      await whenReady(workers.size);
    },
    /** Uploads through the gateway; returns the file. */
    upload: async (byteCount: number, seed: number) => {
      const file = patternFile(byteCount, seed);
      const url = await startUpload(baseUrl, clientKey, byteCount);
      for (let offset = 0; ; offset += chunkBytes) {
        const end = Math.min(offset + chunkBytes, byteCount);
        const isLast = end === byteCount;
        const answer = await command(url, isLast ? 'upload, finalize' : 'upload', { offset, body: file.read(offset, end) });
        const text = await answer.text();
        expect(answer.status, text).toBe(200);
        if (isLast) return JSON.parse(text).file;
      }
    },
    /** The files that an account has at the service. */
    filesOf: async (account: Account) => {
      const answer = await fetch(`${upstreamUrl}/v1beta/files?key=${keyOf(account)}`);
      return (await answer.json()).files ?? [];
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

function promptWith(...uris: readonly string[]): string {
  const parts = uris.map((fileUri) => `{"fileData" : {"fileUri":"${fileUri}"}}`);
  return `{"contents": [{'role': "user", "parts":[{"text":"Grüße an files/x"}, ${parts.join(',')},]}]}`;
}

/** Digest of the last prompt that the service was sent, and who sent it. */
function lastPrompt(emulator: Awaited<ReturnType<typeof startKeeping>>['emulator']) {
  const received = emulator.received.requests.filter(({ path }) => path === generate).at(-1);
  return { key: received?.headers['x-goog-api-key'], sha256: received?.body?.sha256 };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('a file whose owner is offline', () => {
  it('is there all the same, in the requests that name it, until its owner is back', { timeout: 120_000 }, async () => {
    await using stack = await startKeeping();
    const { emulator, send } = stack;
    await stack.connect('anna');
    const file = await stack.upload(9 * 1024 * 1024 + 1, 3);
    expect(await readdir(join(stack.folder, 'spool'))).toHaveLength(1);

    // The owner is there: nothing is changed.
    await stack.connect('berta');
    expect((await send('POST', generate, promptWith(file.uri))).status).toBe(200);
    expect(lastPrompt(emulator)).toEqual({ key: keyOf('anna'), sha256: sha256(promptWith(file.uri)) });
    await stack.disconnect('anna');

    // Several ask at once: one copy, with the same bytes, and the same request but for the name.
    const answers = await Promise.all(Array.from({ length: 3 }, () => send('POST', generate, promptWith(file.uri))));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const [copy, ...others] = await stack.filesOf('berta');
    expect(others).toEqual([]);
    expect(copy).toMatchObject({
      sha256Hash: file.sha256Hash,
      sizeBytes: file.sizeBytes,
      mimeType: file.mimeType,
      displayName: 'big',
    });
    expect(copy.name).not.toBe(file.name);
    expect(lastPrompt(emulator)).toEqual({ key: keyOf('berta'), sha256: sha256(promptWith(copy.uri)) });

    // A killed gateway has the file, and knows the copy.
    await stack.kill();
    expect((await send('POST', generate, promptWith(file.uri))).status).toBe(200);
    expect(await stack.filesOf('berta')).toHaveLength(1);

    // The copy is gone: the bytes are still there for another.
    expect((await send('DELETE', `/v1beta/${copy.name}`)).status).toBe(200);
    expect((await send('POST', generate, promptWith(file.name))).status).toBe(200);
    const [second] = await stack.filesOf('berta');
    expect(second.sha256Hash).toBe(file.sha256Hash);
    expect(lastPrompt(emulator).sha256).toBe(sha256(promptWith(second.name)));

    // The owner is back, and gets the request with its own name, which was only lent.
    await stack.connect('anna');
    expect((await send('POST', generate, promptWith(file.uri))).status).toBe(200);
    expect(lastPrompt(emulator)).toEqual({ key: keyOf('anna'), sha256: sha256(promptWith(file.uri)) });

    // With the file go its bytes and its copies.
    expect((await send('DELETE', `/v1beta/${file.name}`)).status).toBe(200);
    await expect.poll(() => readdir(join(stack.folder, 'spool'))).toEqual([]);
    await expect.poll(() => stack.filesOf('berta')).toEqual([]);
  });

  it('is brought together with that of another, and stays where it cannot be', { timeout: 120_000 }, async () => {
    await using stack = await startKeeping();
    const { emulator, send } = stack;
    await stack.connect('anna');
    const ofAnna = await stack.upload(1000, 1);
    await stack.disconnect('anna');
    await stack.connect('berta');
    const ofBerta = await stack.upload(2000, 2);
    const foreign = await uploadPast(stack.upstreamUrl, keyOf('berta'));
    await stack.connect('anna');
    // What did not come through the gateway cannot be moved: the others come to it.
    expect((await send('POST', generate, promptWith(ofAnna.uri, ofBerta.uri, foreign))).status).toBe(200);
    expect(lastPrompt(emulator).key).toBe(keyOf('berta'));
    expect((await stack.filesOf('berta')).map(({ sizeBytes }: { sizeBytes: string }) => sizeBytes).sort()).toEqual([
      '1000',
      '2000',
      '4',
    ]);
    await stack.disconnect('berta');
    const refused = await send('POST', generate, promptWith(foreign));
    expect([refused.status, refused.json.error.details[0].reason]).toEqual([503, 'RESOURCE_OWNER_OFFLINE']);
    expect((await send('POST', generate, promptWith(ofAnna.uri, ofBerta.uri))).status).toBe(200);
    expect(lastPrompt(emulator).key).toBe(keyOf('anna'));
  });
});

/** Makes a file past the gateway; returns its URI. */
async function uploadPast(upstreamUrl: string, key: string): Promise<string> {
  const answer = await fetch(`${upstreamUrl}/upload/v1beta/files?uploadType=media`, {
    method: 'POST',
    headers: { 'x-goog-api-key': key, 'content-type': 'text/plain' },
    body: 'past',
  });
  return (await answer.json()).file.uri;
}
