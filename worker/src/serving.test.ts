import { StreamError } from '@gemini-proxy/protocol';
import { describe, expect, it } from 'vitest';
import { createBody, createHarness, openStream, turns } from '../testing/harness.ts';
import { defaultDeadlines } from './deadlines.ts';
import type { RequestBody } from './worker.ts';

const { firstByteMs, idleMs } = defaultDeadlines;
const bytes = (text: string) => new TextEncoder().encode(text);
/** Answered piece by piece; the answer of any other operation is passed on whole. */
const streamed = { operation: 'models.streamGenerateContent' };
const textOf = (chunks: readonly Uint8Array<ArrayBuffer>[]) => new Blob([...chunks]).text();

async function readAll(body: RequestBody): Promise<string> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of body ?? []) chunks.push(chunk);
  return textOf(chunks);
}

async function startServing(options: Parameters<typeof createHarness>[0] = {}) {
  const harness = createHarness(options);
  await harness.start();
  const baseline = harness.worker.debugState();
  const open = async (...rest: Parameters<typeof openStream> extends [unknown, ...infer Rest] ? Rest : never) => {
    const before = harness.executor.calls.length;
    const seen = openStream(harness.gateway, ...rest);
    await turns();
    const call = harness.executor.calls[before];
    if (call === undefined) throw new Error('nothing was executed');
    return { seen, call };
  };
  return { ...harness, gateway: harness.gateway, baseline, open };
}

