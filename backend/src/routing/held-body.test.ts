import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { HeldBody, maxHeldMemoryBytes } from './held-body.ts';

async function readAll(body: HeldBody): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body.read()) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Appends as a client does that stops when it is told to. */
async function fill(bytes: Uint8Array<ArrayBuffer>, pieceBytes: number): Promise<{ body: HeldBody; pauses: number }> {
  let pause = Promise.withResolvers<void>();
  const body = new HeldBody(tmpdir(), () => pause.resolve());
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
    ['as large as the memory for it', maxHeldMemoryBytes, 0],
    ['larger', 5 * maxHeldMemoryBytes + 7, 4],
  ])('that is %s is read as it came', async (_, byteCount, pauses) => {
    const bytes = new Uint8Array(byteCount).map((_value, index) => (index * 31) >> 3);
    const filled = await fill(bytes, 64 * 1024);
    expect(filled.body.byteCount).toBe(byteCount);
    expect((await readAll(filled.body)).equals(bytes)).toBe(true);
    expect(filled.pauses).toBeGreaterThanOrEqual(pauses);
    filled.body.dispose();
    filled.body.dispose();
  });

  it('can be read twice', async () => {
    const { body } = await fill(new Uint8Array(2 * maxHeldMemoryBytes).fill(7), 64 * 1024);
    expect((await readAll(body)).equals(await readAll(body))).toBe(true);
    body.dispose();
  });

  it('says so when it cannot be kept', async () => {
    const isWritten = Promise.withResolvers<void>();
    const body = new HeldBody('/dev/null/nowhere', isWritten.resolve);
    body.append(new Uint8Array(maxHeldMemoryBytes + 1));
    await isWritten.promise;
    await expect(body.whole()).rejects.toThrow('ENOTDIR');
    body.dispose();
  });
});
