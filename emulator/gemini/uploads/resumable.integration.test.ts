import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { fillPseudoRandom } from '../byte-source.ts';
import { BASELINE, createHeldClock, createTestCertificate, Http2Client, KEY, PATIENCE, startEmulator } from '../testing.ts';
import { callerOf, sendCommand, startUpload, summaryOf } from './testing.ts';

const GRANULE = 8 * 1024 * 1024;

function randomBytes(count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count);
  fillPseudoRandom(bytes, 1, 0);
  return bytes;
}

describe('a resumable upload', () => {
  it('starts with an address that is as good as a key', async () => {
    await using emulator = await startEmulator();
    const call = callerOf(emulator);
    const answer = await call('/upload/v1beta/files?key=emulator-key', {
      method: 'POST',
      headers: { 'x-goog-upload-protocol': 'resumable', 'x-goog-upload-command': 'start' },
      body: "{'file': {'display_name': 'TEXT'}}",
    });
    expect([answer.status, answer.text]).toEqual([200, '']);
    const url = answer.headers.get('x-goog-upload-url') ?? '';
    expect(url).toMatch(
      new RegExp(`^${emulator.url}/upload/v1beta/files\\?key=emulator-key&upload_id=[\\w-]{110}&upload_protocol=resumable$`),
    );
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-length': '0',
      'content-type': 'text/plain; charset=utf-8',
      'x-goog-upload-control-url': url,
      'x-goog-upload-chunk-granularity': '8388608',
      'x-goog-upload-status': 'active',
      'x-guploader-uploadid': new URL(url).searchParams.get('upload_id'),
      server: 'UploadServer',
    });
    expect(emulator.debugState()).toEqual({ ...BASELINE, openUploads: 1 });
  });

  it('takes parts, tells where it stands, and ends with the file', async () => {
    await using emulator = await startEmulator({ clock: createHeldClock() });
    const call = callerOf(emulator);
    const bytes = randomBytes(GRANULE + 1000);
    const url = await startUpload(call, {
      name: 'files/my-file',
      displayName: 'Mine',
      mimeType: 'text/plain',
      sizeBytes: '8389608',
    });
    expect(summaryOf(await sendCommand(call, url, 'query'))).toEqual({ status: 200, state: 'active', size: 0 });
    const first = await sendCommand(call, url, 'upload', { offset: 0, body: bytes.subarray(0, GRANULE) });
    expect(summaryOf(first)).toEqual({ status: 200, state: 'active' });
    expect(summaryOf(await sendCommand(call, url, 'query'))).toEqual({ status: 200, state: 'active', size: GRANULE });
    const last = await sendCommand(call, url, 'upload, finalize', { offset: GRANULE, body: bytes.subarray(GRANULE) });
    expect(summaryOf(last)).toEqual({ status: 200, state: 'final' });
    expect(last.headers.get('content-type')).toBe('application/json; charset=UTF-8');
    const { file } = JSON.parse(last.text);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(file).toEqual({
      name: 'files/my-file',
      displayName: 'Mine',
      mimeType: 'text/plain',
      sizeBytes: '8389608',
      createTime: expect.stringMatching(/\.\d{6}Z$/),
      updateTime: expect.stringMatching(/\.\d{6}Z$/),
      expirationTime: expect.stringMatching(/\.\d{9}Z$/),
      sha256Hash: Buffer.from(sha256).toString('base64'),
      uri: 'https://generativelanguage.googleapis.com/v1beta/files/my-file',
      state: 'ACTIVE',
      source: 'UPLOADED',
    });
    expect(Date.parse(file.expirationTime) - Date.parse(file.createTime)).toBe(48 * 3_600_000);
    const again = await sendCommand(call, url, 'query');
    expect([summaryOf(again), JSON.parse(again.text)]).toEqual([{ status: 200, state: 'final', size: GRANULE + 1000 }, { file }]);
    await expect.poll(() => emulator.debugState(), PATIENCE).toEqual(BASELINE);
  });

  it('refuses what breaks the protocol, and goes on', async () => {
    await using emulator = await startEmulator();
    const call = callerOf(emulator);
    const url = await startUpload(call);
    const refusals = [
      await sendCommand(call, url, 'upload', { offset: 0, body: 'odd' }),
      await sendCommand(call, url, 'upload, finalize', { offset: 1, body: 'late' }),
      await call(url, { method: 'POST', headers: { 'x-goog-upload-command': 'upload' }, body: 'x' }),
      await sendCommand(call, url, 'finalize, upload', { offset: 0, body: 'x' }),
    ];
    expect(refusals.map(summaryOf)).toEqual([
      { status: 400, state: 'active', size: 0, message: 'Chunk size must be a multiple of 8388608 bytes.' },
      { status: 400, state: 'active', size: 0, message: 'Upload offset 1 does not match the 0 bytes received.' },
      { status: 400, state: 'active', size: 0, message: 'Missing or invalid X-Goog-Upload-Offset header.' },
      { status: 400, state: 'active', size: 0, message: 'Invalid X-Goog-Upload-Command header.' },
    ]);
    expect(summaryOf(await sendCommand(call, url, 'upload, finalize', { offset: 0, body: 'abc' }))).toEqual({
      status: 200,
      state: 'final',
    });
    expect(summaryOf(await sendCommand(call, url, 'upload', { offset: 3, body: '' }))).toMatchObject({
      status: 400,
      state: 'final',
    });
  });

  it('ends where the size is not what was announced', async () => {
    await using emulator = await startEmulator();
    const call = callerOf(emulator);
    const url = await startUpload(call, {}, { 'x-goog-upload-header-content-length': '4' });
    expect(summaryOf(await sendCommand(call, url, 'upload, finalize', { offset: 0, body: 'abc' }))).toEqual({
      status: 400,
      state: 'final',
      size: 3,
      message: 'Upload has 3 bytes, but 4 were announced.',
    });
  });

  it('can be cancelled', async () => {
    await using emulator = await startEmulator();
    const call = callerOf(emulator);
    const url = await startUpload(call);
    expect(summaryOf(await sendCommand(call, url, 'cancel'))).toEqual({ status: 200, state: 'cancelled' });
    expect(summaryOf(await sendCommand(call, url, 'upload', { offset: 0, body: '' }))).toMatchObject({
      status: 400,
      state: 'cancelled',
    });
    expect(emulator.debugState().openUploads).toBe(0);
  });

  it('keeps whole granules of a part that broke off, and can be continued behind them', async () => {
    await using emulator = await startEmulator({ resources: { maxKeptFileBytes: 3 * GRANULE } });
    const call = callerOf(emulator);
    const bytes = randomBytes(2 * GRANULE);
    const url = await startUpload(call);
    const broken = request(url, {
      method: 'POST',
      headers: { 'x-goog-upload-command': 'upload, finalize', 'x-goog-upload-offset': 0, 'content-length': bytes.byteLength },
    });
    broken.on('error', () => {});
    broken.write(bytes.subarray(0, GRANULE + 5000), () => broken.destroy());
    await expect.poll(async () => summaryOf(await sendCommand(call, url, 'query')).size, PATIENCE).toBe(GRANULE);
    await expect.poll(() => emulator.debugState().openRequests, PATIENCE).toBe(0);
    const last = await sendCommand(call, url, 'upload, finalize', { offset: GRANULE, body: bytes.subarray(GRANULE) });
    const { name, sha256Hash } = JSON.parse(last.text).file;
    expect(Buffer.from(sha256Hash, 'base64').toString()).toBe(createHash('sha256').update(bytes).digest('hex'));
    const download = await fetch(`${emulator.url}/v1beta/${name}:download?alt=media`, { headers: KEY });
    expect(Buffer.from(await download.arrayBuffer()).equals(bytes)).toBe(true);
  });

  it('needs no credential to go on, but refuses a wrong one; a made-up id is nothing', async () => {
    await using emulator = await startEmulator();
    const call = callerOf(emulator);
    const url = await startUpload(call);
    expect(
      summaryOf(await call(`${url}&key=wrong`, { method: 'POST', headers: { 'x-goog-upload-command': 'query' } })),
    ).toMatchObject({
      status: 400,
      state: 'active',
    });
    expect(summaryOf(await sendCommand(call, '/upload/v1beta/files?upload_id=abc', 'query'))).toMatchObject({
      status: 404,
      state: 'final',
    });
    expect((await startUpload(call, {}, { 'x-goog-api-key': 'wrong' })).startsWith('no upload: 400')).toBe(true);
  });

  it('loses its answer where a fault is asked for', async () => {
    await using emulator = await startEmulator({
      behaviour: ({ path }) =>
        path.includes('upload_id') && !path.includes('again') ? { fault: { kind: 'cut', afterChunks: 1 } } : {},
    });
    const call = callerOf(emulator);
    const url = await startUpload(call);
    await expect(sendCommand(call, url, 'upload, finalize', { offset: 0, body: 'abc' })).rejects.toThrow();
    expect(summaryOf(await sendCommand(call, `${url}&again`, 'query'))).toEqual({ status: 200, state: 'final', size: 3 });
  });

  it('is refused from the start where it is too large', async () => {
    await using emulator = await startEmulator();
    const call = callerOf(emulator);
    expect(await startUpload(call, {}, { 'x-goog-upload-header-content-length': '2147483649' })).toContain(
      'Media is too large. Limit: 2147483648',
    );
    const small = await startEmulator({ resources: { maxFileBytes: 10 } });
    await using _ = small;
    const callSmall = callerOf(small);
    const url = await startUpload(callSmall);
    expect(summaryOf(await sendCommand(callSmall, url, 'upload, finalize', { offset: 0, body: 'x'.repeat(11) }))).toMatchObject({
      status: 413,
      state: 'final',
    });
  });
});

