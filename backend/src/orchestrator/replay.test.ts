import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  bytes,
  countOpenFiles,
  FakeClient,
  type FakeStream,
  FakeWorker,
  failure,
  requestTimeoutMs,
  startPool,
} from './testing.ts';

const generate = 'POST /v1beta/models/m:generateContent';
const pieceBytes = 32 * 1024;
/** Bytes of one body in memory. */
const memoryBytes = 64 * 1024;
/** Larger than that, and than what is gathered for one write. */
const bodyText = Array.from({ length: 60_000 }, (_, index) => index.toString(36).padStart(10, '.')).join('');
const heldFolder = mkdtempSync(join(tmpdir(), 'replay-'));
afterAll(() => rmSync(heldFolder, { recursive: true }));

const turn = () => new Promise(setImmediate);

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await turn();
}

/** Sends a part of the body as a client does that stops when it is told to. */
async function sendBody(client: FakeClient, from: number, to: number): Promise<void> {
  for (let start = from; start < to; start += pieceBytes) {
    await until(() => client.isReading);
    client.events?.onBody(bytes(bodyText.slice(start, Math.min(start + pieceBytes, to))));
  }
}

const received = (stream: FakeStream) => stream.written.filter((piece) => piece !== 'end').join('');
const isEnded = (stream: FakeStream) => stream.written.at(-1) === 'end';
const nothing = { running: 0, timed: 0, retainedBytes: 0, leases: 0, waiting: 0 };
const half = 10 * pieceBytes;

describe('a request whose body is larger than the memory for it', () => {
  it('gets the same bytes to the next worker, and then goes on where its client is', async () => {
    const { first, second, send, atRest } = startPool(2, { heldFolder });
    const client = send(new FakeClient(bodyText.length, generate));
    await sendBody(client, 0, half);
    expect(countOpenFiles(heldFolder)).toBe(1);
    first.last.events.onReset(failure('REFUSED', false));
    expect([client.isReading, received(second.last).length]).toEqual([false, memoryBytes]);
    await until(() => client.isReading);
    expect(received(second.last)).toBe(bodyText.slice(0, half));
    await sendBody(client, half, bodyText.length);
    expect([received(second.last) === bodyText, isEnded(second.last)]).toEqual([true, true]);
    second.last.events.onHead({ status: 200, headers: [] });
    await expect.poll(() => countOpenFiles(heldFolder)).toBe(0);
    second.last.events.onData(bytes('done'), true);
    client.events?.onClosed(true);
    expect([client.answer, atRest()]).toEqual(['done<end>', nothing]);
  });

  it('does so again when the next worker is lost too, before it has caught up and after', async () => {
    const { first, second, third, send, lose, pool } = startPool(3, { heldFolder, maxAttempts: 4 });
    const client = send(new FakeClient('unknown', generate));
    await sendBody(client, 0, bodyText.length);
    second.isWritable = false;
    lose(first);
    client.events?.onBodyEnd();
    second.last.events.onWritable();
    await turn();
    lose(second);
    await until(() => isEnded(third.last));
    expect(received(third.last)).toBe(bodyText);
    const fourth = new FakeWorker('w4');
    pool.add(fourth);
    lose(third);
    await until(() => isEnded(fourth.last));
    expect(received(fourth.last)).toBe(bodyText);
    expect(received(second.last).length).toBeLessThan(half);
    client.events?.onClosed(false);
    await expect.poll(() => countOpenFiles(heldFolder)).toBe(0);
  });

  it('keeps what comes although its client was told to pause', async () => {
    const { first, second, send } = startPool(2, { heldFolder });
    const client = send(new FakeClient(bodyText.length, generate));
    await sendBody(client, 0, half);
    second.isWritable = false;
    first.last.events.onReset(failure('REFUSED', false));
    client.events?.onBody(bytes(bodyText.slice(half)));
    expect(client.isReading).toBe(false);
    second.last.isWritable = true;
    second.last.events.onWritable();
    await until(() => isEnded(second.last));
    expect(received(second.last)).toBe(bodyText);
    client.events?.onClosed(false);
  });

  it('is read from the disk no faster than the next worker takes it', async () => {
    const { first, second, send } = startPool(2, { heldFolder });
    const client = send(new FakeClient(bodyText.length, generate));
    await sendBody(client, 0, half);
    second.isWritable = false;
    first.last.events.onReset(failure('REFUSED', false));
    const { written, events } = second.last;
    for (let count = memoryBytes / pieceBytes; received(second.last).length < half; count += 1) {
      expect([written.length, client.isReading]).toEqual([count, false]);
      events.onWritable();
      await until(() => written.length > count);
    }
    expect([received(second.last) === bodyText.slice(0, half), client.isReading]).toEqual([true, false]);
    events.onWritable();
    expect(client.isReading).toBe(true);
    client.events?.onClosed(false);
  });

  it('reads on from its client when both worker and disk have taken the last piece', async () => {
    const { first, send } = startPool(1, { heldFolder });
    const client = send(new FakeClient(bodyText.length, generate));
    const large = bytes('x'.repeat(3 * memoryBytes));
    first.last.isWritable = false;
    client.events?.onBody(large);
    first.last.events.onWritable();
    expect(client.isReading).toBe(false);
    await until(() => client.isReading);
    client.events?.onBody(large);
    // When another request's bytes are written these are, too.
    const other = send(new FakeClient(bodyText.length, generate));
    other.events?.onBody(large);
    await until(() => other.isReading);
    expect(client.isReading).toBe(false);
    first.streams[0]?.events.onWritable();
    await until(() => client.isReading);
    client.events?.onClosed(false);
    other.events?.onClosed(false);
  });

  it('leaves nothing behind when its client leaves before the next worker has caught up', async () => {
    const { first, second, send, atRest } = startPool(2, { heldFolder });
    const client = send(new FakeClient(bodyText.length, generate));
    await sendBody(client, 0, half);
    second.isWritable = false;
    first.last.events.onReset(failure('REFUSED', false));
    client.events?.onClosed(false);
    expect([second.last.resetCode, atRest()]).toEqual(['CANCELLED', nothing]);
    const { length } = second.last.written;
    await expect.poll(() => countOpenFiles(heldFolder)).toBe(0);
    expect(second.last.written).toHaveLength(length);
  });

  it('comes whole where the answer begins before the worker has caught up', async () => {
    const { first, second, send, orchestrator } = startPool(2, { heldFolder });
    const client = send(new FakeClient(bodyText.length, generate));
    await sendBody(client, 0, half);
    second.isWritable = false;
    first.last.events.onReset(failure('REFUSED', false));
    second.last.events.onHead({ status: 200, headers: [] });
    second.last.isWritable = true;
    second.last.events.onWritable();
    await until(() => client.isReading);
    expect(orchestrator.debugState().retainedBytes).toBe(0);
    await expect.poll(() => countOpenFiles(heldFolder)).toBe(0);
    await sendBody(client, half, bodyText.length);
    expect([received(second.last) === bodyText, isEnded(second.last)]).toEqual([true, true]);
    client.events?.onClosed(false);
  });

  it('is not tried again where there is no room on the disk, and goes on all the same', async () => {
    const { first, second, send, orchestrator } = startPool(2, { heldFolder, replayDiskBytes: pieceBytes });
    const client = send(new FakeClient(bodyText.length, generate));
    await sendBody(client, 0, half);
    expect(orchestrator.debugState().retainedBytes).toBe(0);
    first.last.events.onReset(failure('REFUSED', false));
    expect([client.error?.reason, second.streams]).toEqual(['ALL_WORKERS_BUSY', []]);
    client.events?.onClosed(false);
  });

  it('fails rather than be sent without its beginning when there is no room for what comes between two tries', async () => {
    const { pool, first, send, lose, atRest } = startPool(1, { heldFolder, replayDiskBytes: pieceBytes, workerWaitMs: 10_000 });
    const client = send(new FakeClient('unknown', generate));
    await sendBody(client, 0, memoryBytes + pieceBytes);
    lose(first);
    client.events?.onBody(bytes('y'));
    const again = new FakeWorker('w1');
    pool.add(again);
    expect([client.error?.reason, again.streams]).toEqual(['WORKER_LOST', []]);
    client.events?.onClosed(false);
    expect(atRest()).toEqual(nothing);
  });

  it('goes to no disk where nothing is tried again', async () => {
    const { send } = startPool(1, { heldFolder, maxAttempts: 1 });
    const client = send(new FakeClient(bodyText.length, generate));
    await sendBody(client, 0, half);
    expect(countOpenFiles(heldFolder)).toBe(0);
    client.events?.onClosed(false);
  });
});

