import { rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { Spool } from './spool.ts';
import { createWorld } from './testing.ts';

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (const text of texts) yield Buffer.from(text);
}

async function textOf(spool: Spool, id: string, from: number, to: number): Promise<string> {
  const read: Uint8Array[] = [];
  for await (const piece of spool.read(id, from, to)) read.push(piece);
  return Buffer.concat(read).toString();
}

describe('the spool', () => {
  it('writes from an offset on, tells how far it is, and reads any part', async () => {
    await using world = await createWorld();
    const spool = new Spool({ folder: join(world.folder, 'below'), maxBytes: 100 });
    await spool.create('a', 0);
    const sizes: number[] = [];
    const onWritten = (size: number) => sizes.push(size);
    await spool.append('a', { offset: 0, pieces: pieces('hello ', 'there'), onWritten });
    await spool.append('a', { offset: 6, pieces: pieces('world'), onWritten });
    expect(sizes).toEqual([6, 11, 11]);
    expect(await textOf(spool, 'a', 0, 11)).toBe('hello world');
    expect(await textOf(spool, 'a', 4, 7)).toBe('o w');
    await expect(textOf(spool, 'a', 0, 12)).rejects.toThrow('shorter than 12 bytes');
  });

  it.skipIf(process.platform === 'win32')('can be read by its owner only', async () => {
    await using world = await createWorld();
    const folder = join(world.folder, 'below');
    await new Spool({ folder, maxBytes: 1 }).create('a', 0);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'a'))).mode & 0o777).toBe(0o600);
  });

  it('keeps to its quota, with room for what is promised, over a restart too', async () => {
    await using world = await createWorld();
    const options = { folder: world.folder, maxBytes: 10 };
    const spool = new Spool(options);
    await spool.create('a', 6);
    await expect(spool.create('b', 5)).rejects.toMatchObject({
      reason: 'SPOOL_FULL',
      metadata: { maxSpoolBytes: '10', usedBytes: '6' },
    });
    await spool.create('b', 0);
    const ignore = () => {};
    await expect(spool.append('b', { offset: 0, pieces: pieces('12345'), onWritten: ignore })).rejects.toMatchObject({
      reason: 'SPOOL_FULL',
    });
    await spool.append('a', { offset: 0, pieces: pieces('123456'), onWritten: ignore });
    expect(spool.usedBytes).toBe(6);
    const next = new Spool(options);
    expect(await next.list()).toEqual(
      new Map([
        ['a', 6],
        ['b', 0],
      ]),
    );
    expect(next.usedBytes).toBe(6);
    await next.remove('a');
    expect(next.usedBytes).toBe(0);
  });

  it('drops released files, oldest first, when it needs their room, but none that is being read', async () => {
    await using world = await createWorld();
    const spool = new Spool({ folder: world.folder, maxBytes: 10 });
    const dropped: string[] = [];
    for (const id of ['a', 'b', 'c']) {
      await spool.create(id, 0);
      await spool.append(id, { offset: 0, pieces: pieces('123'), onWritten: () => {} });
      await spool.rename(id, `kept-${id}`);
      spool.release(`kept-${id}`, () => dropped.push(id));
    }
    const pin = spool.pin('kept-a');
    await spool.create('new', 3);
    expect([dropped, spool.usedBytes]).toEqual([['b'], 9]);
    await spool.append('new', { offset: 0, pieces: pieces('1234567'), onWritten: () => {} });
    expect([dropped, spool.usedBytes]).toEqual([['b', 'c'], 10]);
    await expect(spool.create('more', 1)).rejects.toMatchObject({ reason: 'SPOOL_FULL', metadata: { usedBytes: '10' } });
    expect(await textOf(spool, 'kept-a', 0, 3)).toBe('123');
    pin[Symbol.dispose]();
    await spool.create('more', 1);
    expect(dropped).toEqual(['b', 'c', 'a']);
    await expect
      .poll(async () => [...(await new Spool({ folder: world.folder, maxBytes: 10 }).list()).keys()].sort())
      .toEqual(['more', 'new']);
  });

  it.skipIf(process.platform !== 'linux')('drops what is released, then says when the disk is full', async () => {
    await using world = await createWorld();
    const spool = new Spool({ folder: world.folder, maxBytes: 100 });
    await spool.create('released', 0);
    const onDropped = vi.fn();
    spool.release('released', onDropped);
    await spool.create('a', 0);
    await rm(join(world.folder, 'a'));
    await symlink('/dev/full', join(world.folder, 'a'));
    const writing = spool.append('a', { offset: 0, pieces: pieces('x'), onWritten: () => {} });
    await expect(writing).rejects.toMatchObject({ reason: 'SPOOL_FULL', message: expect.stringContaining('disk') });
    expect(onDropped).toHaveBeenCalledOnce();
  });
});
