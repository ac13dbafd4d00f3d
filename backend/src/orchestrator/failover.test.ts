import { ProtocolError, type StreamErrorCode } from '@gemini-proxy/protocol';
import { describe, expect, it } from 'vitest';
import type { WorkerState } from '../pool/worker.ts';
import { lossPauseMs } from './exchange.ts';
import { createCaller } from './internal-call.ts';
import { bytes, FakeClient, FakeWorker, failure, firstByteTimeoutMs, startPool } from './testing.ts';

const generate = 'POST /v1beta/models/m:generateContent';
const create = 'POST /v1beta/cachedContents';
const bodyless = (line: string) => new FakeClient(0, line);

describe('a request whose attempt failed before its answer began', () => {
  it('is sent again with the same bytes, as another attempt, by another worker', () => {
    const { first, second, send, atRest } = startPool(2);
    const client = send(new FakeClient(10, generate));
    client.events?.onBody(bytes('hello'));
    first.last.events.onReset(failure('REFUSED', false));
    client.events?.onBody(bytes('world'));
    expect(second.last.written).toEqual(['hello', 'world', 'end']);
    expect(second.last.request.attempt).not.toBe(first.last.request.attempt);
    second.last.events.onHead({ status: 200, headers: [] });
    second.last.events.onData(bytes('done'), true);
    client.events?.onClosed(true);
    expect(client.answer).toBe('done<end>');
    expect(atRest()).toEqual({ running: 0, timed: 0, retainedBytes: 0, leases: 0, waiting: 0 });
  });

  it.each<[string, string, StreamErrorCode, boolean, 'again' | 'fails']>([
    ['worker lost without a word', generate, 'SESSION_LOST', true, 'again'],
    ['worker lost without a word, lasting effect', create, 'SESSION_LOST', true, 'again'],
    ['refused', create, 'REFUSED', false, 'again'],
    ['said to be sent, without effect', generate, 'UPSTREAM_UNREACHABLE', true, 'again'],
    ['said to be sent, a read', 'GET /v1beta/files/abc', 'UPSTREAM_CUT', true, 'again'],
    ['said to be sent, lasting effect', create, 'UPSTREAM_UNREACHABLE', true, 'fails'],
    ['said not to be sent, lasting effect', create, 'UPSTREAM_UNREACHABLE', false, 'again'],
    ['no answer in time, lasting effect', create, 'FIRST_BYTE_TIMEOUT', true, 'fails'],
    ['a bug', generate, 'INTERNAL', true, 'fails'],
  ])('%s: %s %s', (_note, line, code, sentUpstream, outcome) => {
    const { clock, first, second, send } = startPool(2);
    const client = send(bodyless(line));
    first.last.events.onReset(failure(code, sentUpstream));
    clock.advance(lossPauseMs);
    expect([second.streams.length, client.error === undefined]).toEqual(outcome === 'again' ? [1, true] : [0, false]);
  });

  it('is sent again whatever its effect where that is wanted', () => {
    const { first, second, send } = startPool(2, { retrySent: 'all' });
    send(bodyless(create));
    first.last.events.onReset(failure('UPSTREAM_UNREACHABLE', true));
    expect(second.streams).toHaveLength(1);
  });

  it('does not come back to a worker that failed it while there is another', () => {
    const { first, second, third, send } = startPool(3);
    send(bodyless(generate));
    first.last.events.onReset(failure('REFUSED', false));
    second.last.events.onReset(failure('REFUSED', false));
    expect([first, second, third].map(({ streams }) => streams.length)).toEqual([1, 1, 1]);
  });

  it('does not waste its tries on the other connections of a page that goes', () => {
    const { clock, workers, third, send } = startPool(3);
    const client = send(bodyless(generate));
    for (const worker of workers.slice(0, 2)) {
      worker.state = 'gone';
      worker.streams[0]?.events.onReset(failure('SESSION_LOST', true));
      clock.advance(lossPauseMs / 2);
    }
    clock.advance(lossPauseMs);
    expect(workers.map(({ streams }) => streams.length)).toEqual([1, 0, 1]);
    third.last.events.onReset(failure('SESSION_LOST', true));
    client.events?.onClosed(false);
    clock.advance(1_000);
    expect([clock.timers, third.streams.length]).toEqual([0, 1]);
  });

  it('has a bounded number of tries', () => {
    const { first, send } = startPool(1, { maxAttempts: 4 });
    const client = send(bodyless(generate));
    for (let attempt = 0; attempt < 4; attempt += 1) first.last.events.onReset(failure('REFUSED', false));
    expect(first.streams).toHaveLength(4);
    expect(client.error?.reason).toBe('ALL_WORKERS_BUSY');
  });

  it('goes elsewhere when the session closed before the stream was opened', () => {
    const { first, second, send } = startPool(2);
    first.failure = new ProtocolError('CLOSED', 'gone');
    send(bodyless(create));
    expect(second.streams).toHaveLength(1);
  });

  it('is told of the failure at once where only the failed worker is there to try it', () => {
    const { first, send } = startPool(1, { workerWaitMs: 10_000 });
    const client = send(bodyless(generate));
    first.last.events.onReset(failure('UPSTREAM_UNREACHABLE', true));
    expect([first.streams.length, client.error?.reason]).toEqual([1, 'UPSTREAM_UNREACHABLE']);
  });

  it('waits for the only worker to come back, and is told what became of its try when it does not', () => {
    const { pool, clock, first, send, lose } = startPool(1, { workerWaitMs: 10_000 });
    const client = send(bodyless(generate));
    lose(first);
    expect([client.error, pool.debugState().waiting]).toEqual([undefined, 1]);
    const again = new FakeWorker('w1');
    pool.add(again);
    expect(again.streams).toHaveLength(1);
    lose(again);
    clock.advance(9_000);
    expect(client.error).toBeUndefined();
    clock.advance(1_100);
    expect(client.error?.reason).toBe('WORKER_LOST');
    expect(pool.debugState()).toMatchObject({ waiting: 0, timers: 0 });
  });

  it('waits for a worker no shorter because its body goes on coming', () => {
    const { pool, clock, first, send, lose } = startPool(1, { workerWaitMs: 30_000 });
    const client = send(new FakeClient(10, generate));
    client.events?.onBody(bytes('hello'));
    lose(first);
    client.events?.onBody(bytes('world'));
    clock.advance(firstByteTimeoutMs + 5_000);
    const again = new FakeWorker('w1');
    pool.add(again);
    expect([client.error, again.last.written]).toEqual([undefined, ['hello', 'world', 'end']]);
  });

  it('is left to the caller where it is a call of the gateway itself that may have had an effect', async () => {
    const { first, second, orchestrator, lose } = startPool(2);
    const call = createCaller(orchestrator);
    const signal = new AbortController().signal;
    const answer = call({ method: 'POST', path: '/upload/v1beta/files', headers: [], maxAnswerBytes: 100, signal });
    lose(first);
    await expect(answer).rejects.toMatchObject({ reason: 'WORKER_LOST' });
    expect(second.streams).toHaveLength(0);
  });
});

