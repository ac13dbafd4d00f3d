import type { TransportEvents } from '@gemini-proxy/protocol';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../testing/fakes.ts';
import { cutCloseCode, SimulatedFaults } from './simulated-faults.ts';

function anEngine() {
  const clock = new FakeClock();
  const heard: string[] = [];
  const closes: number[] = [];
  let socket: TransportEvents | undefined;
  const faults = new SimulatedFaults({
    clock,
    scheduleFlush: (flush) => flush(),
    connect: (events) => {
      socket = events;
      return { send: () => {}, close: (code) => closes.push(code), bufferedAmount: 0 };
    },
  });
  const { surroundings } = faults;
  surroundings.connect({
    onOpen: () => heard.push('open'),
    onMessage: (message) => heard.push(`message ${message[0]}`),
    onClose: (code) => heard.push(`close ${code}`),
  });
  const message = (value: number) => socket?.onMessage(Uint8Array.of(value));
  return { faults, surroundings, clock, heard, closes, message, socket: () => socket };
}

describe('a simulated freeze', () => {
  it('holds messages, timers and flushes back, and lets them happen in order at its end', () => {
    const { faults, surroundings, clock, heard, message, socket } = anEngine();
    socket()?.onOpen();
    faults.freeze();
    message(1);
    surroundings.clock.schedule(() => heard.push('timer'), 10);
    const cancel = surroundings.clock.schedule(() => heard.push('cancelled'), 20);
    clock.advance(100);
    cancel();
    surroundings.scheduleFlush(() => heard.push('flush'));
    socket()?.onClose(4410, 'gone');
    expect([heard, faults.isFrozen]).toEqual([['open'], true]);
    faults.thaw();
    expect([heard, faults.isFrozen]).toEqual([['open', 'message 1', 'timer', 'flush', 'close 4410'], false]);
  });

  it('keeps the order of what comes while the past is caught up with', () => {
    const { faults, heard, message, surroundings } = anEngine();
    faults.freeze();
    surroundings.scheduleFlush(() => {
      heard.push('flush');
      message(2);
    });
    message(1);
    faults.thaw();
    expect(heard).toEqual(['flush', 'message 1', 'message 2']);
  });
});

describe('a simulated cut', () => {
  it('loses the socket for both sides without a goodbye, once', () => {
    const { faults, heard, closes, message, socket } = anEngine();
    faults.cut();
    faults.cut();
    message(1);
    socket()?.onClose(cutCloseCode, '');
    expect(closes).toEqual([cutCloseCode]);
    expect(heard).toEqual(['close 1006']);
  });

  it('is noticed by a frozen page when it wakes up', () => {
    const { faults, heard } = anEngine();
    faults.freeze();
    faults.cut();
    expect(heard).toEqual([]);
    faults.thaw();
    expect(heard).toEqual(['close 1006']);
  });
});
