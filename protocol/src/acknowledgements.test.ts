import { describe, expect, it } from 'vitest';
import { ack, ping } from '../testing/control-frames.ts';
import { SessionPair } from '../testing/index.ts';
import { ResumingPair } from '../testing/resuming-pair.ts';
import { defaultLimits } from './index.ts';
import { assertLimits } from './limits.ts';

const head = { status: 200, headers: [] };

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
