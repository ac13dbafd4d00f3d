import { describe, expect, it } from 'vitest';
import {
  FakeClock,
  FlushQueue,
  naiveDecode,
  naiveEncode,
  RecordedStream,
  ScriptedTransport,
  SessionPair,
} from '../testing/index.ts';
import { exampleGraceMs, ResumingPair } from '../testing/resuming-pair.ts';
import { exampleHello, exampleRequest, exampleWelcome } from '../testing/session-pair.ts';
import { createWorkerSession, defaultLimits, frameRules, ProtocolError, StreamError, type StreamEvents } from './index.ts';
import { assertLimits } from './limits.ts';

const cancelled = new StreamError('CANCELLED', 'the client has gone', { sentUpstream: true });
const head = { status: 200, headers: [] };

describe('a session whose connection breaks', () => {
  it('goes on where it stopped, and sends again what was lost on the way', () => {
    const pair = ResumingPair.open();
    const { stream, answer, served, request } = pair.exchange();
    stream.write(Uint8Array.of(1));
    served.sendHead(head);
    served.write(Uint8Array.of(7));
    pair.settle();
    stream.write(Uint8Array.of(2));
    served.write(Uint8Array.of(8));
    pair.flushes.run();
    pair.cut();
    stream.end(Uint8Array.of(3));
    served.end(Uint8Array.of(9));
    expect([request.bytes, answer.bytes]).toEqual([[1], [7]]);
    pair.dial();
    pair.settle();
    expect([request.bytes, request.isEnded]).toEqual([[1, 2, 3], true]);
    expect([answer.bytes, answer.isEnded]).toEqual([[7, 8, 9], true]);
    expect(pair.log).toEqual([
      'welcome',
      'gateway suspended: TRANSPORT_LOST',
      'worker suspended: TRANSPORT_LOST',
      'worker resumed',
      'gateway resumed',
    ]);
    for (const session of [pair.gateway, pair.worker]) {
      expect(session.debugState()).toEqual({ state: 'open', streams: 0, queuedBytes: 0, timers: 1 });
    }
  });

  it('tells its streams of the break, and of its end once both sides know', () => {
    const pair = ResumingPair.open();
    const told: string[] = [];
    const events: StreamEvents = {
      onHead: () => told.push('head'),
      onData: () => {},
      onWritable: () => {},
      onReset: () => {},
      onSuspended: () => told.push(`suspended ${pair.gateway.suspended}`),
      onResumed: () => told.push(`resumed ${pair.gateway.suspended}`),
    };
    pair.gateway.open(exampleRequest, events, { bodyless: true });
    pair.settle();
    pair.cut();
    pair.served[0]?.stream.sendHead(head);
    // The gateway takes the claim, and its welcome is lost.
    pair.dial();
    pair.flushes.run();
    pair.connection.worker.deliver();
    expect([pair.gateway.debugState().state, pair.gateway.suspended]).toEqual(['open', true]);
    expect(() => pair.exchange()).toThrow(expect.objectContaining({ code: 'TRANSPORT_LOST' }));
    pair.cut();
    expect(told).toEqual(['suspended true']);
    pair.dial();
    pair.settle();
    expect(told).toEqual(['suspended true', 'resumed false', 'head']);
  });

  it('lets what is written wait within its window, and a reset until it can be delivered', () => {
    const pair = ResumingPair.open({ welcome: { windowBytes: 1000 } });
    const { stream, answer, served, request } = pair.exchange();
    const other = pair.exchange();
    pair.cut();
    served.sendHead(head);
    expect([served.write(new Uint8Array(999)), served.write(new Uint8Array(1))]).toEqual([true, false]);
    other.stream.reset(cancelled);
    expect(other.stream.closed).toBe(true);
    pair.dial();
    pair.settle();
    expect([answer.byteCount, request.writableCount]).toEqual([1000, 0]);
    stream.consumed(1000);
    pair.settle();
    expect(request.writableCount).toBe(1);
    expect(other.request.error?.code).toBe('CANCELLED');
  });

  it('unblocks a stream that only the full socket of the lost connection held up', () => {
    const pair = ResumingPair.open({ limits: { maxBufferedBytes: 1000 } });
    const { served, request } = pair.exchange();
    served.sendHead(head);
    served.write(new Uint8Array(5000));
    pair.flushes.run();
    expect(served.write(new Uint8Array(1))).toBe(false);
    pair.reconnect();
    expect(request.writableCount).toBe(1);
  });

  it('has one timer while it waits, no heartbeat, and takes no new streams', () => {
    const pair = ResumingPair.open();
    pair.exchange();
    pair.cut();
    expect(pair.clock.timers).toBe(2);
    expect(pair.gateway.debugState()).toMatchObject({ state: 'suspended', streams: 1, timers: 1 });
    expect(() => pair.gateway.open(exampleRequest, new RecordedStream(), { bodyless: true })).toThrow(
      expect.objectContaining({ code: 'TRANSPORT_LOST' }),
    );
    pair.clock.advance(exampleGraceMs - 1);
    expect(pair.gateway.suspended).toBe(true);
  });

  it('is lost with its streams when nobody comes within the grace time', () => {
    const pair = ResumingPair.open();
    const { answer, request } = pair.exchange();
    pair.cut();
    pair.clock.advance(exampleGraceMs);
    expect([answer.error?.code, request.error?.code]).toEqual(['SESSION_LOST', 'SESSION_LOST']);
    expect(answer.error?.cause).toBeInstanceOf(ProtocolError);
    for (const session of [pair.gateway, pair.worker]) {
      expect(session.debugState()).toEqual({ state: 'closed', streams: 0, queuedBytes: 0, timers: 0 });
      expect(session.suspended).toBe(false);
    }
    expect(pair.clock.timers).toBe(0);
    pair.dial();
    pair.settle();
    expect(pair.hellos.at(-1)?.resume).toBe(null);
  });

  it('begins anew when the gateway no longer has it', () => {
    const pair = ResumingPair.open();
    const { request } = pair.exchange();
    const lost = pair.worker;
    pair.cut();
    pair.isKnown = false;
    pair.dial();
    pair.settle();
    expect([request.error?.code, lost.closed, pair.worker === lost]).toEqual(['SESSION_LOST', true, false]);
    const { served, answer } = pair.exchange();
    served.sendHead(head);
    pair.settle();
    expect(answer.head).toEqual(head);
  });

  it('goes to a second claimant, whose rival is closed', () => {
    const pair = ResumingPair.open();
    const { stream, answer, served, request } = pair.exchange();
    // Only the worker knows that the first connection is broken.
    const first = pair.connection;
    first.worker.fail();
    served.sendHead(head);
    stream.write(Uint8Array.of(1));
    pair.flushes.run();
    pair.dial();
    pair.settle();
    expect(first.gateway.closed?.code).toBe(4411);
    stream.write(Uint8Array.of(2));
    pair.settle();
    expect([request.bytes, answer.head]).toEqual([[1, 2], head]);
    // What the first connection still brings is nobody's.
    first.worker.queue.push(Uint8Array.of(255));
    first.worker.deliver();
    first.gatewayEnd.transportClosed(1006, '');
    expect(pair.gateway.debugState().state).toBe('open');
  });

  it('outlives a worker that waited in vain for the welcome back', () => {
    const pair = ResumingPair.open();
    const { served, answer } = pair.exchange();
    pair.cut();
    served.sendHead(head);
    pair.dial();
    pair.flushes.run();
    pair.connection.worker.deliver();
    pair.connection.gateway.queue.length = 0;
    pair.clock.advance(defaultLimits.helloTimeoutMs);
    expect(pair.connection.worker.closed?.code).toBe(4408);
    pair.settle();
    expect(pair.gateway.debugState()).toMatchObject({ state: 'suspended', timers: 1 });
    pair.dial();
    pair.settle();
    expect([pair.gateway.suspended, answer.head, answer.error]).toEqual([false, head, undefined]);
  });

  it('outlives a peer that was silent for too long', () => {
    const pair = ResumingPair.open({ welcome: { pingIntervalMs: 1000 } });
    const { stream, request } = pair.exchange();
    pair.clock.advance(1750);
    expect(pair.connection.gateway.closed?.code).toBe(4410);
    expect(pair.gateway.debugState().state).toBe('suspended');
    pair.connection.worker.fail();
    pair.dial();
    pair.settle();
    stream.write(Uint8Array.of(1));
    pair.settle();
    expect(request.bytes).toEqual([1]);
    for (let round = 0; round < 10; round++) {
      pair.clock.advance(500);
      pair.settle();
    }
    expect(pair.log.filter((line) => line.startsWith('gateway'))).toEqual(['gateway suspended: PING_TIMEOUT', 'gateway resumed']);
  });

  it('answers a ping that was on its way', () => {
    const pair = ResumingPair.open({ welcome: { pingIntervalMs: 1000 } });
    pair.clock.advance(1000);
    pair.flushes.run();
    pair.connection.worker.deliver();
    pair.flushes.run();
    pair.reconnect();
    expect(pair.gateway.roundTripMs).toBe(0);
    expect(pair.log.filter((line) => line.includes('closed'))).toEqual([]);
  });

  it('tells after the break what was said during it', () => {
    const pair = ResumingPair.open();
    const { served, answer } = pair.exchange();
    pair.cut();
    pair.worker.sendStatus({ state: 'ready', reason: '' });
    pair.worker.drain('the page is closing');
    pair.dial();
    pair.settle();
    expect(pair.log.slice(-2)).toEqual(['status ready', 'goaway the page is closing']);
    expect(pair.gateway.debugState().state).toBe('draining');
    pair.reconnect();
    served.sendHead(head);
    served.end();
    pair.settle();
    expect(answer.isEnded).toBe(true);
  });

  it('lets no handler that throws keep it from going on', () => {
    const pair = ResumingPair.open();
    const events = { onHead: () => {}, onData: () => {}, onWritable: () => {}, onReset: () => {} };
    const onSuspended = (): void => {
      throw new Error('a bug of the gateway');
    };
    pair.gateway.open(exampleRequest, { ...events, onSuspended }, { bodyless: true });
    const { stream, request } = pair.exchange();
    pair.cut();
    pair.dial();
    pair.settle();
    stream.end(Uint8Array.of(1));
    pair.settle();
    expect([pair.served[0]?.record.error?.code, request.bytes]).toEqual(['INTERNAL', [1]]);
  });

  it.each([
    [1000, 'closed'],
    [1001, 'closed'],
    [1002, 'closed'],
    [1003, 'closed'],
    [1005, 'suspended'],
    [1006, 'suspended'],
    [1007, 'closed'],
    [1009, 'closed'],
    [1011, 'suspended'],
    [1012, 'suspended'],
    [4400, 'closed'],
    [4408, 'closed'],
    [4409, 'closed'],
    [4410, 'suspended'],
    [4411, 'closed'],
    [4500, 'closed'],
    [4999, 'suspended'],
  ])('after close code %i is %s', (code, state) => {
    const pair = ResumingPair.open();
    pair.worker.transportClosed(code, '');
    expect(pair.worker.debugState().state).toBe(state);
  });

  it('is lost at once where the gateway offers no resume', () => {
    const pair = SessionPair.open();
    const { answer } = pair.exchange();
    pair.gatewayTransport.break();
    expect([answer.error?.code, pair.gateway.debugState().state, pair.clock.timers]).toEqual(['SESSION_LOST', 'closed', 0]);
  });

  it('ends when it is destroyed while it waits', () => {
    const pair = ResumingPair.open();
    const { answer } = pair.exchange();
    pair.cut();
    pair.gateway.destroy(new ProtocolError('REPLACED', 'another connection took over'));
    pair.worker.destroy(new ProtocolError('CLOSED', 'stopped'));
    expect([answer.error?.code, pair.clock.timers]).toEqual(['SESSION_LOST', 0]);
  });

  it('is given up on both sides when it was over at the worker before the welcome came', () => {
    const pair = ResumingPair.open();
    const { answer } = pair.exchange();
    pair.cut();
    pair.dial();
    pair.flushes.run();
    pair.worker.destroy(new ProtocolError('TRANSPORT_LOST', 'its time was over'));
    pair.settle();
    expect(pair.connection.worker.closed?.code).toBe(1000);
    expect(answer.error?.code).toBe('SESSION_LOST');
  });
});

