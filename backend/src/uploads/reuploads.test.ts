import { readdir } from 'node:fs/promises';
import { FakeClock } from '@gemini-proxy/protocol/testing';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../errors.ts';
import type { Call, CallAnswer } from '../orchestrator/internal-call.ts';
import type { ResourceRecord } from '../store/store.ts';
import { Reuploads } from './reuploads.ts';
import { Spool } from './spool.ts';
import { crash, createWorld, keptIn, type World } from './testing.ts';
import type { UploadRecord } from './upload-record.ts';

const turn = () => new Promise(setImmediate);

function recordOf(id: string, bytes: number): UploadRecord {
  return {
    id,
    dialect: 'command',
    target: '/upload/v1beta/files',
    contentType: 'text/plain',
    fileName: undefined,
    declaredBytes: bytes,
    metadata: Buffer.from('{"file":{"name":"files/mine","displayName":"d"}}'),
    state: 'received',
    createdAtMs: 0,
    touchedAtMs: 0,
    acknowledgedBytes: bytes,
    upstream: undefined,
    answer: undefined,
  };
}

function fileOf(name: string, state = 'ACTIVE', expiresAtMs: number | undefined = undefined): ResourceRecord {
  return { name, account: 'anna', kind: 'files', state, answer: undefined, answerPath: undefined, expiresAtMs };
}

/** Another account, which takes any file and calls it a copy. */
function start(world: World, spool: Spool, states: string[] = ['ACTIVE']) {
  const clock = new FakeClock();
  const kept = keptIn(world, spool);
  const calls: Call[] = [];
  const copies = new Set<string>();
  const received: string[] = [];
  let count = 0;
  const call = async (made: Call): Promise<CallAnswer> => {
    made.signal.throwIfAborted();
    calls.push(made);
    const command = made.headers.find(([name]) => name === 'x-goog-upload-command')?.[1];
    const answer = (headers: CallAnswer['headers']) => ({
      status: 200,
      headers,
      body: new Uint8Array(0),
      account: 'berta',
      workerId: 'w',
    });
    if (command === 'start') return answer([['x-goog-upload-url', 'https://up/upload/v1beta/files?upload_id=1']]);
    if (made.body !== undefined && !(made.body instanceof Uint8Array)) {
      const pieces: Uint8Array[] = [];
      for await (const piece of made.body.read()) pieces.push(piece);
      received.push(Buffer.concat(pieces).toString());
    }
    return answer([]);
  };
  const learn = (operation: string, path: string): ResourceRecord | undefined => {
    if (operation === 'files.delete') copies.delete(path.slice('/v1beta/'.length));
    else {
      if (operation === 'media.upload') {
        count += 1;
        copies.add(`files/copy${count}`);
      }
      return fileOf(`files/copy${count}`, states.length > 1 ? states.shift() : states[0]);
    }
    return undefined;
  };
  const ownerOf = (name: string) => (copies.has(name) ? 'berta' : undefined);
  const reuploads = new Reuploads({ kept, spool, call, clock, ownerOf, learn, onCopied: () => {} });
  return { kept, reuploads, calls, copies, received, clock };
}

async function keep(
  world: World,
  spool: Spool,
  kept: ReturnType<typeof start>['kept'],
  name: string,
  text: string,
  expiresAtMs?: number,
) {
  const id = `id-${name.slice('files/'.length)}`;
  await spool.create(id, 0);
  await spool.append(id, {
    offset: 0,
    pieces: (async function* () {
      yield Buffer.from(text);
    })(),
    onWritten: () => {},
  });
  world.nowMs += 1;
  expect(await kept.keep(recordOf(id, text.length), text.length, fileOf(name, 'ACTIVE', expiresAtMs))).toBe(true);
}

