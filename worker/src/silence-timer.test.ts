import { FakeClock } from '@gemini-proxy/protocol/testing';
import { describe, expect, it } from 'vitest';
import { SilenceTimer } from './silence-timer.ts';

function setUp(limitMs: number, nextLimitMs = limitMs) {
  const clock = new FakeClock();
  const silences: number[] = [];
  const timer = new SilenceTimer(clock, limitMs, () => silences.push(clock.now()), nextLimitMs);
  return { clock, silences, timer };
}

describe('SilenceTimer', () => {
  it('counts from the last activity, with one timer however much there is', () => {
    const { clock, silences, timer } = setUp(100);
    for (let index = 0; index < 50; index++) {
      clock.advance(10);
      timer.activity();
      expect(clock.timers).toBe(1);
    }
    clock.advance(99);
    expect(silences).toEqual([]);
    clock.advance(1);
    expect(silences).toEqual([600]);
    expect(clock.timers).toBe(0);
  });

  it.each([
    { from: 1_000, to: 100 },
    { from: 100, to: 1_000 },
  ])('goes on with another limit: $to after $from', ({ from, to }) => {
    const { clock, silences, timer } = setUp(from);
    clock.advance(50);
    timer.restart(to);
    clock.advance(to - 1);
    expect(silences).toEqual([]);
    clock.advance(1);
    expect(silences).toEqual([50 + to]);
  });

  it.each([
    { note: 'keeps the first limit', restarts: false, dueMs: 1_000 },
    { note: 'goes over to the next without setting its timer again', restarts: true, dueMs: 150 },
  ])('$note when the next limit is known and shorter', ({ restarts, dueMs }) => {
    const { clock, silences, timer } = setUp(1_000, 100);
    clock.advance(50);
    if (restarts) timer.restart(100);
    clock.advance(dueMs - 51);
    expect(silences).toEqual([]);
    clock.advance(1);
    expect(silences).toEqual([dueMs]);
  });

  it('stands still while it is paused', () => {
    const { clock, silences, timer } = setUp(100);
    timer.pause();
    clock.advance(1_000);
    timer.resume();
    clock.advance(99);
    expect(silences).toEqual([]);
    clock.advance(1);
    expect(silences).toEqual([1_100]);
  });

  it('says nothing once cancelled', () => {
    const { clock, silences, timer } = setUp(100);
    timer.cancel();
    expect(clock.timers).toBe(0);
    clock.advance(1_000);
    expect(silences).toEqual([]);
  });
});
