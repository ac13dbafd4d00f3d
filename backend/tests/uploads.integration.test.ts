import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_API_KEY } from '@gemini-proxy/emulator/gemini';
import { describe, expect, it } from 'vitest';
import { openSqliteStore } from '../src/index.ts';
import { expectBaseline } from './baseline.ts';
import { connectRaw, head } from './raw-client.ts';
import { fileOf, receivedBytes, startEmulated } from './start-emulated-uploads.ts';
import { command, mebibyte, sha256HashOf, startUpload, withKey } from './start-upload-stack.ts';
import { createTemporaryFolder } from './temporary-folder.ts';

/** Bytes whose end the test decides on. */
function openBody(first: Uint8Array<ArrayBuffer>) {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(first),
    async pull(controller) {
      await promise;
      controller.close();
    },
  });
  return { body, finish: resolve, breakOff: () => reject(new Error('broken off by the test')) };
}

describe('a resumable upload', () => {
  it('goes through in chunks, and its answer is the one of the Gemini API', async () => {
    await using stack = await startEmulated();
    const bytes = randomBytes(20 * mebibyte);
    const url = await startUpload(stack.url, { bytes: bytes.length });
    expect(url).toMatch(new RegExp(`^${stack.url}/upload/v1beta/files\\?upload_id=[0-9a-f]{48}&upload_protocol=resumable$`));
    for (const offset of [0, 8 * mebibyte]) {
      const answer = await command(url, 'upload', { offset, body: bytes.subarray(offset, offset + 8 * mebibyte) });
      expect([answer.status, answer.headers.get('x-goog-upload-status'), await answer.text()]).toEqual([200, 'active', '']);
    }
    const offset = 16 * mebibyte;
    const file = await fileOf(stack, await command(url, 'upload, finalize', { offset, body: bytes.subarray(offset) }));
    expect(file).toMatchObject({ mimeType: 'text/plain', sizeBytes: String(bytes.length), sha256Hash: sha256HashOf(bytes) });
    expect(file.uri).toBe(`https://generativelanguage.googleapis.com/v1beta/${file.name}`);
    expect(stack.emulator.debugState().openUploads).toBe(0);
    const keys = stack.emulator.received.requests.map(({ headers }) => headers['x-goog-api-key']);
    expect(new Set(keys)).toEqual(new Set([DEFAULT_API_KEY]));
  });

  it.each([
    '/upload/v1beta/files',
    '/upload/v1/files',
    '/resumable/upload/v1beta/files',
    '//upload/v1beta/files',
    '/v1beta/upload/v1/files',
    '/v1beta/upload/v1beta/files?key=gp-client-test',
  ])('is taken at %s', async (path) => {
    await using stack = await startEmulated();
    const url = await startUpload(stack.url, { path });
    expect(url).not.toContain('key=');
    const file = await fileOf(stack, await command(url, 'upload, finalize', { offset: 0, body: 'hello' }));
    expect(file).toMatchObject({ sizeBytes: '5', mimeType: 'text/plain' });
  });

  it('answers with header names in lower case, and addresses as the client knows the gateway', async () => {
    await using stack = await startEmulated();
    using client = await connectRaw(stack.port);
    const headers = ['x-goog-upload-protocol: resumable', 'x-goog-upload-command: start', 'x-forwarded-proto: https'];
    client.socket.write(head('POST /upload/v1beta/files', [...headers, 'x-forwarded-prefix: /gemini/', 'Content-Length: 0']));
    await expect.poll(() => client.text).toContain('\r\n\r\n');
    const id = /x-guploader-uploadid: (\w+)/.exec(client.text)?.[1];
    const url = `https://localhost/gemini/upload/v1beta/files?upload_id=${id}&upload_protocol=resumable`;
    for (const name of ['x-goog-upload-url', 'x-goog-upload-control-url'])
      expect(client.text).toContain(`\r\n${name}: ${url}\r\n`);
    expect(client.text).toContain('\r\nx-goog-upload-chunk-granularity: 8388608\r\n');
    expect(client.text).toContain('\r\ncontent-length: 0\r\n');
  });

  it('needs a key to begin, and none to go on', async () => {
    await using stack = await startEmulated();
    const start = await fetch(`${stack.url}/upload/v1beta/files`, {
      method: 'POST',
      headers: { 'x-goog-upload-protocol': 'resumable' },
    });
    expect(start.status).toBe(403);
    const unknown = await command(`${stack.url}/upload/v1beta/files?upload_id=${'0'.repeat(48)}`, 'query');
    expect([unknown.status, unknown.headers.get('x-goog-upload-status')]).toEqual([404, 'final']);
    expect(await unknown.text()).toContain('UPLOAD_NOT_FOUND');
  });

  it('may be empty', async () => {
    await using stack = await startEmulated();
    for (const finish of ['upload, finalize', 'finalize']) {
      const url = await startUpload(stack.url, { bytes: 0 });
      expect(await fileOf(stack, await command(url, finish, { offset: 0 }))).toMatchObject({
        sha256Hash: sha256HashOf(Buffer.alloc(0)),
      });
    }
  });

  it('may come without any length, of the file and of the body', async () => {
    await using stack = await startEmulated();
    const url = await startUpload(stack.url, { type: 'application/x-odd' });
    const { body, finish } = openBody(Buffer.from('some bytes'));
    finish();
    const file = await fileOf(stack, await command(url, 'upload, finalize', { offset: 0, body }));
    expect(file).toMatchObject({ sizeBytes: '10', mimeType: 'application/x-odd' });
  });

  it('gives its answer again to whoever has lost it', async () => {
    await using stack = await startEmulated();
    const url = await startUpload(stack.url);
    const first = await (await command(url, 'upload, finalize', { offset: 0, body: 'hello' })).text();
    for (const again of [
      command(url, 'upload, finalize', { offset: 0, body: 'hello' }),
      command(url, 'finalize'),
      command(url, 'query'),
    ]) {
      const answer = await again;
      expect([answer.status, answer.headers.get('x-goog-upload-status'), await answer.text()]).toEqual([200, 'final', first]);
    }
    await expectBaseline(stack.gateway);
  });

  it('goes to the Gemini API although its client has left, and is found there', async () => {
    const gate = Promise.withResolvers<void>();
    await using stack = await startEmulated({
      intervene: (name) => (name.endsWith('finalize') ? { wait: gate.promise } : undefined),
    });
    const url = await startUpload(stack.url);
    const controller = new AbortController();
    const headers = { 'x-goog-upload-command': 'upload, finalize', 'x-goog-upload-offset': '0' };
    const left = fetch(url, { method: 'POST', headers, body: 'hello', signal: controller.signal });
    await expect.poll(() => stack.upstream.seen.at(-1)).toContain('finalize');
    controller.abort();
    await expect(left).rejects.toThrow();
    const answers = [command(url, 'query'), command(url, 'finalize')];
    gate.resolve();
    const [queried, finalized] = await Promise.all(answers.map(async (answer) => (await answer).text()));
    expect(queried).toBe(finalized);
    expect(stack.upstream.seen.filter((name) => name.endsWith('start'))).toHaveLength(1);
    await expectBaseline(stack.gateway);
  });

  it.each(['asks how far it is', 'repeats the chunk'])('goes on after a broken connection when the client %s', async (how) => {
    await using stack = await startEmulated();
    const bytes = randomBytes(18 * mebibyte);
    const url = await startUpload(stack.url, { bytes: bytes.length });
    const { body, breakOff } = openBody(bytes.subarray(0, 9 * mebibyte));
    const broken = command(url, 'upload, finalize', { offset: 0, body });
    await expect.poll(() => stack.gateway.debugState().uploads.writing).toBe(1);
    breakOff();
    await expect(broken).rejects.toThrow();
    const offset = how === 'repeats the chunk' ? 0 : await receivedBytes(url);
    expect([0, 8 * mebibyte]).toContain(offset);
    const file = await fileOf(stack, await command(url, 'upload, finalize', { offset, body: bytes.subarray(offset) }));
    expect(file.sha256Hash).toBe(sha256HashOf(bytes));
  });

  it('is taken over by a second connection', async () => {
    await using stack = await startEmulated();
    const url = await startUpload(stack.url);
    const { body } = openBody(Buffer.from('never ends'));
    const first = command(url, 'upload, finalize', { offset: 0, body });
    await expect.poll(() => stack.gateway.debugState().uploads.writing).toBe(1);
    const file = await fileOf(stack, await command(url, 'upload, finalize', { offset: 0, body: 'hello' }));
    expect(file.sizeBytes).toBe('5');
    expect((await first).status).toBe(400);
  });

  it('is cancelled', async () => {
    await using folder = await createTemporaryFolder();
    using store = openSqliteStore(join(folder.path, 'x.sqlite'));
    await using stack = await startEmulated({ gateway: { dataFolder: folder.path }, store });
    const url = await startUpload(stack.url);
    await command(url, 'upload', { offset: 0, body: new Uint8Array(8 * mebibyte) });
    expect(await readdir(join(folder.path, 'spool'))).toHaveLength(1);
    const cancelled = await command(url, 'cancel');
    expect([cancelled.status, cancelled.headers.get('x-goog-upload-status'), await cancelled.text()]).toEqual([
      200,
      'cancelled',
      '',
    ]);
    const query = await command(url, 'query');
    expect([query.status, query.headers.get('x-goog-upload-status')]).toEqual([200, 'cancelled']);
    const late = await command(url, 'upload, finalize', { offset: 0, body: 'x' });
    expect([late.status, late.headers.get('x-goog-upload-status')]).toEqual([400, 'cancelled']);
    expect(await readdir(join(folder.path, 'spool'))).toEqual([]);
    await expectBaseline(stack.gateway);
  });
});

