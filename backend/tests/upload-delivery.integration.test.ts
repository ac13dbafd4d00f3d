import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSqliteStore } from '../src/index.ts';
import { expectBaseline } from './baseline.ts';
import { fileOf, receivedBytes, startEmulated } from './start-emulated-uploads.ts';
import { command, mebibyte, sha256HashOf, startUpload, withKey } from './start-upload-stack.ts';
import { createTemporaryFolder } from './temporary-folder.ts';
import type { Intervention } from './upstream-proxy.ts';

describe('the way to the Gemini API', () => {
  it('goes on where it was cut', async () => {
    const cuts: Intervention[] = [{ cutAfterBytes: 3 * mebibyte }, { loseAnswer: true }];
    await using stack = await startEmulated({
      intervene: (name) => (/ upload(, finalize)?$/.test(name) ? cuts.shift() : undefined),
    });
    const bytes = randomBytes(20 * mebibyte);
    const url = await startUpload(stack.url, { bytes: bytes.length });
    const file = await fileOf(stack, await command(url, 'upload, finalize', { offset: 0, body: bytes }));
    expect(file.sha256Hash).toBe(sha256HashOf(bytes));
    expect(stack.upstream.seen.filter((name) => name.endsWith('start'))).toHaveLength(1);
    expect(cuts).toEqual([]);
  });

  it('finds an upload complete whose answer was lost', async () => {
    let isLost = false;
    const lose = (name: string) => {
      if (isLost || !name.endsWith('finalize')) return undefined;
      isLost = true;
      return { loseAnswer: true };
    };
    await using stack = await startEmulated({ intervene: lose });
    const url = await startUpload(stack.url);
    await fileOf(stack, await command(url, 'upload, finalize', { offset: 0, body: 'hello' }));
    expect(stack.upstream.seen.map((name) => name.split(' ').slice(2).join(' '))).toEqual([
      'start',
      'query',
      'upload, finalize',
      'query',
    ]);
  });

  it('takes another worker of the account when one is lost', async () => {
    const held = Promise.withResolvers<void>();
    let isHeld = false;
    const holdSecond = (name: string) => {
      if (isHeld || !name.endsWith('upload, finalize')) return undefined;
      isHeld = true;
      return { wait: held.promise };
    };
    await using stack = await startEmulated({ intervene: holdSecond, workers: 0 });
    const first = await stack.startWorker('first');
    const url = await startUpload(stack.url);
    const bytes = randomBytes(10 * mebibyte);
    const answer = command(url, 'upload, finalize', { offset: 0, body: bytes });
    await expect.poll(() => isHeld, { timeout: 20_000 }).toBe(true);
    await stack.startWorker('second');
    await first[Symbol.asyncDispose]();
    held.resolve();
    expect((await fileOf(stack, await answer)).sha256Hash).toBe(sha256HashOf(bytes));
    expect(stack.upstream.seen.filter((name) => name.endsWith('start'))).toHaveLength(1);
  });

  it('begins anew with another account when the one that began stays away', async () => {
    const held = Promise.withResolvers<void>();
    let isHeld = false;
    const holdFirst = (name: string) => {
      if (isHeld || !name.endsWith('upload, finalize')) return undefined;
      isHeld = true;
      return { wait: held.promise, loseAnswer: true };
    };
    await using stack = await startEmulated({ intervene: holdFirst, workers: 0 });
    const anna = await stack.startWorker('anna', { account: 'anna' });
    const url = await startUpload(stack.url);
    const answer = command(url, 'upload, finalize', { offset: 0, body: 'hello' });
    await expect.poll(() => isHeld).toBe(true);
    await stack.startWorker('berta', { account: 'berta' });
    await anna[Symbol.asyncDispose]();
    held.resolve();
    await fileOf(stack, await answer);
    expect(stack.upstream.seen.filter((name) => name.endsWith('start'))).toHaveLength(2);
  });

  it('waits for a worker', async () => {
    await using stack = await startEmulated({ workers: 0 });
    const url = await startUpload(stack.url);
    const answer = command(url, 'upload, finalize', { offset: 0, body: 'hello' });
    await expect.poll(() => stack.gateway.debugState().uploads.sending).toBe(1);
    await stack.startWorker('late');
    await fileOf(stack, await answer);
  });

  it('is one multipart request where the upload address does not come through', async () => {
    const hideHeaders = ['x-goog-upload-url', 'x-goog-upload-control-url', 'x-goog-upload-status'];
    await using stack = await startEmulated({ intervene: () => ({ hideHeaders }) });
    const bytes = randomBytes(9 * mebibyte);
    const url = await startUpload(stack.url, { type: 'image/png', metadata: { file: { displayName: 'd' } } });
    const file = await fileOf(stack, await command(url, 'upload, finalize', { offset: 0, body: bytes }));
    expect(file).toMatchObject({ displayName: 'd', mimeType: 'image/png', sha256Hash: sha256HashOf(bytes) });
  });

  it('brings an error of the start untouched, and nothing is left', async () => {
    for (const status of [400, 429]) {
      const body = '{\n  "error": {"code": 400, "message": "No."}\n}\n';
      const answer = { status, headers: { 'content-type': 'application/json', 'x-odd': '1' }, body };
      await using stack = await startEmulated({ intervene: (name) => (name.endsWith('start') ? { answer } : undefined) });
      const refused = await fetch(`${stack.url}/upload/v1beta/files`, {
        method: 'POST',
        headers: { ...withKey, 'x-goog-upload-protocol': 'resumable', 'x-goog-upload-command': 'start' },
      });
      expect([refused.status, refused.headers.get('x-odd'), await refused.text()]).toEqual([status, '1', body]);
      expect(refused.headers.get('x-goog-upload-status')).toBe('final');
      await expectBaseline(stack.gateway);
    }
  });

  it('brings an error of the end untouched, and keeps it', async () => {
    const answer = { status: 400, headers: { 'x-odd': '1' }, body: 'no' };
    await using stack = await startEmulated({ intervene: (name) => (name.endsWith('finalize') ? { answer } : undefined) });
    const url = await startUpload(stack.url);
    for (let index = 0; index < 2; index += 1) {
      const refused = await command(url, 'upload, finalize', { offset: 0, body: 'hello' });
      expect([refused.status, refused.headers.get('x-odd'), await refused.text()]).toEqual([400, '1', 'no']);
      expect(refused.headers.get('x-goog-upload-status')).toBe('final');
    }
    expect(stack.upstream.seen.filter((name) => name.endsWith('finalize'))).toHaveLength(1);
    await expectBaseline(stack.gateway);
  });

  it('brings a 429 untouched, and may be tried again', async () => {
    const answers = [{ answer: { status: 429, headers: { 'x-odd': '1' }, body: 'slow down' } }];
    await using stack = await startEmulated({ intervene: (name) => (name.endsWith('finalize') ? answers.shift() : undefined) });
    const url = await startUpload(stack.url);
    const refused = await command(url, 'upload, finalize', { offset: 0, body: 'hello' });
    expect([refused.status, refused.headers.get('x-odd'), await refused.text()]).toEqual([429, '1', 'slow down']);
    expect(refused.headers.get('x-goog-upload-status')).toBe('active');
    await fileOf(stack, await command(url, 'finalize'));
  });

  it('is cancelled there, too', async () => {
    await using stack = await startEmulated();
    const given = await startUpload(stack.url);
    await (await command(given, 'cancel')).text();
    const short = await startUpload(stack.url, { bytes: 10 });
    await (await command(short, 'upload, finalize', { offset: 0, body: 'x' })).text();
    expect(stack.emulator.debugState().openUploads).toBe(0);
    await expectBaseline(stack.gateway);
  });
});

