import { describe, expect, it } from 'vitest';
import { RecordedStream, SessionPair } from '../testing/index.ts';
import { exampleGraceMs, ResumingPair } from '../testing/resuming-pair.ts';
import { exampleRequest } from '../testing/session-pair.ts';
import { defaultLimits, ProtocolError, StreamError, type StreamEvents } from './index.ts';

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