describe('a violation of the protocol', () => {
  it.each([
    ['an offset beyond', 'upload, finalize', { offset: 1, body: 'x' }, /offset 1 does not match the 0 bytes received/],
    ['half a granule', 'upload', { offset: 0, body: 'x' }, /multiple of 8388608 bytes/],
    ['half a granule of unknown length', 'upload', { offset: 0, body: openBody(Buffer.from('x')) }, /multiple of 8388608 bytes/],
    ['too few bytes', 'upload, finalize', { offset: 0, body: 'x' }, /has 1 bytes, but 10 were announced/],
    ['too few bytes, finalized', 'finalize', {}, /has 0 bytes, but 10 were announced/],
    ['no offset', 'upload', { body: 'x' }, /invalid X-Goog-Upload-Offset/],
    ['no command', '', {}, /Invalid X-Goog-Upload-Command/],
    ['an unknown command', 'rewind', {}, /Invalid X-Goog-Upload-Command/],
  ])(
    'is told: %s',
    async (_what, name, { offset, body }: { offset?: number; body?: string | ReturnType<typeof openBody> }, message) => {
      await using stack = await startEmulated({ workers: 0 });
      const url = await startUpload(stack.url, { bytes: 10 });
      if (typeof body === 'object') body.finish();
      const sent = typeof body === 'object' ? body.body : body;
      const options = { ...(offset === undefined ? {} : { offset }), ...(sent === undefined ? {} : { body: sent }) };
      const answer = await command(url, name, options);
      const { error } = JSON.parse(await answer.text());
      expect([answer.status, error.status]).toEqual([400, 'INVALID_ARGUMENT']);
      expect(error.message).toMatch(message);
      expect(answer.headers.get('x-goog-upload-status')).toMatch(/^(active|final)$/);
      expect(answer.headers.get('x-goog-upload-size-received') ?? '0').toMatch(/^[01]$/);
    },
  );

  it('leaves the upload as it was', async () => {
    await using stack = await startEmulated();
    const url = await startUpload(stack.url);
    await (await command(url, 'upload', { offset: 0, body: 'half' })).text();
    await (await command(url, 'upload, finalize', { offset: 8, body: 'far' })).text();
    expect(await receivedBytes(url)).toBe(0);
    expect(await fileOf(stack, await command(url, 'upload, finalize', { offset: 0, body: 'hello' }))).toMatchObject({
      sizeBytes: '5',
    });
  });

  it('is a file that is too large', async () => {
    await using stack = await startEmulated({ workers: 0 });
    const files = startUpload(stack.url, { bytes: 2 ** 31 + 1 });
    await expect(files).rejects.toThrow(/413.*BODY_TOO_LARGE/s);
    const store = startUpload(stack.url, {
      bytes: 101 * mebibyte,
      path: '/upload/v1beta/fileSearchStores/s:uploadToFileSearchStore',
    });
    await expect(store).rejects.toThrow(/413.*BODY_TOO_LARGE/s);
  });
});

