import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FakeClock } from '@gemini-proxy/protocol/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  callOf,
  crash,
  createUpstream,
  createWorld,
  type Failure,
  headerOf,
  mortal,
  startUploads,
  type World,
} from './testing.ts';
import type { Uploads } from './uploads.ts';

const files = '/upload/v1beta/files';
const granule = 256 * 1024;
const runs = Number(process.env.UPLOAD_RUNS ?? 40);

async function begin(uploads: Uploads): Promise<string> {
  const answer = await uploads.handle(callOf(`${files}?uploadType=resumable`, []));
  return (headerOf(answer, 'location') ?? '').replace('http://here', '');
}

/** The first pieces of a body that then stops. */
async function* stalling(pieces: readonly Uint8Array<ArrayBuffer>[]): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  yield* pieces;
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

async function someTurns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function spooled(world: World): Promise<string[]> {
  return readdir(world.folder);
}

describe('uploads', () => {
  it('bring the same bytes upstream, however they are cut, whatever breaks, and wherever the process dies', {
    timeout: runs * 1_500,
  }, async () => {
    const step = fc.record({
      kind: fc.constantFrom('chunk', 'break', 'crash', 'retry', 'again', 'query'),
      granules: fc.integer({ min: 1, max: 3 }),
      brokenBytes: fc.integer({ min: 0, max: 5 * granule }),
      pieceBytes: fc.constantFrom(1_000, 65_536, 300_000),
      turns: fc.integer({ min: 0, max: 40 }),
    });
    const failures = fc.array(fc.option(fc.constantFrom<Failure>('before', 'after'), { nil: undefined }), { maxLength: 4 });
    const script = fc.record({
      byteCount: fc.integer({ min: 0, max: 5 * granule }),
      steps: fc.array(step, { maxLength: 8 }),
      failures,
      isSentTwice: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(script, async ({ byteCount, steps, failures: scripted, isSentTwice }) => {
        const bytes = Uint8Array.from({ length: byteCount }, (_, index) => (index * 7 + (index >> 12)) & 0xff);
        const upstream = createUpstream([...scripted]);
        await using processes = new AsyncDisposableStack();
        const start = async (world: World) => {
          const { call, die } = mortal(upstream.call);
          const uploads = await startUploads(world, { call });
          processes.defer(() => world[Symbol.asyncDispose]());
          processes.defer(() => uploads.destroy());
          return { world, uploads, die };
        };
        let now = await start(await createWorld());
        const path = await begin(now.uploads);
        let offset = 0;
        let acknowledged = 0;
        const put = (from: number, to: number, pieces: AsyncIterable<Uint8Array<ArrayBuffer>>) => {
          const total = to === byteCount ? byteCount : '*';
          const range = to === from ? `bytes */${byteCount}` : `bytes ${from}-${to - 1}/${total}`;
          return now.uploads.handle(callOf(path, [['content-range', range]], pieces));
        };
        /** Resolves with whether the upload goes on. */
        const ask = async () => {
          const answer = await now.uploads.handle(callOf(path, [['content-range', 'bytes */*']]));
          if (answer?.status === 200) return false;
          expect(answer?.status).toBe(308);
          offset = Number(headerOf(answer, 'range')?.split('-')[1] ?? -1) + 1;
          expect(offset).toBeGreaterThanOrEqual(acknowledged);
          acknowledged = offset;
          return true;
        };
        const isGoingOn = async ({
          kind,
          granules,
          brokenBytes,
          pieceBytes,
          turns,
        }: typeof step extends fc.Arbitrary<infer Step> ? Step : never) => {
          const end = offset + granules * granule;
          const partEnd = Math.min(offset + brokenBytes, byteCount);
          if (kind === 'query') return ask();
          if (kind === 'chunk' && end < byteCount) {
            const answer = await put(offset, end, breakless(cut(bytes.subarray(offset, end), pieceBytes)));
            expect(answer?.status).toBe(308);
            offset = end;
            acknowledged = end;
          } else if (kind === 'again' && end < byteCount) {
            // The connection is lost, which is not seen here yet when the client sends the chunk over another one.
            if (partEnd > offset) void put(offset, byteCount, stalling(cut(bytes.subarray(offset, partEnd), pieceBytes)));
            await someTurns(turns);
            const answer = await put(offset, end, breakless(cut(bytes.subarray(offset, end), pieceBytes)));
            expect(answer?.status).toBe(308);
            offset = end;
            acknowledged = end;
          } else if (kind === 'break' && partEnd > offset) {
            await put(offset, byteCount, breaking(cut(bytes.subarray(offset, partEnd), pieceBytes)));
            if (granules > 1) return ask();
          } else if (kind === 'crash' || kind === 'retry') {
            // Whole where the part reaches the end; then the process dies, or the client comes back, while the file is sent.
            const pieces = cut(bytes.subarray(offset, partEnd), pieceBytes);
            const body = partEnd === byteCount ? breakless(pieces) : stalling(pieces);
            if (partEnd > offset) void put(offset, byteCount, body);
            await someTurns(turns);
            if (kind === 'crash') {
              now.die();
              now = await start(crash(now.world));
            }
            return ask();
          }
          return true;
        };
        let goesOn = true;
        for (const each of steps) goesOn = goesOn && (await isGoingOn(each));
        if (goesOn) {
          const rest = () => put(offset, byteCount, breakless(cut(bytes.subarray(offset), 65_536)));
          if (isSentTwice) void rest();
          const last = await rest();
          expect([last?.status, headerOf(last, 'x-goog-upload-status')]).toEqual([200, 'final']);
        }
        expect(upstream.files.map((file) => file.equals(bytes))).toEqual([true]);
        expect(await spooled(now.world)).toEqual([]);
      }),
      { numRuns: runs, interruptAfterTimeLimit: runs * 500 },
    );
  });

  it('end a chunk whose client says nothing any more, and keep what is whole', async () => {
    await using world = await createWorld();
    const clock = new FakeClock();
    const uploads = await startUploads(world, { clock });
    const path = await begin(uploads);
    const chunk = uploads.handle(
      callOf(path, [['content-range', 'bytes 0-999999/1000000']], stalling([new Uint8Array(300_000)])),
    );
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

  it('keep metadata and answers in memory of their own, and nothing that is larger alive by them', async () => {
    await using world = await createWorld();
    const uploads = await startUploads(world);
    const metadata = Buffer.from('{"file":{"displayName":"small"}}');
    const start = await uploads.handle(callOf(`${files}?uploadType=resumable`, [], metadata));
    const path = (headerOf(start, 'location') ?? '').replace('http://here', '');
    await uploads.handle(callOf(path, [['content-range', 'bytes */0']]));
    const [record] = world.records.saved.values();
    expect(Buffer.from(record?.metadata ?? []).toString()).toBe(String(metadata));
    for (const bytes of [record?.metadata, record?.answer?.body]) expect(bytes?.buffer.byteLength).toBe(bytes?.byteLength);
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

  it('begin once and go in one request where the address is kept back, by a restarted gateway too', async () => {
    await using world = await createWorld();
    const upstream = createUpstream([], { hidesAddress: true });
    const first = await startUploads(world, upstream);
    const path = await begin(first);
    await first.destroy();
    const second = await startUploads(world, upstream);
    const answer = await second.handle(callOf(path, [], Buffer.from('hello')));
    expect(answer?.status).toBe(200);
    expect(upstream.calls).toEqual(['start', 'multipart']);
    expect(upstream.files.map(String)).toEqual([expect.stringMatching(/^--gemini-proxy-.*\{\}.*\r\n\r\nhello\r\n--/s)]);
    await second.destroy();
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
