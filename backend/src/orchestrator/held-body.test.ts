import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { HeldBody } from './held-body.ts';
import { countOpenFiles } from './testing.ts';

const maxMemoryBytes = 1024 * 1024;
const folder = mkdtempSync(join(tmpdir(), 'held-body-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function readAll(body: HeldBody): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body.read()) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Bytes that differ from their neighbours. */
const sample = (byteCount: number) => new Uint8Array(byteCount).map((_value, index) => (index * 31) >> 3);

/** Appends as a client does that stops when it is told to. */
async function fill(bytes: Uint8Array<ArrayBuffer>, pieceBytes: number): Promise<{ body: HeldBody; pauses: number }> {
  let pause = Promise.withResolvers<void>();
  const body = new HeldBody({ folder, maxMemoryBytes, onWritten: () => pause.resolve() });
  let pauses = 0;
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    if (body.append(bytes.slice(start, start + pieceBytes))) continue;
    pauses += 1;
    await pause.promise;
    pause = Promise.withResolvers();
  }
  await body.whole();
  return { body, pauses };
}

describe('a held body', () => {
  it.each([
    ['empty', 0, 0],
    ['small', 1000, 0],
    ['as large as the memory for it', maxMemoryBytes, 0],
    ['larger', 5 * maxMemoryBytes + 7, 4],
  ])('that is %s is read as it came', async (_, byteCount, pauses) => {
    const bytes = sample(byteCount);
    const filled = await fill(bytes, 64 * 1024);
    expect(filled.body.byteCount).toBe(byteCount);
    expect((await readAll(filled.body)).equals(bytes)).toBe(true);
    expect(filled.pauses).toBeGreaterThanOrEqual(pauses);
    filled.body.dispose();
    filled.body.dispose();
  });

  it('can be read twice', async () => {
    const { body } = await fill(sample(2 * maxMemoryBytes), 64 * 1024);
    expect((await readAll(body)).equals(await readAll(body))).toBe(true);
    body.dispose();
  });

  it.each([0, 100, 1000])('is read with what comes meanwhile, from memory of %i bytes and from the file', async (memoryBytes) => {
    const bytes = sample(20_000);
    const body = new HeldBody({ folder, maxMemoryBytes: memoryBytes, onWritten() {} });
    let appended = 0;
    const append = (byteCount: number) => {
      body.append(bytes.slice(appended, appended + byteCount));
      appended += byteCount;
    };
    append(250);
    const pieces: Uint8Array[] = [];
    for await (const piece of body.read()) {
      pieces.push(piece);
      for (const byteCount of [7, 0, 90, 153]) if (appended < bytes.length) append(byteCount);
    }
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    body.dispose();
  });

  it('has no name, and no file when it is disposed of, be it in mid-write', async () => {
    const { body } = await fill(sample(2 * maxMemoryBytes), 64 * 1024);
    expect(readdirSync(folder)).toEqual([]);
    expect(countOpenFiles(folder)).toBe(1);
    body.append(sample(2 * maxMemoryBytes));
    expect(body.isWriting).toBe(true);
    body.dispose();
    await expect.poll(() => countOpenFiles(folder)).toBe(0);
  });

  it('says so when it cannot be kept, and is only counted from then on', async () => {
    const isWritten = Promise.withResolvers<void>();
    const body = new HeldBody({ folder: '/dev/null/nowhere', maxMemoryBytes: 10, onWritten: isWritten.resolve });
    expect(body.append(sample(11))).toBe(false);
    await isWritten.promise;
    await expect(body.whole()).rejects.toThrow('ENOTDIR');
    await expect(readAll(body)).rejects.toThrow('ENOTDIR');
    expect(body.append(sample(100))).toBe(true);
    expect([body.failure?.message, body.byteCount]).toEqual([expect.stringContaining('ENOTDIR'), 111]);
    body.dispose();
  });
});