describe('an upload with Content-Range', () => {
  it('goes through in parts', async () => {
    await using stack = await startEmulated();
    const bytes = randomBytes(600_000);
    const start = await fetch(`${stack.url}/upload/v1beta/files?uploadType=resumable`, {
      method: 'POST',
      headers: { ...withKey, 'x-upload-content-type': 'image/png', 'x-upload-content-length': '600000' },
      body: '{"file":{"displayName":"d"}}',
    });
    const url = start.headers.get('location') ?? '';
    expect(url).toContain(stack.url);
    const put = (range: string, body?: Uint8Array<ArrayBuffer>) =>
      fetch(url, { method: 'PUT', headers: { 'content-range': range }, ...(body === undefined ? {} : { body }) });
    const first = await put('bytes 0-262143/600000', bytes.subarray(0, 262144));
    expect([first.status, first.headers.get('range'), first.headers.get('x-goog-upload-status')]).toEqual([
      308,
      'bytes=0-262143',
      'active',
    ]);
    const state = await put('bytes */600000');
    expect([state.status, state.headers.get('range')]).toEqual([308, 'bytes=0-262143']);
    const file = await fileOf(stack, await put('bytes 262144-599999/600000', bytes.subarray(262144)));
    expect(file).toMatchObject({ displayName: 'd', mimeType: 'image/png', sha256Hash: sha256HashOf(bytes) });
  });

  it('may be one whole body, empty, or given up', async () => {
    await using stack = await startEmulated();
    const start = async () => {
      const answer = await fetch(`${stack.url}/upload/v1beta/files?uploadType=resumable`, { method: 'POST', headers: withKey });
      return answer.headers.get('location') ?? '';
    };
    expect(await fileOf(stack, await fetch(await start(), { method: 'PUT', body: 'hello' }))).toMatchObject({ sizeBytes: '5' });
    const empty = await fetch(await start(), { method: 'PUT', headers: { 'content-range': 'bytes */0' } });
    await fileOf(stack, empty);
    expect((await fetch(await start(), { method: 'DELETE' })).status).toBe(499);
    await expectBaseline(stack.gateway);
  });
});

