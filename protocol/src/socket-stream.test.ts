import { describe, expect, it } from 'vitest';
import { exampleHandshake, RecordedSocket, SessionPair } from '../testing/index.ts';
import { StreamError } from './index.ts';

const rest = { streams: 0, queuedBytes: 0 };
const windowBytes = 1000;

describe('a websocket stream', () => {
  it('tells the worker the handshake, and the gateway what came of it', () => {
    const pair = SessionPair.open();
    const { served, answer } = pair.socket();
    expect(served.request).toEqual({ ...exampleHandshake, kind: 'websocket' });
    served.sendHead({ status: 101, headers: [['sec-websocket-protocol', 'live']] });
    pair.settle();
    expect(answer.head).toEqual({ status: 101, headers: [['sec-websocket-protocol', 'live']] });
  });

  it('keeps the borders, the order and the kind of messages, empty ones included', () => {
    const pair = SessionPair.open();
    const { stream, served, answer, request } = pair.socket({ status: 101 });
    stream.send(text('héllo'), true);
    stream.send(Uint8Array.of(1, 2), false);
    stream.send(new Uint8Array(0), false);
    stream.send(text(''), true);
    served.send(text('{}'), true);
    served.send(Uint8Array.of(), false);
    pair.settle();
    expect(request.messages).toEqual(['héllo', [1, 2], [], '']);
    expect(answer.messages).toEqual(['{}', []]);
  });

  it('carries messages larger than the window and than a frame', () => {
    const pair = SessionPair.open({ welcome: { windowBytes }, limits: { maxDataBytes: 300 } });
    const { stream, request } = pair.socket({ status: 101 });
    const message = Uint8Array.from({ length: 5000 }, (_, index) => index % 251);
    stream.send(message, false);
    stream.send(text('next'), true);
    pair.settle();
    expect(request.messages).toEqual([[...message], 'next']);
  });

  it('gives credit for a message only when it was taken, and charges for its end', () => {
    const pair = SessionPair.open({ welcome: { windowBytes } });
    const { stream, served, request } = pair.socket({ status: 101 });
    // Nothing but their ends: 31 of 32 bytes each fit into the window of 1000.
    for (let count = 0; count < 40; count++) stream.send(new Uint8Array(0), false);
    pair.settle();
    expect(request.messages).toHaveLength(31);
    expect(stream.queuedBytes).toBe(9 * 32);
    for (let count = 0; count < 31; count++) served.taken();
    pair.settle();
    expect(request.messages).toHaveLength(40);
    expect(() => {
      for (let count = 0; count < 10; count++) served.taken();
    }).toThrow('taken: no message is out');
  });

  it('does not let large messages pile up that nobody takes', () => {
    const pair = SessionPair.open({ welcome: { windowBytes }, limits: { maxDataBytes: 100 } });
    const { stream, served, request } = pair.socket({ status: 101 });
    // Each ends with a piece of one byte, and keeps a quarter of the window all the same.
    for (let count = 0; count < 20; count++) stream.send(new Uint8Array(5001), false);
    pair.settle();
    expect(request.messages).toHaveLength(2);
    served.taken();
    pair.settle();
    expect(request.messages).toHaveLength(3);
  });

  it('says when more may be sent', () => {
    const pair = SessionPair.open({ welcome: { windowBytes } });
    const { stream, served, answer } = pair.socket({ status: 101 });
    expect(stream.send(new Uint8Array(468), false)).toBe(true);
    expect(stream.send(new Uint8Array(468), false)).toBe(false);
    pair.settle();
    expect(answer.writableCount).toBe(0);
    served.taken();
    pair.settle();
    expect(answer.writableCount).toBe(1);
  });

  it('is over when both sides have closed, each after its last message', () => {
    const pair = SessionPair.open();
    const { stream, served, answer, request } = pair.socket({ status: 101 });
    stream.send(text('last'), true);
    stream.close(1000, 'done');
    stream.close(1001, 'twice');
    stream.send(text('late'), true);
    pair.settle();
    expect([request.messages, request.closes]).toEqual([['last'], ['1000 done']]);
    expect([stream.closed, served.closed]).toEqual([false, false]);
    served.send(text('still here'), true);
    served.close(4242, '');
    pair.settle();
    expect([answer.messages, answer.closes]).toEqual([['still here'], ['4242 ']]);
    expect([pair.gateway.debugState(), pair.worker.debugState()]).toMatchObject([rest, rest]);
  });

  it('sends a close however little credit there is', () => {
    const pair = SessionPair.open({ welcome: { windowBytes: 1 } });
    const { stream, served, answer, request } = pair.socket({ status: 101 });
    stream.send(new Uint8Array(0), false);
    stream.close(1000, '');
    served.close(1000, '');
    pair.settle();
    expect([request.messages, request.closes, answer.closes]).toEqual([[[]], ['1000 '], ['1000 ']]);
  });

  it('carries a refusal as an answer', () => {
    const pair = SessionPair.open();
    const { stream, served, answer } = pair.socket({ status: 403 });
    served.end(Uint8Array.of(1, 2, 3));
    served.reset(new StreamError('RESPONSE_COMPLETE', '', { sentUpstream: true }));
    pair.settle();
    expect([answer.head?.status, answer.bytes, answer.isEnded]).toEqual([403, [1, 2, 3], true]);
    expect(stream.closed).toBe(true);
    expect(() => pair.socket({ status: 403 }).served.send(text('x'), true)).toThrow('before the socket is open');
    expect(() => pair.socket().stream.send(text('x'), true)).toThrow('before the socket is open');
  });

  it('is reset on both sides at once', () => {
    const pair = SessionPair.open();
    const { stream, served, request } = pair.socket({ status: 101 });
    served.send(text('lost'), true);
    stream.reset(new StreamError('CANCELLED', 'the client has gone', { sentUpstream: true }));
    pair.settle();
    expect(request.error?.code).toBe('CANCELLED');
    expect([pair.gateway.debugState(), pair.worker.debugState()]).toMatchObject([rest, rest]);
    expect([pair.gatewayError, pair.workerError]).toEqual([undefined, undefined]);
  });

  it('ends when a handler throws, and no other stream does', () => {
    class Broken extends RecordedSocket {
      override onMessage(): void {
        throw new Error('a bug');
      }
    }
    const pair = SessionPair.open({ serveSocket: () => new Broken() });
    const broken = pair.socket({ status: 101 });
    broken.stream.send(text('x'), true);
    pair.settle();
    expect(broken.answer.error?.code).toBe('INTERNAL');
    expect([pair.gatewayError, pair.workerError]).toEqual([undefined, undefined]);
  });

  it.each([999, 5000, 1000.5])('is not closed with %d', (code) => {
    const pair = SessionPair.open();
    const { stream } = pair.socket({ status: 101 });
    expect(() => stream.close(code, '')).toThrow(RangeError);
  });

  it('cuts a reason to what a close frame holds', () => {
    const pair = SessionPair.open();
    const { stream, request } = pair.socket({ status: 101 });
    stream.close(1000, 'ö'.repeat(100));
    pair.settle();
    expect(request.closes).toEqual([`1000 ${'ö'.repeat(61)}`]);
  });
});

function text(content: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(content);
}
