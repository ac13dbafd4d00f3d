import { describe, expect, it } from 'vitest';
import { KEY, startEmulator } from '../testing.ts';
import { callerOf } from './testing.ts';

const fileOf = (text: string): Record<string, string> => JSON.parse(text).file;

describe('an upload in one request', () => {
  it('takes metadata and file as the parts of a multipart body', async () => {
    await using emulator = await startEmulator();
    const body =
      '--b\r\nContent-Type: application/json; charset=utf-8\r\n\r\n{"file":{"displayName":"größe","mimeType":"text/x"}}\r\n' +
      '--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--';
    const headers = { ...KEY, 'x-goog-upload-protocol': 'multipart', 'content-type': 'multipart/related; boundary=b' };
    const answer = await callerOf(emulator)('/upload/v1beta/files', { method: 'POST', headers, body });
    expect(answer.headers.get('x-goog-upload-status')).toBe('final');
    expect(fileOf(answer.text)).toMatchObject({ displayName: 'größe', mimeType: 'text/x', sizeBytes: '5', state: 'ACTIVE' });
    expect(fileOf(answer.text).name).toMatch(/^files\/[a-z0-9]{12}$/);
  });

  it.each([
    ['X-Goog-Upload-Protocol: raw', '/upload/v1beta/files', { 'x-goog-upload-protocol': 'raw' }],
    ['uploadType=media', '/upload/v1/files?uploadType=media', {}],
    ['the resumable path', '/resumable/upload/v1beta/files?uploadType=media', {}],
  ])('takes the bare file by %s', async (_, path, headers) => {
    await using emulator = await startEmulator();
    const init = { method: 'POST', headers: { ...KEY, ...headers, 'content-type': 'image/png' }, body: 'abc' };
    expect(fileOf((await callerOf(emulator)(path, init)).text)).toMatchObject({ mimeType: 'image/png', sizeBytes: '3' });
  });

  it('takes a file of no bytes, and one of metadata alone', async () => {
    await using emulator = await startEmulator();
    const call = callerOf(emulator);
    const raw = await call('/upload/v1beta/files?uploadType=media', { method: 'POST', headers: KEY, body: '' });
    expect(fileOf(raw.text)).toMatchObject({ sizeBytes: '0', sha256Hash: expect.stringMatching(/^ZTNi/) });
    const bare = await call('/v1beta/files', { method: 'POST', headers: KEY, body: '{"file":{"name":"files/a"}}' });
    expect(fileOf(bare.text)).toMatchObject({ name: 'files/a', sizeBytes: '0' });
    const second = await call('/v1beta/files', { method: 'POST', headers: KEY, body: '{"file":{"name":"files/a"}}' });
    expect(JSON.parse(second.text).error).toMatchObject({ code: 409, status: 'ALREADY_EXISTS' });
  });

  it.each(['Abc', '-a', 'a-', 'a_b', 'x'.repeat(41)])('refuses the name %s', async (name) => {
    await using emulator = await startEmulator();
    const init = { method: 'POST', headers: KEY, body: JSON.stringify({ file: { name: `files/${name}` } }) };
    expect((await callerOf(emulator)('/v1beta/files', init)).status).toBe(400);
  });
});
