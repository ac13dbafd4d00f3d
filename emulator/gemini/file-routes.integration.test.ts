import { describe, expect, it } from 'vitest';
import type { GeminiEmulator } from './gemini-emulator.ts';
import { createHeldClock, KEY, startEmulator } from './testing.ts';

const ACCOUNTS = [
  { name: 'ada', apiKeys: ['ada-1', 'ada-2'], sessionSecret: 'ada-session' },
  { name: 'bob', apiKeys: ['bob'] },
];

async function json(emulator: GeminiEmulator, method: string, path: string, headers: Record<string, string> = KEY) {
  const answer = await fetch(`${emulator.url}${path}`, { method, headers });
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}

async function upload(emulator: GeminiEmulator, headers: Record<string, string> = KEY, type = 'text/plain'): Promise<string> {
  const init = { method: 'POST', headers: { ...headers, 'content-type': type }, body: 'abc' };
  const answer = await fetch(`${emulator.url}/upload/v1beta/files?uploadType=media`, init);
  return JSON.parse(await answer.text()).file.name;
}

describe('files', () => {
  it('are listed in pages, the newest first', async () => {
    await using emulator = await startEmulator();
    expect((await json(emulator, 'GET', '/v1beta/files')).body).toEqual({});
    const names: string[] = [];
    for (let count = 0; count < 12; count += 1) names.unshift(await upload(emulator));
    const first = await json(emulator, 'GET', '/v1beta/files');
    expect(first.body.files.map((file: { name: string }) => file.name)).toEqual(names.slice(0, 10));
    await json(emulator, 'DELETE', `/v1beta/${names[9]}`);
    const second = await json(emulator, 'GET', `/v1beta/files?pageToken=${first.body.nextPageToken}`);
    expect(second.body.files.map((file: { name: string }) => file.name)).toEqual(names.slice(10));
    expect(second.body.nextPageToken).toBeUndefined();
    expect((await json(emulator, 'GET', '/v1beta/files?pageToken=x')).status).toBe(400);
  });

  it('are got, downloaded and deleted', async () => {
    await using emulator = await startEmulator();
    const name = await upload(emulator);
    expect((await json(emulator, 'GET', `/v1/${name}`)).body).toMatchObject({ name, sizeBytes: '3', state: 'ACTIVE' });
    const download = await fetch(`${emulator.url}/v1beta/${name}:download?alt=media`, { headers: KEY });
    expect([download.headers.get('content-type'), await download.text()]).toEqual(['text/plain', 'abc']);
    expect(await json(emulator, 'DELETE', `/v1beta/${name}`)).toEqual({ status: 200, body: {} });
    expect((await json(emulator, 'GET', `/v1beta/${name}`)).body.error).toEqual({
      code: 403,
      message: `You do not have permission to access the File ${name.slice(6)} or it may not exist.`,
      status: 'PERMISSION_DENIED',
    });
  });

  it('belong to an account, whichever of its credentials is used', async () => {
    await using emulator = await startEmulator({ accounts: ACCOUNTS });
    const name = await upload(emulator, { 'x-goog-api-key': 'ada-1' });
    expect((await json(emulator, 'GET', `/v1beta/${name}`, { 'x-goog-api-key': 'ada-2' })).status).toBe(200);
    expect((await json(emulator, 'GET', `/v1beta/${name}`, { 'x-emulator-session': 'ada-session' })).status).toBe(200);
    for (const method of ['GET', 'DELETE']) {
      expect((await json(emulator, method, `/v1beta/${name}`, { 'x-goog-api-key': 'bob' })).status).toBe(403);
    }
    expect((await json(emulator, 'GET', '/v1beta/files', { 'x-goog-api-key': 'bob' })).body).toEqual({});
  });

  it('are processed for a while if they are videos, and expire after two days', async () => {
    const clock = createHeldClock();
    await using emulator = await startEmulator({ clock });
    const name = await upload(emulator, KEY, 'video/mp4');
    expect((await json(emulator, 'GET', `/v1beta/${name}`)).body.state).toBe('PROCESSING');
    clock.advance(1000);
    expect((await json(emulator, 'GET', `/v1beta/${name}`)).body).toMatchObject({
      state: 'ACTIVE',
      videoMetadata: { videoDuration: '10s' },
    });
    clock.advance(48 * 3_600_000 - 1000);
    expect((await json(emulator, 'GET', `/v1beta/${name}`)).status).toBe(403);
    expect((await json(emulator, 'GET', '/v1beta/files')).body).toEqual({});
  });
});