describe('an upload over HTTP/2 or from a page', () => {
  it('is told the address by which the client has called', async () => {
    await using emulator = await startEmulator({ tls: await createTestCertificate() });
    await using client = new Http2Client(emulator.url);
    const { headers } = await client.request('POST', '/upload/v1beta/files?uploadType=resumable', '{}');
    expect(headers.location).toMatch(new RegExp(`^${emulator.url}/upload/v1beta/files\\?uploadType=resumable&upload_id=`));
  });

  it('can read what it needs to go on', async () => {
    await using emulator = await startEmulator();
    const call = callerOf(emulator);
    const init = { method: 'POST', headers: { ...KEY, origin: 'https://page.example' }, body: 'abc' };
    const { headers } = await call('/upload/v1beta/files?uploadType=media', init);
    expect(headers.get('access-control-allow-origin')).toBe('https://page.example');
    expect(headers.get('access-control-expose-headers')).toContain('x-goog-upload-status');
  });
});

describe('two parts at once', () => {
  it('are one too many', async () => {
    await using emulator = await startEmulator();
    const call = callerOf(emulator);
    const url = await startUpload(call);
    const slow = request(url, {
      method: 'POST',
      headers: { 'x-goog-upload-command': 'upload, finalize', 'x-goog-upload-offset': 0, 'content-length': 4 },
    });
    const answered = new Promise<number | undefined>((resolve) =>
      slow.once('response', (answer) => resolve(answer.resume().statusCode)),
    );
    slow.write('ab');
    await expect.poll(() => emulator.received.requests.length, PATIENCE).toBe(2);
    const second = await sendCommand(call, url, 'upload, finalize', { offset: 0, body: 'abcd' });
    expect(summaryOf(second)).toMatchObject({ status: 409, state: 'active' });
    slow.end('cd');
    expect(await answered).toBe(200);
  });
});