describe('an answer that has begun', () => {
  it('is not begun again', () => {
    const { first, second, send } = startPool(2);
    const client = send(bodyless(generate));
    first.last.events.onHead({ status: 200, headers: [] });
    first.last.events.onReset(failure('SESSION_LOST', true));
    expect([second.streams.length, client.error?.reason]).toEqual([0, 'WORKER_LOST']);
  });

  it('stays with a worker that cannot answer others', () => {
    const { first, second, send, setState, clock } = startPool(2);
    const client = send(bodyless(generate));
    first.last.events.onHead({ status: 200, headers: [] });
    setState(first, 'suspended');
    clock.advance(4_000);
    expect([second.streams.length, client.error]).toEqual([0, undefined]);
  });
});

describe('a request without an answer', () => {
  it.each<[WorkerState]>([['needs-interaction'], ['refused']])('leaves a worker that is %s at once', (state) => {
    const { first, second, send, setState } = startPool(2);
    send(bodyless(generate));
    setState(first, state);
    expect([first.last.resetCode, second.streams.length]).toEqual(['CANCELLED', 1]);
  });

  it.each<[WorkerState]>([['suspended'], ['probing']])(
    'leaves a worker that is %s when that has not passed in a moment, and ignores what still comes from there',
    (state) => {
      const { clock, first, second, send, setState } = startPool(2);
      const client = send(bodyless(generate));
      setState(first, state);
      clock.advance(2_900);
      expect(second.streams).toHaveLength(0);
      clock.advance(1_500);
      expect([first.last.resetCode, second.streams.length]).toEqual(['CANCELLED', 1]);
      first.last.events.onHead({ status: 200, headers: [] });
      first.last.events.onData(bytes('late'), true);
      expect([client.head, client.answer]).toEqual([undefined, '']);
      second.last.events.onHead({ status: 200, headers: [] });
      second.last.events.onData(bytes('right'), true);
      expect(client.answer).toBe('right<end>');
    },
  );

  it('stays when the connection is back in time', () => {
    const { clock, first, second, send, setState } = startPool(2);
    send(bodyless(generate));
    setState(first, 'suspended');
    clock.advance(2_000);
    setState(first, 'ready');
    clock.advance(5_000);
    expect([first.last.resetCode, second.streams.length]).toEqual([undefined, 0]);
  });

  it.each<[WorkerState]>([['draining'], ['paused']])('stays when the connection is back, and the worker is %s since', (state) => {
    const { clock, first, second, send, setState } = startPool(2);
    send(bodyless(generate));
    setState(first, 'suspended');
    clock.advance(2_000);
    setState(first, state);
    clock.advance(5_000);
    expect([first.last.resetCode, second.streams.length]).toEqual([undefined, 0]);
  });

  it('leaves as soon as another worker is free', () => {
    const { clock, pool, first, send, setState } = startPool(1);
    send(bodyless(generate));
    setState(first, 'needs-interaction');
    clock.advance(2_000);
    const late = new FakeWorker('late');
    pool.add(late);
    clock.advance(2_500);
    expect([first.last.resetCode, late.streams.length]).toEqual(['CANCELLED', 1]);
  });

  it('stays when it may not be executed twice', () => {
    const { clock, first, second, send, setState } = startPool(2);
    const client = send(bodyless(create));
    setState(first, 'needs-interaction');
    clock.advance(5_000);
    expect([first.last.resetCode, second.streams.length]).toEqual([undefined, 0]);
    clock.advance(firstByteTimeoutMs);
    expect(client.error?.reason).toBe('FIRST_BYTE_TIMEOUT');
  });

  it('goes to another worker at its deadline, and the silent one is told, and gets nothing until it has proved itself', () => {
    const { clock, pool, first, second, send } = startPool(2);
    send(bodyless(generate));
    clock.advance(firstByteTimeoutMs + 1_000);
    expect([first.last.resetCode, second.streams.length]).toEqual(['FIRST_BYTE_TIMEOUT', 1]);
    expect(pool.workers().map(({ isSuspect }) => isSuspect)).toEqual([true, false]);
    send(bodyless(generate));
    expect([first.streams.length, second.streams.length]).toEqual([1, 2]);
    pool.changed(first);
    send(bodyless(generate));
    expect(first.streams).toHaveLength(2);
  });
});
