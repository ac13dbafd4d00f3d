import { describe, expect, it } from 'vitest';
import {
  exampleHello,
  FakeClock,
  FlushQueue,
  naiveDecode,
  RecordedStream,
  ScriptedTransport,
  SessionPair,
} from '../testing/index.ts';
import { createWorkerSession, defaultLimits, frameRules, holdCapability, ProtocolError, StreamError } from './index.ts';

const cancelled = new StreamError('CANCELLED', 'the client has gone', { sentUpstream: true });
const head = { status: 200, headers: [['content-type', 'application/json']] } as const;

describe('a session', () => {
  it('opens by hello and welcome, and holds back what was said before', () => {
    const pair = new SessionPair();
    pair.worker.sendStatus({ state: 'probing', reason: '' });
    pair.worker.sendStatus({ state: 'ready', reason: 'the probe was answered' });
    expect(pair.gateway.debugState()).toEqual({ state: 'handshake', streams: 0, queuedBytes: 0, timers: 1 });
    pair.settle();
    expect(pair.gateway.debugState()).toEqual({ state: 'open', streams: 0, queuedBytes: 0, timers: 1 });
    expect(pair.statuses).toEqual([{ state: 'ready', reason: 'the probe was answered' }]);
  });

  it('carries a small request in one message, and its answer in one', () => {
    const pair = SessionPair.open();
    const answer = new RecordedStream();
    const request = { attempt: 'a', method: 'POST', path: '/v1', headers: [], operation: 'unknown' };
    const stream = pair.gateway.open(request, answer, { bodyless: false });
    stream.end(Uint8Array.of(1, 2, 3));
    pair.flushes.run();
    expect(pair.gatewayTransport.queue.map((message) => naiveDecode(message).map((frame) => frame.type))).toEqual([
      [frameRules.open.type, frameRules.data.type],
    ]);
    pair.settle();
    const served = pair.served[0];
    expect(served?.record.bytes).toEqual([1, 2, 3]);
    served?.stream.sendHead(head);
    served?.stream.end(Uint8Array.of(4));
    pair.flushes.run();
    expect(pair.workerTransport.queue.map((message) => naiveDecode(message).map((frame) => frame.type))).toEqual([
      [frameRules.head.type, frameRules.data.type],
    ]);
    pair.settle();
    expect(answer).toMatchObject({ head, bytes: [4], isEnded: true, error: undefined });
    expect([stream.closed, stream.bytesSent, stream.bytesReceived]).toEqual([true, 3, 1]);
    expect([pair.gateway.openStreams, pair.worker.openStreams]).toEqual([0, 0]);
  });

  it('tells the worker that a request has no body', () => {
    const pair = SessionPair.open();
    const { stream, served, answer } = pair.exchange({ bodyless: true });
    expect(served.bodyless).toBe(true);
    expect(() => stream.write(Uint8Array.of(1))).toThrow('write after end');
    served.sendHead(head);
    served.end();
    pair.settle();
    expect(answer).toMatchObject({ isEnded: true, byteCount: 0 });
  });

  it('keeps each direction open until its own end', () => {
    const pair = SessionPair.open();
    const { stream, answer, served, request } = pair.exchange();
    served.sendHead(head);
    served.end(Uint8Array.of(9));
    pair.settle();
    expect([answer.isEnded, stream.closed, served.closed]).toEqual([true, false, false]);
    stream.end(Uint8Array.of(7));
    pair.settle();
    expect([request.bytes, request.isEnded, stream.closed, served.closed]).toEqual([[7], true, true, true]);
  });

  it('resets a stream on both sides, and tells only the peer', () => {
    const pair = SessionPair.open();
    const { stream, answer, served, request } = pair.exchange();
    stream.write(new Uint8Array(1000));
    stream.reset(cancelled);
    stream.reset(cancelled);
    pair.settle();
    expect(request.error).toMatchObject({ code: 'CANCELLED', message: 'the client has gone', sentUpstream: true });
    expect([answer.error, request.byteCount, served.closed]).toEqual([undefined, 0, true]);
    expect(stream.write(Uint8Array.of(1))).toBe(false);
    expect([pair.gateway.openStreams, pair.worker.openStreams]).toEqual([0, 0]);
  });

  it('takes back an open that has not left', () => {
    const pair = SessionPair.open();
    const request = { attempt: 'a', method: 'GET', path: '/v1', headers: [], operation: 'unknown' };
    pair.gateway.open(request, new RecordedStream(), { bodyless: true }).reset(cancelled);
    pair.settle();
    expect(pair.served).toEqual([]);
    pair.exchange();
    expect(pair.served).toHaveLength(1);
  });

  it('sends nothing more of a request whose answer is complete', () => {
    const pair = SessionPair.open({ welcome: { windowBytes: 1000 } });
    const { stream, served, request, answer } = pair.exchange();
    stream.end(new Uint8Array(1500));
    served.sendHead(head);
    served.end();
    pair.settle();
    expect([answer.isEnded, request.byteCount]).toEqual([true, 1000]);
    stream.reset(new StreamError('RESPONSE_COMPLETE', 'the answer is complete', { sentUpstream: true }));
    expect(stream.closed).toBe(true);
    pair.settle();
    expect([request.byteCount, request.error?.code]).toEqual([1000, 'RESPONSE_COMPLETE']);
    expect([pair.gateway.openStreams, pair.worker.openStreams]).toEqual([0, 0]);
  });

  it('sends the rest of an answer before RESPONSE_COMPLETE', () => {
    const pair = SessionPair.open({ welcome: { windowBytes: 1000 } });
    const { stream, answer, served } = pair.exchange();
    served.sendHead(head);
    served.end(new Uint8Array(1500));
    served.reset(new StreamError('RESPONSE_COMPLETE', 'not wanted', { sentUpstream: true }));
    pair.settle();
    expect([answer.byteCount, answer.isEnded, served.closed]).toEqual([1000, false, false]);
    stream.consumed(1000);
    pair.settle();
    expect([answer.byteCount, answer.isEnded, answer.error?.code]).toEqual([1500, true, 'RESPONSE_COMPLETE']);
    expect([stream.closed, served.closed]).toEqual([true, true]);
  });

  it('ignores late frames of a stream that was reset', () => {
    const pair = SessionPair.open();
    const { stream, served, answer } = pair.exchange();
    served.sendHead(head);
    served.write(new Uint8Array(1000));
    pair.flushes.run();
    stream.reset(cancelled);
    pair.settle();
    expect([answer.head, answer.byteCount, pair.gatewayError]).toEqual([undefined, 0, undefined]);
  });

  it('refuses new streams while draining, and lets running ones finish', () => {
    const pair = SessionPair.open();
    const running = pair.exchange();
    pair.worker.drain('the page is closing');
    pair.worker.drain('again');
    const crossing = new RecordedStream();
    pair.gateway.open({ attempt: 'a', method: 'GET', path: '/v1', headers: [], operation: 'unknown' }, crossing, {
      bodyless: true,
    });
    pair.settle();
    expect(pair.goaways).toEqual(['worker: the page is closing']);
    expect(crossing.error).toMatchObject({ code: 'REFUSED', sentUpstream: false });
    expect(pair.gateway.debugState().state).toBe('draining');
    expect(() => pair.exchange()).toThrow(expect.objectContaining({ code: 'GOING_AWAY' }));
    running.served.sendHead(head);
    running.served.end();
    pair.settle();
    expect(running.answer.isEnded).toBe(true);
  });

  it.each([
    { note: 'tells a worker that it is held back, and let go', capabilities: [holdCapability], holds: [true, false] },
    { note: 'tells a worker nothing of that which does not know of it', capabilities: [], holds: [] },
  ])('$note', ({ capabilities, holds }) => {
    const pair = SessionPair.open({ hello: { capabilities } });
    pair.gateway.sendHold({ isHeld: true });
    pair.gateway.sendHold({ isHeld: false });
    pair.settle();
    expect(pair.holds).toEqual(holds);
    expect(pair.exchange().stream.closed).toBe(false);
  });

  it('fails every stream when it is destroyed, and tells the peer by the close code', () => {
    const pair = SessionPair.open();
    const first = pair.exchange();
    const second = pair.exchange();
    pair.gateway.destroy(new ProtocolError('REPLACED', 'another connection took over'));
    expect([first.answer.error?.code, second.answer.error?.code]).toEqual(['SESSION_LOST', 'SESSION_LOST']);
    pair.settle();
    expect(pair.workerError).toMatchObject({ code: 'REPLACED', message: 'another connection took over', retryable: false });
    expect(first.request.error?.code).toBe('SESSION_LOST');
    expect(pair.clock.timers).toBe(0);
    expect(pair.gateway.debugState()).toEqual({ state: 'closed', streams: 0, queuedBytes: 0, timers: 0 });
  });

  it('says of a lost stream whether its request may have been sent', () => {
    const pair = SessionPair.open();
    const sent = pair.exchange();
    const unsent = new RecordedStream();
    pair.gateway.open({ attempt: 'a', method: 'GET', path: '/v1', headers: [], operation: 'unknown' }, unsent, {
      bodyless: true,
    });
    pair.gatewayTransport.break();
    expect([sent.answer.error?.sentUpstream, unsent.error?.sentUpstream]).toEqual([true, false]);
    expect(pair.gatewayError?.code).toBe('TRANSPORT_LOST');
  });

  it('does not close a transport that closed by itself', () => {
    const transport = new ScriptedTransport();
    const clock = new FakeClock();
    const events = { onWelcome: () => {}, onStream: () => new RecordedStream(), onGoaway: () => {}, onClose: () => {} };
    const scheduleFlush = new FlushQueue().schedule;
    createWorkerSession({ transport, clock, scheduleFlush, limits: defaultLimits, hello: exampleHello }, events).transportClosed(
      1006,
      '',
    );
    expect([transport.closed, clock.timers]).toEqual([undefined, 0]);
  });

  it.each([
    [1000, 'CLOSED'],
    [1001, 'GOING_AWAY'],
    [1005, 'TRANSPORT_LOST'],
    [1006, 'TRANSPORT_LOST'],
    [1009, 'TRANSPORT_LOST'],
    [4401, 'UNAUTHORIZED'],
    [4999, 'TRANSPORT_LOST'],
  ])('takes a close with code %i for %s', (closeCode, code) => {
    const pair = SessionPair.open();
    pair.worker.transportClosed(closeCode, '');
    expect(pair.workerError?.code).toBe(code);
  });

  it('closes in good order when it is disposed', async () => {
    const pair = SessionPair.open();
    await pair.gateway[Symbol.asyncDispose]();
    pair.settle();
    expect([pair.gatewayError?.code, pair.workerError?.code]).toEqual(['CLOSED', 'CLOSED']);
  });

  it('closes with the error that the gateway answers to hello', () => {
    const pair = new SessionPair({ verdict: new ProtocolError('UNAUTHORIZED', 'the worker token is wrong') });
    pair.settle();
    expect(pair.workerError).toMatchObject({ code: 'UNAUTHORIZED', closeCode: 4401, retryable: false });
    expect(pair.clock.timers).toBe(0);
  });

  it('gives up when the handshake does not come', () => {
    const pair = new SessionPair();
    pair.clock.advance(5000);
    expect([pair.gatewayError?.code, pair.workerError?.code]).toEqual(['HELLO_TIMEOUT', 'HELLO_TIMEOUT']);
    expect(pair.clock.timers).toBe(0);
  });

  it('cuts a close reason to what a close frame holds', () => {
    const pair = SessionPair.open();
    pair.gateway.destroy(new ProtocolError('GOING_AWAY', 'é'.repeat(100)));
    expect(pair.gatewayTransport.closed).toEqual({ code: 1001, reason: 'é'.repeat(61) });
  });

  it('refuses a head that the peer would not take, without harm to the session', () => {
    const pair = SessionPair.open();
    expect(() => pair.exchange({ request: { path: 'no-slash' } })).toThrow(expect.objectContaining({ code: 'MALFORMED_FRAME' }));
    expect(() => pair.exchange({ request: { headers: [['x', 'y'.repeat(300_000)]] } })).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED' }),
    );
    const { served } = pair.exchange();
    expect(() => served.sendHead({ status: 200, headers: [['Name', 'upper case']] })).toThrow(ProtocolError);
    served.sendHead(head);
    expect(() => served.sendHead(head)).toThrow('second time');
    expect([pair.gateway.openStreams, pair.gatewayError]).toEqual([1, undefined]);
  });

  it('opens no more streams than its limit', () => {
    const pair = SessionPair.open({ limits: { maxStreams: 1 } });
    const { stream } = pair.exchange();
    expect(() => pair.exchange()).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }));
    stream.reset(cancelled);
    pair.exchange();
    expect(pair.gatewayError).toBe(undefined);
  });

  it('opens no stream before the handshake is done', () => {
    const pair = new SessionPair();
    expect(() => pair.exchange()).toThrow(expect.objectContaining({ code: 'UNEXPECTED_FRAME' }));
  });
});