describe('the spool', () => {
  it('has a quota, which frees itself', async () => {
    await using stack = await startEmulated({ gateway: { maxSpoolBytes: 10 * mebibyte } });
    const url = await startUpload(stack.url, { bytes: 8 * mebibyte });
    await expect(startUpload(stack.url, { bytes: 3 * mebibyte })).rejects.toThrow(/503.*SPOOL_FULL/s);
    const open = await startUpload(stack.url);
    const full = await command(open, 'upload, finalize', { offset: 0, body: new Uint8Array(3 * mebibyte) });
    expect([full.status, full.headers.get('x-goog-upload-status'), full.headers.get('retry-after')]).toEqual([
      503,
      'active',
      '5',
    ]);
    expect(await full.text()).toContain('--max-spool');
    await (await command(url, 'upload, finalize', { offset: 0, body: new Uint8Array(8 * mebibyte) })).text();
    await fileOf(stack, await command(open, 'upload, finalize', { offset: 0, body: new Uint8Array(3 * mebibyte) }));
  });

  it('goes on after a restart of the gateway', async () => {
    await using folder = await createTemporaryFolder();
    using store = openSqliteStore(join(folder.path, 'x.sqlite'));
    const gateway = { dataFolder: folder.path };
    const bytes = randomBytes(20 * mebibyte);
    let path: string;
    {
      await using stack = await startEmulated({ gateway, store, workers: 0 });
      const url = await startUpload(stack.url, { bytes: bytes.length });
      await command(url, 'upload', { offset: 0, body: bytes.subarray(0, 8 * mebibyte) });
      path = url.slice(stack.url.length);
    }
    await using stack = await startEmulated({ gateway, store });
    const url = stack.url + path;
    expect(await receivedBytes(url)).toBe(8 * mebibyte);
    const rest = bytes.subarray(8 * mebibyte);
    const file = await fileOf(stack, await command(url, 'upload, finalize', { offset: 8 * mebibyte, body: rest }));
    expect(file.sha256Hash).toBe(sha256HashOf(bytes));
    expect(await readdir(join(folder.path, 'spool'))).toEqual([]);
  });
});
