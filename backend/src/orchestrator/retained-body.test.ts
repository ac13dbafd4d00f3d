import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { ReplayRoom } from './replay-room.ts';
import { RetainedBody } from './retained-body.ts';

const kibibyte = 1024;
const piece = (fill: number, byteCount = kibibyte) => new Uint8Array(byteCount).fill(fill);

function start({ memoryBytes = 1024 * kibibyte, diskBytes = 1024 * kibibyte, folder = tmpdir() } = {}) {
  const memory = new ReplayRoom(memoryBytes);
  const room = new ReplayRoom(diskBytes);
  const kept: (Error | undefined)[] = [];
  const events = { onKept: (failure: Error | undefined) => void kept.push(failure) };
  const retention = { memory, maxMemoryBytes: 4 * kibibyte, disk: { room, folder } };
  const body = new RetainedBody(retention, events);
  const readAll = async () => {
    const bytes = [...body.chunks];
    for await (const rest of body.readRest() ?? []) bytes.push(rest);
    return Buffer.concat(bytes);
  };
  return { body, memory, room, kept, readAll, retention, events };
}

describe('a retained body', () => {
  it('takes memory for its beginning, and disk for the rest', async () => {
    const { body, memory, room, readAll } = start();
    for (let index = 0; index < 6; index += 1) expect(body.add(piece(index))).toBe(true);
    expect([body.chunks.length, room.usedBytes]).toEqual([4, 2 * kibibyte]);
    expect(memory.usedBytes).toBe(4 * kibibyte + 64 * kibibyte);
    expect(body.isComplete).toBe(true);
    expect((await readAll()).equals(Buffer.concat([0, 1, 2, 3, 4, 5].map((fill) => piece(fill))))).toBe(true);
    body.drop();
    body.drop();
    expect([memory.usedBytes, room.usedBytes, body.isComplete]).toEqual([0, 0, false]);
  });

  it('asks for a pause while it is being written, and says when that is over', async () => {
    const { body, kept } = start();
    expect(body.add(piece(1, 100 * kibibyte))).toBe(false);
    expect(body.isWriting).toBe(true);
    await expect.poll(() => kept).toEqual([undefined]);
    expect(body.isWriting).toBe(false);
    body.drop();
  });

  it('gathers nothing in memory that others have used up', async () => {
    const { body, memory, kept, readAll } = start({ memoryBytes: 2 * kibibyte });
    expect([body.add(piece(1)), body.add(piece(2)), body.add(piece(3))]).toEqual([true, true, false]);
    await expect.poll(() => kept).toEqual([undefined]);
    expect(memory.usedBytes).toBe(2 * kibibyte);
    expect(await readAll()).toHaveLength(3 * kibibyte);
    body.drop();
  });

  it('gives all of it up where there is no room on the disk for the next piece', () => {
    const { body, memory, room } = start({ diskBytes: kibibyte });
    for (let index = 0; index < 5; index += 1) body.add(piece(index));
    expect([body.isComplete, room.usedBytes]).toEqual([true, kibibyte]);
    expect(body.add(piece(5))).toBe(true);
    expect([body.isComplete, body.readRest(), memory.usedBytes, room.usedBytes]).toEqual([false, undefined, 0, 0]);
  });

  it('shares the room with all others', () => {
    const { body, retention, events } = start({ diskBytes: 2 * kibibyte });
    const other = new RetainedBody(retention, events);
    for (let index = 0; index < 5; index += 1) {
      body.add(piece(index));
      other.add(piece(index));
    }
    expect([body.isComplete, other.isComplete]).toEqual([true, true]);
    other.add(piece(5));
    body.add(piece(5));
    expect([body.isComplete, other.isComplete]).toEqual([true, false]);
    body.drop();
  });

  it('is not kept in a file where there is none for it', () => {
    const { retention, events } = start();
    const body = new RetainedBody({ ...retention, disk: undefined }, events);
    for (let index = 0; index < 5; index += 1) body.add(piece(index));
    expect([body.isComplete, retention.memory.usedBytes]).toEqual([false, 0]);
  });

  it('gives all of it up when the disk fails, and says why', async () => {
    const { body, memory, room, kept } = start({ folder: '/dev/null/nowhere' });
    expect(body.add(piece(1, 100 * kibibyte))).toBe(false);
    await expect.poll(() => kept.map((failure) => failure?.message)).toEqual([expect.stringContaining('ENOTDIR')]);
    expect([body.isComplete, body.isWriting, memory.usedBytes, room.usedBytes]).toEqual([false, false, 0, 0]);
  });
});