describe('an upload by uploadType=resumable', () => {
  it('goes by Location and Content-Range', async () => {
    await using emulator = await startEmulator();
    const call = callerOf(emulator);
    const start = await call('/upload/v1beta/files?uploadType=resumable', {
      method: 'POST',
      headers: { ...KEY, 'x-upload-content-type': 'text/plain', 'x-upload-content-length': '262147' },
      body: '{}',
    });
    const location = start.headers.get('location') ?? '';
    expect(location).toMatch(/\/upload\/v1beta\/files\?uploadType=resumable&upload_id=[\w-]{110}$/);
    const put = (range: string, body: string) => call(location, { method: 'PUT', headers: { 'content-range': range }, body });
    const empty = await put('bytes */262147', '');
    expect([empty.status, empty.headers.get('range')]).toEqual([308, null]);
    const first = await put('bytes 0-262143/262147', 'a'.repeat(262_144));
    expect([first.status, first.headers.get('range')]).toEqual([308, 'bytes=0-262143']);
    expect((await put('bytes 7-262143/262147', 'a')).status).toBe(400);
    const last = await put('bytes 262144-262146/262147', 'abc');
    expect([last.status, JSON.parse(last.text).file]).toEqual([
      200,
      expect.objectContaining({ mimeType: 'text/plain', sizeBytes: '262147' }),
    ]);
    expect((await put('bytes */262147', '')).text).toBe(last.text);
  });
});
