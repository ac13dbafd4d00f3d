import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReceiveWindow, SendWindow } from './flow-control.ts';

describe('credit windows', () => {
  it('returns credit when a quarter of the window was consumed, not when it arrived', () => {
    const window = new ReceiveWindow(1000);
    window.receive(1000);
    expect([window.consume(249), window.consume(1), window.consume(100)]).toEqual([0, 250, 0]);
    expect(window.peerCreditBytes).toBe(250);
  });

  it('closes on more data than credit, and on more credit than was used', () => {
    const receiver = new ReceiveWindow(10);
    receiver.receive(10);
    expect(() => receiver.receive(1)).toThrow(expect.objectContaining({ code: 'FLOW_CONTROL' }));
    const sender = new SendWindow(10);
    sender.use(4);
    expect(() => sender.give(5)).toThrow(expect.objectContaining({ code: 'FLOW_CONTROL' }));
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 11])('refuses to consume %s of 10 bytes', (byteCount) => {
    const window = new ReceiveWindow(100);
    window.receive(10);
    expect(() => window.consume(byteCount)).toThrow(RangeError);
  });

  it('never goes below zero or beyond the window, and never leaves a sender waiting for ever', () => {
    const step = fc.record({ send: fc.nat({ max: 300 }), consume: fc.nat({ max: 300 }), isDelivered: fc.boolean() });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.array(step, { maxLength: 200 }), (windowBytes, steps) => {
        const sender = new SendWindow(windowBytes);
        const receiver = new ReceiveWindow(windowBytes);
        const credits: number[] = [];
        let consumedBytes = 0;
        const consume = (byteCount: number) => {
          consumedBytes += byteCount;
          const creditBytes = receiver.consume(byteCount);
          if (creditBytes > 0) credits.push(creditBytes);
        };
        const deliver = () => {
          for (const creditBytes of credits.splice(0)) sender.give(creditBytes);
        };
        for (const { send, consume: want, isDelivered } of steps) {
          const byteCount = Math.min(send, sender.creditBytes);
          sender.use(byteCount);
          receiver.receive(byteCount);
          consume(Math.min(want, receiver.receivedBytes - consumedBytes));
          if (isDelivered) deliver();
          expect(sender.creditBytes).toBeGreaterThanOrEqual(0);
          expect(receiver.receivedBytes - consumedBytes).toBeLessThanOrEqual(windowBytes);
          expect(receiver.peerCreditBytes).toBeGreaterThanOrEqual(sender.creditBytes);
          expect(receiver.peerCreditBytes).toBeLessThanOrEqual(windowBytes);
        }
        consume(receiver.receivedBytes - consumedBytes);
        deliver();
        expect(sender.creditBytes).toBeGreaterThan(windowBytes * 0.75 - 1);
      }),
    );
  });
});