describe('a handler that throws', () => {
  const broken = (): never => {
    throw new Error('a bug in a handler');
  };

  it('ends its own stream with INTERNAL on both sides, and no other', () => {
    const pair = SessionPair.open();
    const answer = new RecordedStream();
    const request = { attempt: 'a', method: 'GET', path: '/v1', headers: [], operation: 'unknown' };
    pair.gateway.open(request, { ...recorded(answer), onHead: broken }, { bodyless: true });
    const other = pair.exchange();
    const [served] = pair.served;
    served?.stream.sendHead(head);
    other.served.sendHead(head);
    pair.settle();
    expect(answer.error).toMatchObject({ code: 'INTERNAL', cause: { message: 'a bug in a handler' } });
    expect(served?.record.error).toMatchObject({ code: 'INTERNAL' });
    expect(served?.record.error?.message).not.toContain('bug in a handler');
    expect([other.answer.head, pair.gatewayError]).toEqual([head, undefined]);
  });

  it('resets the stream when onStream throws, and throws out of receive when all is done', () => {
    let count = 0;
    const pair = SessionPair.open({
      serve: () => {
        count++;
        return count === 1 ? broken() : new RecordedStream();
      },
    });
    expect(() => pair.exchange()).toThrow('a bug in a handler');
    pair.settle();
    expect(pair.gateway.openStreams).toBe(0);
    pair.exchange();
    expect([pair.worker.openStreams, pair.workerError]).toEqual([1, undefined]);
  });

  it('throws the exception of onReset out of the call, after the other streams were told', () => {
    const pair = SessionPair.open();
    const request = { attempt: 'a', method: 'GET', path: '/v1', headers: [], operation: 'unknown' };
    pair.gateway.open(request, { ...recorded(new RecordedStream()), onReset: broken }, { bodyless: true });
    const other = pair.exchange();
    expect(() => pair.gateway.transportClosed(1006, '')).toThrow('a bug in a handler');
    expect([other.answer.error?.code, pair.gatewayError?.code]).toEqual(['SESSION_LOST', 'TRANSPORT_LOST']);
  });

  function recorded(record: RecordedStream) {
    return {
      onHead: record.onHead.bind(record),
      onData: record.onData.bind(record),
      onWritable: record.onWritable.bind(record),
      onReset: record.onReset.bind(record),
    };
  }
});
