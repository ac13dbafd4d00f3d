import { FakeClock } from '@gemini-proxy/protocol/testing';
import { describe, expect, it } from 'vitest';
import { Events } from '../events.ts';
import { RoundRobin } from '../pool/balancer.ts';
import { Pool } from '../pool/pool.ts';
import { Orchestrator } from './orchestrator.ts';
import { FakeClient, FakeWorker, failoverOptions } from './testing.ts';

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const silentLog = { debug() {}, info() {}, warn() {}, error() {} };

function start(client: FakeClient, workers = [new FakeWorker()]) {
  const clock = new FakeClock();
  const events = new Events(silentLog);
  const pool = new Pool({ balancer: new RoundRobin(), clock, events, queueLimit: 10, queueTimeoutMs: 1000, workerWaitMs: 0 });
  for (const worker of workers) pool.add(worker);
  const orchestrator = new Orchestrator({
    pool,
    clock,
    events,
    maxBodyBytes: 1_000_000,
    firstByteTimeoutMs: 10_000,
    idleTimeoutMs: 5_000,
    requestTimeoutMs: 2_000,
    ...failoverOptions,
  });
  orchestrator.handle(client);
  return { clock, pool, orchestrator, client, worker: workers[0] ?? new FakeWorker(), events: client.events };
}

describe('the request body', () => {
  it('ends with its last chunk where its length is known, and by itself where it is not', () => {
    const known = start(new FakeClient(5));
    known.events?.onBody(bytes('hel'));
    known.events?.onBody(bytes('lo'));
    known.events?.onBodyEnd();
    expect(known.worker.last.written).toEqual(['hel', 'lo', 'end']);
    const unknown = start(new FakeClient('unknown'));
    unknown.events?.onBody(bytes('hello'));
    expect(unknown.worker.last.written).toEqual(['hello']);
    unknown.events?.onBodyEnd();
    expect(unknown.worker.last.written).toEqual(['hello', 'end']);
  });

  it('is read only while the worker takes it', () => {
    const { client, worker, events } = start(new FakeClient(10));
    worker.last.isWritable = false;
    events?.onBody(bytes('hello'));
    expect(client.isReading).toBe(false);
    worker.last.events.onWritable();
    expect(client.isReading).toBe(true);
  });

  it('is not read before there is a worker', () => {
    const { client } = start(new FakeClient(10), []);
    expect(client.isReading).toBe(false);
    expect(client.error?.reason).toBe('NO_WORKER_READY');
  });
});

describe('the answer', () => {
  it('gives credit back only when the client has taken the bytes', () => {
    const { client, worker, events } = start(new FakeClient());
    const stream = worker.last;
    stream.events.onHead({ status: 200, headers: [] });
    stream.events.onData(bytes('1234'), false);
    expect(stream.consumedBytes).toBe(4);
    client.isWritable = false;
    stream.events.onData(bytes('123'), false);
    client.isWritable = true;
    stream.events.onData(bytes('12'), false);
    expect(stream.consumedBytes).toBe(4);
    events?.onDrain();
    expect(stream.consumedBytes).toBe(9);
  });

  it('frees the slot at its end, even while the client still reads', () => {
    const { client, worker, pool, orchestrator, events } = start(new FakeClient());
    worker.last.events.onHead({ status: 200, headers: [] });
    worker.last.events.onData(bytes('done'), true);
    expect(client.answer).toBe('done<end>');
    expect([pool.debugState().leases, orchestrator.running]).toEqual([0, 1]);
    events?.onClosed(true);
    expect(orchestrator.debugState()).toEqual({ running: 0, timed: 0, retainedBytes: 0 });
  });

  it('resets what is left of a request that was answered early', () => {
    const { client, worker, events } = start(new FakeClient(100));
    events?.onBody(bytes('some'));
    worker.last.events.onHead({ status: 400, headers: [] });
    worker.last.events.onData(bytes('no'), true);
    events?.onBody(bytes('more'));
    expect(worker.last.resetCode).toBe('RESPONSE_COMPLETE');
    expect([client.answer, worker.last.written]).toEqual(['no<end>', ['some']]);
  });
});

describe('deadlines', () => {
  it.each([
    ['the client stops sending', 100, 2_000, 'REQUEST_TIMEOUT', 'CANCELLED'],
    ['no answer begins', 0, 10_000, 'FIRST_BYTE_TIMEOUT', 'FIRST_BYTE_TIMEOUT'],
  ])('hold when %s', (_note, bodyLength, timeoutMs, reason, resetCode) => {
    const { client, clock, worker } = start(new FakeClient(bodyLength));
    clock.advance(timeoutMs);
    expect(client.error).toBeUndefined();
    clock.advance(1_000);
    expect(client.error?.reason).toBe(reason);
    expect(worker.last.resetCode).toBe(resetCode);
  });

  it('count silence from the last chunk', () => {
    const { client, clock, worker } = start(new FakeClient());
    worker.last.events.onHead({ status: 200, headers: [] });
    for (let index = 0; index < 10; index += 1) {
      clock.advance(4_000);
      worker.last.events.onData(bytes('.'), false);
    }
    expect(client.error).toBeUndefined();
    clock.advance(6_000);
    expect(client.error?.reason).toBe('IDLE_TIMEOUT');
  });

  it('do not hold the worker to account for a client that reads slowly', () => {
    const { client, clock, worker, events } = start(new FakeClient());
    worker.last.events.onHead({ status: 200, headers: [] });
    client.isWritable = false;
    for (let index = 0; index < 10; index += 1) {
      worker.last.events.onData(bytes('.'), false);
      clock.advance(4_000);
      events?.onDrain();
    }
    expect(client.error).toBeUndefined();
    worker.last.events.onData(bytes('.'), false);
    clock.advance(6_000);
    expect([client.error, client.isDestroyed, worker.last.resetCode]).toEqual([undefined, true, 'CANCELLED']);
  });

  it('start over with the answer of a worker that takes long to read the body', () => {
    const { client, clock, worker, events } = start(new FakeClient(10));
    worker.last.isWritable = false;
    events?.onBody(bytes('hello'));
    clock.advance(9_000);
    expect(client.error).toBeUndefined();
    clock.advance(2_000);
    expect(client.error?.reason).toBe('FIRST_BYTE_TIMEOUT');
  });
});

describe('a client that leaves', () => {
  it('cancels its attempt and frees everything', () => {
    const { events, worker, pool, orchestrator } = start(new FakeClient());
    events?.onClosed(false);
    expect(worker.last.resetCode).toBe('CANCELLED');
    expect([pool.debugState().leases, orchestrator.running]).toEqual([0, 0]);
  });
});