describe('acknowledgements', () => {
  it('cost small exchanges no message', () => {
    const pair = ResumingPair.open();
    const before = pair.connection.gateway.deliveredCount + pair.connection.worker.deliveredCount;
    for (let index = 0; index < 500; index++) {
      const { served } = pair.exchange({ bodyless: true });
      served.sendHead(head);
      served.end(Uint8Array.of(1));
      pair.settle();
    }
    expect(pair.connection.gateway.deliveredCount + pair.connection.worker.deliveredCount - before).toBe(1000);
    pair.cut();
    // What is not acknowledged yet, with 256 bytes for each message.
    expect(pair.gateway.debugState().queuedBytes).toBeLessThan(64 * 1024);
  });

  it('come by themselves where nothing else is sent', () => {
    const pair = ResumingPair.open();
    const { served } = pair.exchange();
    served.sendHead(head);
    for (let index = 0; index < 1000; index++) {
      served.write(Uint8Array.of(1));
      pair.settle();
    }
    pair.cut();
    expect(pair.worker.debugState().queuedBytes).toBeLessThan(64 * 1024);
  });

  it('keep what a suspended session holds within the windows of its streams and 64 KiB', () => {
    const windowBytes = 64 * 1024;
    const pieceBytes = 4000;
    const pair = ResumingPair.open({ welcome: { windowBytes } });
    const exchanges = Array.from({ length: 10 }, () => pair.exchange());
    for (const { served } of exchanges) served.sendHead(head);
    const consumed = new Map<number, number>();
    const fill = (): void => {
      for (const { served } of exchanges) while (served.write(new Uint8Array(pieceBytes)));
    };
    for (let round = 0; round < 40; round++) {
      fill();
      if (round % 3 === 0) pair.flushes.run();
      else pair.settle();
      if (round % 4 === 0) {
        pair.cut();
        fill();
        const { queuedBytes } = pair.worker.debugState();
        expect(queuedBytes).toBeLessThanOrEqual(exchanges.length * (windowBytes + pieceBytes) + 64 * 1024);
        expect(queuedBytes).toBeGreaterThan(0);
        pair.dial();
        pair.settle();
      }
      for (const { stream } of exchanges) {
        stream.consumed(stream.bytesReceived - (consumed.get(stream.id) ?? 0));
        consumed.set(stream.id, stream.bytesReceived);
      }
    }
  });

  it('are missed from a peer that sends none: first data waits, then the session ends', () => {
    const limits = { maxHeadBytes: 1000, maxDataBytes: 10_000 };
    const pair = ResumingPair.open({ limits: { ...limits, maxUnackedBytes: 50_000 }, welcome: { windowBytes: 1024 * 1024 } });
    const { stream } = pair.exchange();
    for (let index = 0; index < 20; index++) {
      stream.write(new Uint8Array(5000));
      pair.flushes.run();
      pair.connection.gateway.queue.length = 0;
    }
    expect(stream.bytesSent).toBeGreaterThan(20_000);
    expect(stream.bytesSent).toBeLessThan(40_000);
    expect(pair.gateway.debugState().state).toBe('open');
    for (let index = 0; index < 200 && !pair.gateway.closed; index++) {
      pair.gateway.receive(ping());
      pair.flushes.run();
    }
    expect(pair.log.at(-1)).toBe('gateway closed: LIMIT_EXCEEDED');
  });

  it('are refused in a session that cannot be resumed', () => {
    const pair = SessionPair.open();
    pair.gateway.receive(ack(0));
    expect(pair.gatewayError?.code).toBe('UNEXPECTED_FRAME');
  });

  it('may say what is known, but not what cannot be', () => {
    const pair = ResumingPair.open();
    pair.exchange();
    pair.gateway.receive(ack(1));
    pair.gateway.receive(ack(0));
    pair.gateway.receive(ack(1));
    expect(pair.gateway.closed).toBe(false);
    pair.gateway.receive(ack(2));
    expect(pair.log.at(-1)).toBe('gateway closed: UNEXPECTED_FRAME');
  });

  it('that say nothing new are counted', () => {
    const pair = ResumingPair.open({ limits: { maxControlFrames: 10 } });
    for (let index = 0; index < 11; index++) pair.gateway.receive(ack(0));
    expect(pair.log.at(-1)).toBe('gateway closed: LIMIT_EXCEEDED');
  });

  it('need a limit that holds more than a message', () => {
    expect(() => assertLimits({ ...defaultLimits, maxUnackedBytes: 1_000_000 })).toThrow(RangeError);
  });
});