describe('a served request', () => {
  it('is executed as it came, and its answer passed on', async () => {
    const { open, worker, baseline } = await startServing();
    const { seen, call } = await open({ ...streamed, path: '/v1beta/models/m:generateContent?x=1' });
    expect(call.request.path).toBe('/v1beta/models/m:generateContent?x=1');
    expect(call.body).toBeUndefined();
    const { body, push, end } = createBody();
    call.answer({ status: 201, headers: [['x-a', 'b']], body });
    push(bytes('one'));
    await turns();
    expect(seen.head).toEqual({ status: 201, headers: [['x-a', 'b']] });
    expect(await textOf(seen.chunks)).toBe('one');
    expect(seen.ended).toBe(false);
    push(bytes('two'));
    end();
    await turns();
    expect(await textOf(seen.chunks)).toBe('onetwo');
    expect(seen.ended).toBe(true);
    expect(worker.snapshot).toMatchObject({ served: 1, failed: 0, bytesSent: 6, inFlight: [] });
    expect(worker.debugState()).toEqual(baseline);
  });

  it.each([
    ['no status', { status: 0 }],
    ['a header that is none', { headers: [['x-a', 'b\r\nx-c: d']] as const }],
    ['too many headers', { headers: Array.from({ length: 5000 }, () => ['x-a', 'b'] as const) }],
  ])('fails alone, by name, when its answer has %s', async (_, response) => {
    const { open, worker, baseline } = await startServing();
    const { seen, call } = await open(streamed);
    const { body } = createBody();
    call.answer({ ...response, body });
    await turns();
    expect(seen.reset).toMatchObject({ code: 'UPSTREAM_UNREACHABLE', sentUpstream: true });
    expect([seen.head, call.signal.aborted]).toEqual([undefined, true]);
    expect(worker.debugState()).toEqual(baseline);
  });

  it.each([
    ['at the end of the turn', queueMicrotask],
    ['in a task', setImmediate],
  ])('is answered in one message when the answer is there as a whole, and messages leave %s', async (_, scheduleFlush) => {
    const { open, gateway } = await startServing({ scheduleFlush: (flush) => void scheduleFlush(flush) });
    const { seen, call } = await open();
    const before = gateway.transport.deliveredCount;
    const received: number[] = [];
    const receive = gateway.session.receive.bind(gateway.session);
    gateway.transport.listen({
      onOpen: () => {},
      onMessage: (message) => {
        received.push(message.byteLength);
        receive(message);
      },
      onClose: () => {},
    });
    const { body, push, end } = createBody();
    push(bytes('whole'));
    end();
    call.answer({ status: 200, body });
    await turns();
    expect(seen.ended).toBe(true);
    expect(received).toHaveLength(1);
    expect(gateway.transport.deliveredCount).toBe(before);
  });

  it('is answered in one message when a whole answer comes in pieces, and piece by piece past 64 KiB', async () => {
    const { open } = await startServing();
    const small = await open();
    const pieces = createBody();
    small.call.answer({ status: 200, body: pieces.body });
    pieces.push(bytes('one'));
    await turns();
    expect(small.seen.head).toBeUndefined();
    pieces.push(bytes('two'));
    pieces.end();
    await turns();
    expect([small.seen.head?.status, await textOf(small.seen.chunks), small.seen.ended]).toEqual([200, 'onetwo', true]);

    const large = await open();
    const growing = createBody();
    large.call.answer({ status: 200, body: growing.body });
    growing.push(new Uint8Array(64 * 1024));
    growing.push(bytes('more'));
    await turns();
    expect([large.seen.head?.status, large.seen.ended]).toEqual([200, false]);
    growing.end();
    await turns();
    expect((await textOf(large.seen.chunks)).length).toBe(64 * 1024 + 4);
    expect(large.seen.ended).toBe(true);
  });

  it('can take a small body whole, and stream a growing one', async () => {
    const { open, worker } = await startServing();
    const harnessBody = { bodyless: false };
    const first = await open({}, harnessBody);
    first.seen.stream.end(bytes('small'));
    await turns();
    expect(await textOf(first.call.body?.takeIfComplete() ?? [])).toBe('small');

    const second = await open({}, harnessBody);
    const read = readAll(second.call.body);
    second.seen.stream.write(bytes('grow'));
    await turns();
    second.seen.stream.end(bytes('ing'));
    expect(await read).toBe('growing');
    expect(worker.snapshot.bytesReceived).toBe(12);
  });

  it('gives credit for its body only as the executor reads', async () => {
    const windowBytes = 64 * 1024;
    const { open } = await startServing({ windowBytes });
    const { seen, call } = await open({}, { bodyless: false });
    const size = windowBytes * 4;
    expect(seen.stream.write(new Uint8Array(size))).toBe(false);
    seen.stream.end();
    await turns();
    expect(seen.stream.bytesSent).toBe(windowBytes);
    expect((await readAll(call.body)).length).toBe(size);
    expect(seen.stream.bytesSent).toBe(size);
  });

  it('stops reading its answer while the gateway gives no credit, and goes on when it does', async () => {
    const windowBytes = 64 * 1024;
    const pieceBytes = 16 * 1024;
    const { open } = await startServing({ windowBytes });
    const { seen, call } = await open({}, { bodyless: true, autoConsume: false });
    const answer = createBody();
    for (let index = 0; index < 64; index++) answer.push(new Uint8Array(pieceBytes));
    answer.end();
    call.answer({ body: answer.body });
    await turns();
    expect(seen.stream.bytesReceived).toBe(windowBytes);
    expect(answer.pulled).toBeLessThanOrEqual(windowBytes / pieceBytes + 1);
    while (!seen.ended) {
      seen.stream.consumed(seen.chunks.splice(0).reduce((total, chunk) => total + chunk.byteLength, 0));
      await turns();
    }
    expect(seen.stream.bytesReceived).toBe(64 * pieceBytes);
  });

  it('is aborted with the reason of the reset when the gateway cancels it', async () => {
    const { open, worker, baseline } = await startServing();
    const { seen, call } = await open();
    const answer = createBody();
    call.answer({ body: answer.body });
    answer.push(bytes('a'));
    await turns();
    expect(call.signal.aborted).toBe(false);
    seen.stream.reset(new StreamError('CANCELLED', 'client gone', { sentUpstream: true }));
    await turns();
    expect(call.signal.reason).toMatchObject({ name: 'StreamError', code: 'CANCELLED' });
    answer.push(bytes('b'));
    await turns();
    expect(answer.returned).toBe(true);
    expect(worker.snapshot).toMatchObject({ served: 0, failed: 0, inFlight: [] });
    expect(worker.debugState()).toEqual(baseline);
  });

  it('is aborted while it waits for credit', async () => {
    const { open, worker, baseline } = await startServing({ windowBytes: 16 * 1024 });
    const { seen, call } = await open(streamed, { bodyless: true, autoConsume: false });
    const answer = createBody();
    answer.push(new Uint8Array(64 * 1024));
    call.answer({ body: answer.body });
    await turns();
    seen.stream.reset(new StreamError('CANCELLED', 'client gone', { sentUpstream: true }));
    await turns();
    expect(call.signal.aborted).toBe(true);
    expect(answer.returned).toBe(true);
    expect(worker.debugState()).toEqual(baseline);
  });

  it('is aborted when the session is lost', async () => {
    const { open, gateway, worker } = await startServing();
    const { call } = await open();
    gateway.transport.break();
    await turns();
    expect(call.signal.reason).toMatchObject({ code: 'SESSION_LOST' });
    expect(worker.snapshot).toMatchObject({ failed: 1, inFlight: [] });
  });

  it('tells the gateway how the call failed', async () => {
    const { open, worker } = await startServing();
    const { seen, call } = await open();
    call.fail(new StreamError('UPSTREAM_UNREACHABLE', 'Failed to fetch', { sentUpstream: false }));
    await turns();
    expect(seen.reset).toMatchObject({ code: 'UPSTREAM_UNREACHABLE', message: 'Failed to fetch', sentUpstream: false });
    expect(worker.snapshot.failed).toBe(1);
  });

  it('reports an unknown error as one of its own', async () => {
    const { open } = await startServing();
    const { seen, call } = await open();
    call.fail(new RangeError('oops'));
    await turns();
    expect(seen.reset).toMatchObject({ code: 'INTERNAL', sentUpstream: true });
  });

  it('ends with an error when the body breaks off, or is shorter than it said', async () => {
    const { open } = await startServing();
    const first = await open();
    const broken = createBody();
    first.call.answer({ body: broken.body });
    broken.push(bytes('part'));
    broken.fail(new StreamError('UPSTREAM_CUT', 'reset by peer', { sentUpstream: true }));
    await turns();
    expect(first.seen.reset?.code).toBe('UPSTREAM_CUT');
    expect(first.seen.ended).toBe(false);

    const second = await open();
    const short = createBody();
    short.push(bytes('part'));
    short.end();
    second.call.answer({ headers: [['content-length', '10']], body: short.body });
    await turns();
    expect(second.seen.reset).toMatchObject({ code: 'UPSTREAM_CUT', message: expect.stringContaining('4 of 10') });
    expect(second.seen.ended).toBe(false);
  });

  it('does not expect a body after HEAD', async () => {
    const { open } = await startServing();
    const { seen, call } = await open({ method: 'HEAD' });
    const empty = createBody();
    empty.end();
    call.answer({ headers: [['content-length', '10']], body: empty.body });
    await turns();
    expect(seen.ended).toBe(true);
  });

  it('waives the rest of its body when it is answered before', async () => {
    const { open, worker, baseline } = await startServing({ windowBytes: 16 * 1024 });
    const { seen, call } = await open(streamed, { bodyless: false });
    seen.stream.write(new Uint8Array(64 * 1024));
    await turns();
    const answer = createBody();
    answer.push(bytes('too large'));
    answer.end();
    call.answer({ status: 413, body: answer.body });
    await turns();
    expect(await textOf(seen.chunks)).toBe('too large');
    expect(seen.ended).toBe(true);
    expect(worker.snapshot).toMatchObject({ served: 1, failed: 0 });
    expect(seen.stream.closed).toBe(true);
    expect(worker.debugState()).toEqual(baseline);
  });

  it('is refused beyond the slots, and the slot is free again afterwards', async () => {
    const { open, gateway, executor } = await startServing({ slots: 2 });
    const first = await open();
    await open();
    const refused = openStream(gateway);
    await turns();
    expect(refused.reset).toMatchObject({ code: 'REFUSED', sentUpstream: false });
    expect(executor.calls).toHaveLength(2);
    first.call.answer({ status: 200 });
    await turns();
    await open();
  });

  it('shows itself in the snapshot while it runs', async () => {
    const { open, worker, clock } = await startServing();
    clock.advance(5);
    await open({ attempt: 'a7' });
    expect(worker.snapshot.inFlight).toEqual([
      {
        attempt: 'a7',
        operation: 'models.generateContent',
        model: 'gemini-2.5-flash',
        startedAtMs: 5,
        bytesReceived: 0,
        bytesSent: 0,
      },
    ]);
  });
});

