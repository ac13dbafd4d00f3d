import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FakeClock } from '@gemini-proxy/protocol/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callOf, createUpstream, createWorld, type Failure, headerOf, startUploads, type World } from './testing.ts';
import type { Uploads } from './uploads.ts';

const files = '/upload/v1beta/files';
const granule = 256 * 1024;

async function begin(uploads: Uploads): Promise<string> {
  const answer = await uploads.handle(callOf(`${files}?uploadType=resumable`, []));
  return (headerOf(answer, 'location') ?? '').replace('http://here', '');
}

/** The first bytes of a body that then stops. */
async function* stalling(first: Uint8Array<ArrayBuffer>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  yield first;
  await new Promise(() => {});
}

async function* breaking(pieces: readonly Uint8Array<ArrayBuffer>[]): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  yield* pieces;
  throw new Error('the connection broke');
}

function cut(bytes: Uint8Array<ArrayBuffer>, pieceBytes: number): Uint8Array<ArrayBuffer>[] {
  const count = Math.ceil(bytes.length / pieceBytes);
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes));
}

async function spooled(world: World): Promise<string[]> {
  return readdir(world.folder);
}

describe('uploads', () => {
  it('bring the same bytes upstream, however they are cut, whatever breaks, and wherever the process dies', {
    timeout: 60_000,
  }, async () => {
    const step = fc.record({
      kind: fc.constantFrom('chunk', 'break', 'crash', 'query'),
      granules: fc.integer({ min: 1, max: 3 }),
      brokenBytes: fc.integer({ min: 0, max: 3 * granule }),
      pieceBytes: fc.constantFrom(1_000, 65_536, 300_000),
    });
    const failures = fc.array(fc.option(fc.constantFrom<Failure>('before', 'after'), { nil: undefined }), { maxLength: 4 });
    const script = fc.record({
      byteCount: fc.integer({ min: 0, max: 5 * granule }),
      steps: fc.array(step, { maxLength: 8 }),
      failures,
    });
    await fc.assert(
      fc.asyncProperty(script, async ({ byteCount, steps, failures: scripted }) => {
        await using world = await createWorld();
        const bytes = Uint8Array.from({ length: byteCount }, (_, index) => (index * 7 + (index >> 12)) & 0xff);
        const upstream = createUpstream([...scripted]);
        const processes = [await startUploads(world, upstream)];
        const now = () => processes.at(-1) ?? expect.unreachable();
        const path = await begin(now());
        let offset = 0;
        let acknowledged = 0;
        const put = (from: number, to: number, pieces: AsyncIterable<Uint8Array<ArrayBuffer>>) => {
          const total = to === byteCount ? byteCount : '*';
          const range = to === from ? `bytes */${byteCount}` : `bytes ${from}-${to - 1}/${total}`;
          return now().handle(callOf(path, [['content-range', range]], pieces));
        };
        const ask = async () => {
          const answer = await now().handle(callOf(path, [['content-range', 'bytes */*']]));
          expect(answer?.status).toBe(308);
          offset = Number(headerOf(answer, 'range')?.split('-')[1] ?? -1) + 1;
          expect(offset).toBeGreaterThanOrEqual(acknowledged);
          acknowledged = offset;
        };
        for (const { kind, granules, brokenBytes, pieceBytes } of steps) {
          const end = offset + granules * granule;
          if (kind === 'query') await ask();
          else if (kind === 'chunk' && end < byteCount) {
            const answer = await put(offset, end, breakless(cut(bytes.subarray(offset, end), pieceBytes)));
            expect(answer?.status).toBe(308);
            offset = end;
            acknowledged = end;
          } else if (kind === 'break') {
            const partEnd = Math.min(offset + brokenBytes, byteCount);
            if (partEnd === offset) continue;
            await put(offset, byteCount, breaking(cut(bytes.subarray(offset, partEnd), pieceBytes)));
            if (granules > 1) await ask();
          } else if (kind === 'crash') {
            const partEnd = Math.min(offset + brokenBytes, byteCount);
            if (partEnd > offset) {
              const pieces = stalling(bytes.subarray(offset, partEnd));
              void put(offset, byteCount, pieces);
              await new Promise((resolve) => setImmediate(resolve));
            }
            processes.push(await startUploads(world, upstream));
            await ask();
          }
        }
        const last = await put(offset, byteCount, breakless(cut(bytes.subarray(offset), 65_536)));
        expect([last?.status, headerOf(last, 'x-goog-upload-status')]).toEqual([200, 'final']);
        expect(upstream.files.map((file) => file.equals(bytes))).toEqual([true]);
        expect(await spooled(world)).toEqual([]);
        for (const uploads of processes) await uploads.destroy();
      }),
      { numRuns: 40, interruptAfterTimeLimit: 20_000 },
    );
  });

  it('end a chunk whose client says nothing any more, and keep what is whole', async () => {
    await using world = await createWorld();
    const clock = new FakeClock();
    const uploads = await startUploads(world, { clock });
    const path = await begin(uploads);
    const chunk = uploads.handle(callOf(path, [['content-range', 'bytes 0-999999/1000000']], stalling(new Uint8Array(300_000))));
    await expect.poll(() => uploads.debugState().writing).toBe(1);
    await expect.poll(() => clock.timers).toBe(2);
    clock.advance(60_000);
    const answer = await chunk;
    expect([answer?.status, answer?.failure?.reason]).toEqual([408, 'REQUEST_TIMEOUT']);
    expect([granule, 0].map(String)).toContain(headerOf(answer, 'x-goog-upload-size-received'));
    await uploads.destroy();
    expect(clock.timers).toBe(0);
  });

  it('are forgotten when nobody goes on with them, and their answers later', async () => {
    await using world = await createWorld();
    const clock = new FakeClock();
    const uploads = await startUploads(world, { clock });
    const stale = await begin(uploads);
    const done = await begin(uploads);
    await uploads.handle(callOf(done, [['content-range', 'bytes */0']]));
    expect(uploads.debugState()).toEqual({ sessions: 1, writing: 0, sending: 0 });
    world.nowMs += 3_600_001;
    clock.advance(60_000);
    await expect.poll(() => world.records.saved.size).toBe(0);
    await expect.poll(() => spooled(world)).toEqual([]);
    for (const path of [stale, done]) expect((await uploads.handle(callOf(path, [])))?.status).toBe(404);
    await uploads.destroy();
  });

  it('leave no bytes behind that belong to nobody, but touch none that are new', async () => {
    await using world = await createWorld();
    await mkdir(world.folder, { recursive: true });
    for (const name of ['old', 'new']) await writeFile(join(world.folder, name), 'bytes');
    await utimes(join(world.folder, 'old'), 0, 0);
    world.nowMs = Date.now();
    await (await startUploads(world)).destroy();
    expect(await spooled(world)).toEqual(['new']);
  });

  it('do not go on where their bytes are gone', async () => {
    await using world = await createWorld();
    const first = await startUploads(world);
    const path = await begin(first);
    await first.handle(callOf(path, [['content-range', `bytes 0-${granule - 1}/*`]], new Uint8Array(granule)));
    await first.destroy();
    await writeFile(join(world.folder, (await spooled(world))[0] ?? ''), 'short');
    const second = await startUploads(world);
    expect((await second.handle(callOf(path, [['content-range', 'bytes */*']])))?.status).toBe(404);
    expect(await spooled(world)).toEqual([]);
    await second.destroy();
  });

  it('are refused while the gateway stops', async () => {
    await using world = await createWorld();
    const uploads = await startUploads(world);
    await uploads.destroy();
    expect((await uploads.handle(callOf(`${files}?uploadType=resumable`, [])))?.failure?.reason).toBe('SHUTTING_DOWN');
  });

  it('give up a sending when the worker is lost too often, and try again when they are asked', async () => {
    await using world = await createWorld();
    const upstream = createUpstream(Array.from({ length: 6 }, () => 'before'));
    const uploads = await startUploads(world, upstream);
    const path = await begin(uploads);
    const refused = await uploads.handle(callOf(path, [], Buffer.from('hello')));
    expect([refused?.status, refused?.failure?.reason, headerOf(refused, 'x-goog-upload-status')]).toEqual([
      502,
      'WORKER_LOST',
      'active',
    ]);
    const answer = await uploads.handle(callOf(path, [], Buffer.from('hello')));
    expect(answer?.status).toBe(200);
    expect(upstream.files).toEqual([Buffer.from('hello')]);
    await uploads.destroy();
  });
});

async function* breakless(pieces: readonly Uint8Array<ArrayBuffer>[]): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  yield* pieces;
}