describe('a claim to a session', () => {
  it.each([
    ['more than was sent', 5],
    ['giant', Number.MAX_SAFE_INTEGER],
  ])('with a count that is %s ends it, and is refused', (_, receivedMessages) => {
    const pair = ResumingPair.open();
    const { answer } = pair.exchange();
    pair.cut();
    const claim = pair.claim({ sessionId: 'session-1', secret: 'secret-1', receivedMessages });
    expect([claim.error?.code, claim.transport.closed?.code]).toEqual(['UNEXPECTED_FRAME', 4409]);
    expect([answer.error?.code, pair.gateway.closed]).toEqual(['SESSION_LOST', true]);
    expect(claim.transport.messages).toEqual([]);
  });

  it('with a count below what was acknowledged ends it, and is refused', () => {
    const pair = ResumingPair.open();
    pair.exchange();
    pair.gateway.receive(ack(1));
    pair.cut();
    const claim = pair.claim({ sessionId: 'session-1', secret: 'secret-1', receivedMessages: 0 });
    expect([claim.error?.code, pair.gateway.closed]).toEqual(['UNEXPECTED_FRAME', true]);
  });

  it.each([
    ['text', 'yes'],
    ['no secret', { sessionId: 's', receivedMessages: 0 }],
    ['a long secret', { sessionId: 's', secret: 'x'.repeat(129), receivedMessages: 0 }],
    ['a negative count', { sessionId: 's', secret: 'x', receivedMessages: -1 }],
    ['half a message', { sessionId: 's', secret: 'x', receivedMessages: 0.5 }],
    ['a count beyond all numbers', { sessionId: 's', secret: 'x', receivedMessages: 2 ** 53 }],
  ])('of %s is malformed', (_, resume) => {
    const pair = ResumingPair.open();
    pair.cut();
    const claim = pair.claim(resume as object);
    expect(claim.error).toMatchObject({ code: 'MALFORMED_FRAME', message: expect.stringContaining('hello.resume') });
    expect(pair.gateway.suspended).toBe(true);
  });

  it('is answered by the welcome alone, and then by what was lost', () => {
    const pair = ResumingPair.open();
    const { stream } = pair.exchange();
    stream.write(Uint8Array.of(1));
    pair.flushes.run();
    pair.cut();
    stream.write(Uint8Array.of(2));
    const claim = pair.claim({ sessionId: 'session-1', secret: 'secret-1', receivedMessages: 1 });
    pair.flushes.run();
    const types = claim.transport.messages.map((message) => naiveDecode(message).map(({ type }) => type));
    const { welcome, data, ack: ackRule } = frameRules;
    expect(types).toEqual([[welcome.type], [data.type], [ackRule.type, data.type]]);
    const answer = JSON.parse(new TextDecoder().decode(naiveDecode(claim.transport.messages[0] ?? nothing)[0]?.payload));
    expect(answer).toMatchObject({ sessionId: 'session-1', windowBytes: exampleWelcome.windowBytes });
    expect(answer.resume).toMatchObject({ isResumed: true, secret: 'secret-2', graceMs: exampleGraceMs, receivedMessages: 0 });
  });

  it('that nobody made is a violation of the gateway’s', () => {
    const transport = new ScriptedTransport();
    const options = { transport, clock: new FakeClock(), scheduleFlush: new FlushQueue().schedule, limits: defaultLimits };
    const errors: ProtocolError[] = [];
    const session = createWorkerSession(
      { ...options, hello: exampleHello },
      { onWelcome: () => {}, onStream: () => new RecordedStream(), onGoaway: () => {}, onClose: (error) => errors.push(error) },
    );
    const resume = { isResumed: true, secret: 'x', graceMs: 1000, receivedMessages: 0 };
    const payload = new TextEncoder().encode(JSON.stringify({ ...exampleWelcome, resume }));
    session.receive(naiveEncode([{ type: frameRules.welcome.type, flags: 0, stream: 0, payload }]));
    expect(errors.map(({ code }) => code)).toEqual(['UNEXPECTED_FRAME']);
  });
});

const nothing = new Uint8Array(0);

function ack(messageCount: number): Uint8Array<ArrayBuffer> {
  const payload = new Uint8Array(8);
  new DataView(payload.buffer).setBigUint64(0, BigInt(messageCount));
  return naiveEncode([{ type: frameRules.ack.type, flags: 0, stream: 0, payload }]);
}

function ping(): Uint8Array<ArrayBuffer> {
  return naiveEncode([{ type: frameRules.ping.type, flags: 0, stream: 0, payload: new Uint8Array(8) }]);
}