describe('deadlines of a served request', () => {
  it('fail it when no answer begins', async () => {
    const { open, pass, worker, baseline } = await startServing({ kind: 'keyed' });
    const { seen, call } = await open();
    await pass(firstByteMs - 1);
    expect(seen.reset).toBeUndefined();
    await pass(1);
    expect(seen.reset).toMatchObject({ code: 'FIRST_BYTE_TIMEOUT', sentUpstream: true });
    expect(call.signal.reason).toMatchObject({ code: 'FIRST_BYTE_TIMEOUT' });
    expect(worker.debugState().streams).toBe(baseline.streams);
  });

  it('fail it when the answer falls silent, counted from its last byte', async () => {
    const { open, pass } = await startServing();
    const { seen, call } = await open();
    const answer = createBody();
    call.answer({ body: answer.body });
    for (let index = 0; index < 5; index++) {
      answer.push(bytes('x'));
      await turns();
      await pass(idleMs - 1);
    }
    expect(seen.reset).toBeUndefined();
    await pass(1);
    expect(seen.reset?.code).toBe('IDLE_TIMEOUT');
  });

  it('do not count while the gateway is the slow one', async () => {
    const { open, pass } = await startServing({ windowBytes: 16 * 1024 });
    const { seen, call } = await open(streamed, { bodyless: true, autoConsume: false });
    const answer = createBody();
    answer.push(new Uint8Array(32 * 1024));
    call.answer({ body: answer.body });
    await turns();
    await pass(idleMs * 5);
    expect(seen.reset).toBeUndefined();
    for (let index = 0; index < 2; index++) {
      seen.stream.consumed(16 * 1024);
      await turns();
    }
    await pass(idleMs - 1);
    expect(seen.reset).toBeUndefined();
    await pass(1);
    expect(seen.reset?.code).toBe('IDLE_TIMEOUT');
  });
});

describe('the snapshot', () => {
  it('is a new object only after a change, and told once per turn', async () => {
    const { open, worker } = await startServing();
    let told = 0;
    worker.subscribe(() => {
      told += 1;
    });
    const { snapshot } = worker;
    expect(worker.snapshot).toBe(snapshot);
    const { call } = await open();
    expect(worker.snapshot).not.toBe(snapshot);
    expect(told).toBe(1);
    const answer = createBody();
    for (let index = 0; index < 100; index++) answer.push(bytes('x'));
    answer.end();
    call.answer({ body: answer.body });
    await turns();
    expect(told).toBe(2);
    expect(worker.snapshot.bytesSent).toBe(100);
  });

  it('keeps the token out of the log', async () => {
    const { worker, gateway } = await startServing({ token: 'top-secret' });
    gateway.transport.break();
    await turns();
    expect(JSON.stringify(worker.snapshot)).not.toContain('top-secret');
  });
});