describe('a disk that fails', () => {
  const broken = { heldFolder: '/dev/null/nowhere' };

  it('only means that the request is not tried again', async () => {
    const { first, second, send, logged, atRest } = startPool(2, broken);
    const client = send(new FakeClient(bodyText.length, generate));
    await sendBody(client, 0, bodyText.length);
    expect([received(first.last) === bodyText, isEnded(first.last)]).toEqual([true, true]);
    expect(logged).toEqual(['body-not-kept']);
    first.last.events.onReset(failure('REFUSED', false));
    expect([client.error?.reason, second.streams]).toEqual(['ALL_WORKERS_BUSY', []]);
    client.events?.onClosed(false);
    expect(atRest()).toEqual(nothing);
  });

  it('between two tries brings the failure of the first one', async () => {
    const { first, send, lose, atRest } = startPool(1, { ...broken, workerWaitMs: 10_000 });
    const client = send(new FakeClient(bodyText.length, generate));
    client.events?.onBody(bytes(bodyText.slice(0, half)));
    lose(first);
    expect(client.error).toBeUndefined();
    await until(() => client.error !== undefined);
    expect(client.error?.reason).toBe('WORKER_LOST');
    client.events?.onClosed(false);
    expect(atRest()).toEqual(nothing);
  });

  it('in mid-replay does so too', async () => {
    const { first, second, send, atRest } = startPool(2, broken);
    const client = send(new FakeClient(bodyText.length, generate));
    client.events?.onBody(bytes(bodyText.slice(0, half)));
    first.last.events.onReset(failure('REFUSED', false));
    await until(() => client.error !== undefined);
    expect([client.error?.reason, second.last.resetCode]).toEqual(['ALL_WORKERS_BUSY', 'CANCELLED']);
    client.events?.onClosed(false);
    expect(atRest()).toEqual(nothing);
  });

  it('by not coming to an end is not taken for a client that does not send', async () => {
    const { clock, send, logged, orchestrator } = startPool(1, { heldFolder });
    const client = send(new FakeClient(bodyText.length, generate));
    client.events?.onBody(bytes(bodyText.slice(0, half)));
    expect(client.isReading).toBe(false);
    clock.advance(2 * requestTimeoutMs - 1_000);
    expect([client.error, client.isReading, logged]).toEqual([undefined, true, ['body-not-kept']]);
    expect(orchestrator.debugState().retainedBytes).toBe(0);
    clock.advance(requestTimeoutMs);
    expect(client.error?.reason).toBe('REQUEST_TIMEOUT');
    client.events?.onClosed(false);
    await expect.poll(() => countOpenFiles(heldFolder)).toBe(0);
  });
});
