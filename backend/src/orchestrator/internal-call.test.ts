import { StreamError } from '@gemini-proxy/protocol';
import { FakeClock } from '@gemini-proxy/protocol/testing';
import { describe, expect, it } from 'vitest';
import { Events } from '../events.ts';
import { RoundRobin } from '../pool/balancer.ts';
import { Pool } from '../pool/pool.ts';
import { type Call, createCaller } from './internal-call.ts';
import { Orchestrator } from './orchestrator.ts';
import { FakeWorker, failoverOptions } from './testing.ts';

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const textOf = (body: Uint8Array): string => new TextDecoder().decode(body);
const silentLog = { debug() {}, info() {}, warn() {}, error() {} };
const reasoned = (reason: string) => expect.objectContaining({ reason });

function start(...workers: FakeWorker[]) {
  const clock = new FakeClock();
  const events = new Events(silentLog);
  const pool = new Pool({ balancer: new RoundRobin(), clock, events, queueLimit: 10, queueTimeoutMs: 1000, workerWaitMs: 0 });
  for (const worker of workers) pool.add(worker);
  const timeouts = { firstByteTimeoutMs: 10_000, idleTimeoutMs: 5_000, requestTimeoutMs: 2_000 };
  const orchestrator = new Orchestrator({
    pool,
    clock,
    events,
    maxBodyBytes: 10,
    ...timeouts,
    ...failoverOptions,
  });
  const caller = createCaller(orchestrator);
  const call = (changes: Partial<Call> = {}) => {
    const signal = new AbortController().signal;
    return caller({ method: 'GET', path: '/v1beta/files/abc', headers: [], maxAnswerBytes: 1000, signal, ...changes });
  };
  const expectRest = () => {
    expect(orchestrator.debugState().running).toBe(0);
    expect(pool.debugState()).toMatchObject({ leases: 0, waiting: 0 });
  };
  return { call, expectRest, clock, orchestrator };
}

describe('an internal call', () => {
  it('resolves with the whole answer and who gave it', async () => {
    const worker = new FakeWorker('b1', 'berta');
    const { call, expectRest } = start(new FakeWorker('a1', 'anna'), worker);
    const answer = call({ account: 'berta' });
    worker.last.events.onHead({ status: 404, headers: [['a', 'b']] });
    worker.last.events.onData(bytes('not '), false);
    worker.last.events.onData(bytes('found'), true);
    const { body, ...rest } = await answer;
    expect(rest).toEqual({ status: 404, headers: [['a', 'b']], account: 'berta', workerId: 'b1' });
    expect(textOf(body)).toBe('not found');
    expect(worker.last.request).toMatchObject({ method: 'GET', path: '/v1beta/files/abc', operation: 'files.get' });
    expectRest();
  });

  it('sends a body in memory, larger than a client may send', async () => {
    const worker = new FakeWorker();
    const { call } = start(worker);
    const answer = call({ method: 'POST', body: bytes('longer than ten bytes') });
    await new Promise(setImmediate);
    expect(worker.last.written).toEqual(['longer than ten bytes', 'end']);
    worker.last.events.onHead({ status: 200, headers: [] });
    worker.last.events.onData(bytes(''), true);
    await answer;
  });

  it('reads a body no faster than the worker takes it', async () => {
    const worker = new FakeWorker();
    const { call, expectRest } = start(worker);
    const read: string[] = [];
    async function* pieces() {
      for (const piece of ['1', '2', '3', '4']) {
        read.push(piece);
        yield bytes(piece);
      }
    }
    const answer = call({ method: 'POST', body: { bytes: 4, read: pieces } });
    worker.last.isWritable = false;
    await new Promise(setImmediate);
    expect(read).toEqual(['1', '2']);
    worker.last.isWritable = true;
    worker.last.events.onWritable();
    await new Promise(setImmediate);
    expect(worker.last.written).toEqual(['1', '2', '3', '4', 'end']);
    worker.last.events.onHead({ status: 200, headers: [] });
    worker.last.events.onData(bytes('ok'), true);
    expect((await answer).status).toBe(200);
    expectRest();
  });

  it('keeps a body of 64 KiB for another worker, and no larger one', async () => {
    const worker = new FakeWorker();
    const { call, orchestrator } = start(worker);
    const controller = new AbortController();
    const retained: number[] = [];
    for (const byteCount of [64 * 1024, 64 * 1024 + 1]) {
      const answer = call({ method: 'POST', body: new Uint8Array(byteCount), signal: controller.signal });
      answer.catch(() => {});
      await new Promise(setImmediate);
      retained.push(orchestrator.debugState().retainedBytes);
    }
    expect(retained).toEqual([64 * 1024, 64 * 1024]);
    controller.abort();
    await new Promise(setImmediate);
    expect(orchestrator.debugState().retainedBytes).toBe(0);
  });

  it('rejects with what its body failed with, as a bug of the gateway', async () => {
    const worker = new FakeWorker();
    const { call, expectRest } = start(worker);
    const answer = call({
      method: 'POST',
      body: {
        bytes: 4,
        // biome-ignore lint/correctness/useYield: it fails before its first piece
        async *read() {
          throw new Error('the disk is gone');
        },
      },
    });
    await expect(answer).rejects.toEqual(reasoned('INTERNAL'));
    expect(worker.last.resetCode).toBe('CANCELLED');
    expectRest();
  });

  it('rejects where no worker of the account is ready', async () => {
    const { call, expectRest } = start(new FakeWorker('a1', 'anna'));
    await expect(call({ account: 'berta' })).rejects.toEqual(reasoned('RESOURCE_OWNER_OFFLINE'));
    expectRest();
  });

  it('rejects with the failure of the worker', async () => {
    const worker = new FakeWorker();
    const { call, expectRest } = start(worker);
    const answer = call();
    worker.last.events.onReset(new StreamError('UPSTREAM_UNREACHABLE', 'no route', { sentUpstream: true }));
    await expect(answer).rejects.toEqual(reasoned('UPSTREAM_UNREACHABLE'));
    expectRest();
  });

  it('rejects an answer that is longer than its limit, and stops the worker', async () => {
    const worker = new FakeWorker();
    const { call, expectRest } = start(worker);
    const answer = call({ maxAnswerBytes: 4 });
    worker.last.events.onHead({ status: 200, headers: [] });
    worker.last.events.onData(bytes('12345'), false);
    await expect(answer).rejects.toEqual(reasoned('ANSWER_TOO_LARGE'));
    expect(worker.last.resetCode).toBe('CANCELLED');
    expectRest();
  });

  it('is given up by its signal', async () => {
    const worker = new FakeWorker();
    const { call, expectRest } = start(worker);
    const controller = new AbortController();
    const answer = call({ signal: controller.signal });
    controller.abort(new Error('no longer wanted'));
    await expect(answer).rejects.toThrow('no longer wanted');
    expect(worker.last.resetCode).toBe('CANCELLED');
    expectRest();
  });
});