describe('an upload in one request', () => {
  it.each(['header', 'query'])('may be multipart, by %s', async (by) => {
    await using stack = await startEmulated();
    const bytes = randomBytes(3 * mebibyte);
    const parts = [
      '--b\r\nContent-Type: application/json; charset=utf-8\r\n\r\n{"file":{"displayName":"d"}}\r\n--b\r\nContent-Type: image/png\r\n\r\n',
    ];
    const body = Buffer.concat([Buffer.from(parts.join('')), bytes, Buffer.from('\r\n--b--')]);
    const answer = await fetch(`${stack.url}/upload/v1beta/files${by === 'query' ? '?uploadType=multipart' : ''}`, {
      method: 'POST',
      headers: {
        ...withKey,
        'content-type': 'multipart/related; boundary=b',
        ...(by === 'header' ? { 'x-goog-upload-protocol': 'multipart' } : {}),
      },
      body,
    });
    const file = await fileOf(stack, answer);
    expect(file).toMatchObject({ displayName: 'd', mimeType: 'image/png', sha256Hash: sha256HashOf(bytes) });
  });

  it.each(['header', 'query'])('may be raw, by %s', async (by) => {
    await using stack = await startEmulated();
    const answer = await fetch(`${stack.url}/upload/v1beta/files${by === 'query' ? '?uploadType=media' : ''}`, {
      method: 'POST',
      headers: { ...withKey, 'content-type': 'audio/x-odd', ...(by === 'header' ? { 'x-goog-upload-protocol': 'raw' } : {}) },
      body: 'hello',
    });
    expect(await fileOf(stack, answer)).toMatchObject({ mimeType: 'audio/x-odd', sizeBytes: '5' });
  });

  it('is nothing when it breaks off', async () => {
    await using stack = await startEmulated();
    const { body, breakOff } = openBody(Buffer.from('x'));
    const headers = { ...withKey, 'x-goog-upload-protocol': 'raw' };
    const broken = fetch(`${stack.url}/upload/v1beta/files`, { method: 'POST', headers, body, duplex: 'half' });
    await expect.poll(() => stack.gateway.debugState().uploads.writing).toBe(1);
    breakOff();
    await expect(broken).rejects.toThrow();
    await expectBaseline(stack.gateway);
    expect(stack.upstream.seen).toEqual([]);
  });
});
