import { describe, expect, it } from 'vitest';
import { naiveDecode, SessionPair } from '../testing/index.ts';
import { frameHeaderBytes } from './frame.ts';
import { frameRules, StreamError } from './index.ts';
import { fullMessageBytes } from './limits.ts';

const head = { status: 200, headers: [] };

describe('what a turn sends', () => {
  it('goes out in one message, control frames first', () => {
    const pair = SessionPair.open();
    const first = pair.exchange();
    const second = pair.exchange();
    first.served.sendHead(head);
    first.served.end(Uint8Array.of(1));
    second.served.reset(new StreamError('REFUSED', 'no free slot', { sentUpstream: false }));
    pair.worker.sendStatus({ state: 'ready', reason: '' });
    pair.flushes.run();
    const messages = pair.workerTransport.queue.map((message) => naiveDecode(message).map((frame) => frame.type));
    const { reset, status, head: headRule, data } = frameRules;
    expect(messages).toEqual([[reset.type, status.type, headRule.type, data.type]]);
  });

  it('joins the chunks of a stream', () => {
    const pair = SessionPair.open();
    const { stream, request } = pair.exchange();
    for (let byte = 0; byte < 100; byte++) stream.write(Uint8Array.of(byte));
    pair.settle();
    expect(request.chunks).toHaveLength(1);
    expect(request.bytes).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  it('serves streams in turn, and splits large chunks', () => {
    const pair = SessionPair.open({ limits: { maxDataBytes: 10 } });
    const streams = [pair.exchange(), pair.exchange()];
    for (const { stream } of streams) stream.end(new Uint8Array(25));
    pair.flushes.run();
    const turns = pair.gatewayTransport.queue.flatMap((message) => naiveDecode(message));
    expect(turns.map((frame) => [frame.stream, frame.payload.byteLength, frame.flags])).toEqual([
      [1, 10, 0],
      [2, 10, 0],
      [1, 10, 0],
      [2, 10, 0],
      [1, 5, 1],
      [2, 5, 1],
    ]);
  });

  it('is cut into messages of bounded size and count of frames', () => {
    const pair = SessionPair.open({ welcome: { windowBytes: 1024 * 1024 }, limits: { maxFramesPerMessage: 6 } });
    const streams = Array.from({ length: 10 }, () => pair.exchange());
    for (const { stream } of streams) stream.end(new Uint8Array(200_000));
    pair.flushes.run();
    for (const message of pair.gatewayTransport.queue) {
      expect(message.byteLength).toBeLessThanOrEqual(fullMessageBytes + frameHeaderBytes);
      expect(naiveDecode(message).length).toBeLessThanOrEqual(6);
    }
    pair.settle();
    expect(streams.map(({ request }) => [request.byteCount, request.isEnded])).toEqual(streams.map(() => [200_000, true]));
  });

  it('waits for credit, and says when there is some again', () => {
    const pair = SessionPair.open({ welcome: { windowBytes: 100 } });
    const { stream, answer, served, request } = pair.exchange();
    expect(stream.write(new Uint8Array(99))).toBe(true);
    expect(stream.write(new Uint8Array(51))).toBe(false);
    pair.settle();
    expect([request.byteCount, stream.bytesSent, pair.gateway.debugState().queuedBytes]).toEqual([100, 100, 50]);
    served.consumed(24);
    pair.settle();
    expect(request.byteCount).toBe(100);
    served.consumed(1);
    pair.settle();
    expect([request.byteCount, answer.writableCount]).toEqual([125, 0]);
    served.consumed(100);
    pair.settle();
    expect([request.byteCount, answer.writableCount]).toEqual([150, 1]);
  });

  it('gives no credit after the end of the peer', () => {
    const pair = SessionPair.open({ welcome: { windowBytes: 100 } });
    const { stream, served } = pair.exchange();
    stream.end(new Uint8Array(100));
    pair.settle();
    served.consumed(100);
    pair.flushes.run();
    expect(pair.workerTransport.queue).toEqual([]);
    expect(() => served.consumed(1)).toThrow(RangeError);
  });
});

describe('a full socket', () => {
  it('holds data back but not control frames, and resumes on the pong behind the data', () => {
    const pair = SessionPair.open({ limits: { maxBufferedBytes: 1000 } });
    const { stream, answer, request } = pair.exchange();
    const other = pair.exchange();
    stream.write(new Uint8Array(2000));
    pair.flushes.run();
    expect(pair.gatewayTransport.queue.flatMap(naiveDecode).map((frame) => frame.type)).toEqual([
      frameRules.data.type,
      frameRules.ping.type,
    ]);
    expect(stream.write(new Uint8Array(10))).toBe(false);
    expect(other.stream.write(new Uint8Array(10))).toBe(false);
    other.served.consumed(0);
    pair.gateway.drain('shutting down');
    pair.flushes.run();
    expect(pair.gatewayTransport.queue.flatMap(naiveDecode).at(-1)?.type).toBe(frameRules.goaway.type);
    expect(pair.gateway.debugState().queuedBytes).toBe(20);
    pair.settle();
    expect([request.byteCount, other.request.byteCount]).toEqual([2010, 10]);
    expect([answer.writableCount, other.answer.writableCount]).toEqual([1, 1]);
  });

  it('is looked at again at each message and at each ping, even when the peer owes no pong', () => {
    const pair = SessionPair.open({ limits: { maxBufferedBytes: 1000 }, welcome: { windowBytes: 2000 } });
    const { stream, request, answer } = pair.exchange();
    stream.write(new Uint8Array(2000));
    pair.flushes.run();
    pair.gatewayTransport.deliver();
    pair.workerTransport.queue.length = 0;
    pair.clock.advance(15_000);
    expect(stream.write(new Uint8Array(1))).toBe(false);
    pair.served[0]?.stream.consumed(1000);
    pair.settle();
    expect([request.byteCount, answer.writableCount]).toEqual([2001, 1]);
  });

  it('takes no memory for opens beyond the streams that are open', () => {
    const pair = SessionPair.open({ limits: { maxBufferedBytes: 1000 } });
    const { stream } = pair.exchange();
    stream.write(new Uint8Array(2000));
    pair.flushes.run();
    const heldBytes = pair.gatewayTransport.bufferedAmount;
    for (let count = 0; count < 100; count++) {
      const opened = pair.gateway.open(
        { attempt: 'a', method: 'GET', path: '/v1', headers: [], operation: 'unknown' },
        { onHead: () => {}, onData: () => {}, onWritable: () => {}, onReset: () => {} },
        { bodyless: true },
      );
      pair.flushes.run();
      opened.reset(new StreamError('CANCELLED', 'the client has gone', { sentUpstream: false }));
      pair.flushes.run();
    }
    expect(pair.gatewayTransport.bufferedAmount).toBe(heldBytes);
    pair.settle();
    expect(pair.served).toHaveLength(1);
  });
});