describe('a kept file', () => {
  it('is uploaded once for all who ask, without the name that the client chose, and its copy used again', async () => {
    await using world = await createWorld();
    const spool = new Spool({ folder: world.folder, maxBytes: 100 });
    const { kept, reuploads, calls, received } = start(world, spool);
    await keep(world, spool, kept, 'files/a', 'hello');
    expect([reuploads.canMove('files/a'), reuploads.canMove('files/b')]).toEqual([true, false]);
    const copies = await Promise.all([reuploads.copyAt('files/a', 'berta'), reuploads.copyAt('files/a', 'berta')]);
    expect(copies).toEqual(['files/copy1', 'files/copy1']);
    expect(received).toEqual(['hello']);
    expect(Buffer.from(calls[0]?.body instanceof Uint8Array ? calls[0].body : []).toString()).toBe(
      '{"file":{"displayName":"d"}}',
    );
    expect(reuploads.hasCopy('files/a', 'berta')).toBe(true);
    expect(await reuploads.copyAt('files/a', 'berta')).toBe('files/copy1');
    expect(received).toHaveLength(1);
  });

  it('is uploaded anew where its copy is gone', async () => {
    await using world = await createWorld();
    const spool = new Spool({ folder: world.folder, maxBytes: 100 });
    const { kept, reuploads, copies } = start(world, spool);
    await keep(world, spool, kept, 'files/a', 'hello');
    await reuploads.copyAt('files/a', 'berta');
    copies.clear();
    expect(await reuploads.copyAt('files/a', 'berta')).toBe('files/copy2');
  });

  it('is waited for until it is processed', async () => {
    await using world = await createWorld();
    const spool = new Spool({ folder: world.folder, maxBytes: 100 });
    const { kept, reuploads, clock, calls } = start(world, spool, ['PROCESSING', 'PROCESSING', 'ACTIVE']);
    await keep(world, spool, kept, 'files/a', 'hello');
    const copy = reuploads.copyAt('files/a', 'berta');
    for (let poll = 0; poll < 2; poll += 1) {
      await expect.poll(() => clock.timers).toBe(2);
      clock.advance(1_000);
      await turn();
    }
    expect(await copy).toBe('files/copy1');
    expect(calls.filter(({ method }) => method === 'GET')).toHaveLength(2);
    expect([clock.timers, reuploads.running]).toEqual([0, 0]);
  });

  it('is not waited for for ever, nor where it cannot be processed, nor by a gateway that stops', async () => {
    await using world = await createWorld();
    const spool = new Spool({ folder: world.folder, maxBytes: 100 });
    const slow = start(world, spool, ['PROCESSING']);
    await keep(world, spool, slow.kept, 'files/a', 'hello');
    const late = slow.reuploads.copyAt('files/a', 'berta');
    await expect.poll(() => slow.clock.timers).toBe(2);
    slow.clock.advance(600_000);
    await expect(late).rejects.toMatchObject({ reason: 'REUPLOAD_FAILED', message: expect.stringContaining('too long') });
    const stopped = slow.reuploads.copyAt('files/a', 'berta');
    slow.reuploads.destroy(new GatewayError('SHUTTING_DOWN', 'stopping'));
    await expect(stopped).rejects.toMatchObject({ reason: 'SHUTTING_DOWN' });
    const broken = start(world, spool, ['FAILED']);
    await broken.kept.recover(await new Spool({ folder: world.folder, maxBytes: 100 }).list());
    await expect(broken.reuploads.copyAt('files/a', 'berta')).rejects.toMatchObject({ reason: 'REUPLOAD_FAILED' });
  });

  it('goes with the file, and so do its copies', async () => {
    await using world = await createWorld();
    const spool = new Spool({ folder: world.folder, maxBytes: 100 });
    const { kept, reuploads, copies } = start(world, spool);
    await keep(world, spool, kept, 'files/a', 'hello');
    await reuploads.copyAt('files/a', 'berta');
    await reuploads.onDeleted('files/a');
    expect([reuploads.canMove('files/a'), copies.size, await readdir(world.folder)]).toEqual([false, 0, []]);
  });

  it('is there after the end of the process, as long as it is wanted and has not expired', async () => {
    await using world = await createWorld();
    const spool = new Spool({ folder: world.folder, maxBytes: 100 });
    const { kept } = start(world, spool);
    await keep(world, spool, kept, 'files/short', 'short', 2_000_000);
    await keep(world, spool, kept, 'files/long', 'long');
    await using next = crash(world);
    const nextSpool = new Spool({ folder: next.folder, maxBytes: 100 });
    const restarted = start(next, nextSpool);
    await restarted.kept.recover(await nextSpool.list());
    expect(restarted.kept.spoolFiles()).toEqual(new Set(['kept-id-short', 'kept-id-long']));
    expect(await restarted.reuploads.copyAt('files/long', 'berta')).toBe('files/copy1');
    expect(restarted.received).toEqual(['long']);
    next.nowMs = 2_000_000;
    await restarted.kept.sweep();
    expect([restarted.kept.has('files/short'), restarted.kept.has('files/long')]).toEqual([false, true]);
    next.nowMs += 48 * 3_600_000;
    expect(restarted.kept.has('files/long')).toBe(false);
    const off = keptIn(next, nextSpool, { isOn: false });
    await off.recover(await nextSpool.list());
    expect([next.keptFiles.all(), await readdir(next.folder)]).toEqual([[], []]);
  });

  it('gives way to an upload that needs its room', async () => {
    await using world = await createWorld();
    const spool = new Spool({ folder: world.folder, maxBytes: 10 });
    const { kept, reuploads } = start(world, spool);
    await keep(world, spool, kept, 'files/a', '12345');
    await keep(world, spool, kept, 'files/b', '12345');
    await spool.create('new', 3);
    expect([reuploads.canMove('files/a'), reuploads.canMove('files/b')]).toEqual([false, true]);
    expect(world.keptFiles.all().map(({ name }) => name)).toEqual(['files/b']);
  });
});
