import { FakeClock } from '@gemini-proxy/protocol/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Deadlines, toTickMs } from './deadlines.ts';

describe('Deadlines', () => {
  it('reports a deadline never early and at most two ticks late', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 1000 }),
        fc.integer({ min: 1, max: 60_000 }),
        fc.nat(5000),
        (tickMs, waitMs, startMs) => {
          const clock = new FakeClock();
          const deadlines = new Deadlines(clock, tickMs);
          deadlines.add({ onTick: () => {} });
          clock.advance(startMs);
          const due = deadlines.after(deadlines.toTicks(waitMs));
          let firedAtMs: number | undefined;
          deadlines.add({
            onTick: (tick) => {
              if (tick >= due) firedAtMs ??= clock.now();
            },
          });
          clock.advance(waitMs + 3 * tickMs);
          const tookMs = (firedAtMs ?? Number.NaN) - startMs;
          expect(tookMs).toBeGreaterThanOrEqual(waitMs);
          expect(tookMs).toBeLessThanOrEqual(waitMs + 2 * tickMs);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('runs one timer for all members, and none when there are none', () => {
    const clock = new FakeClock();
    const deadlines = new Deadlines(clock, 100);
    const members = Array.from({ length: 50 }, () => ({ onTick: () => {} }));
    for (const member of members) deadlines.add(member);
    expect(clock.timers).toBe(1);
    for (const member of members) deadlines.delete(member);
    clock.advance(100);
    expect(clock.timers).toBe(0);
    expect(deadlines.size).toBe(0);
  });

  it('does not take the time that the process was asleep for silence', () => {
    const clock = new FakeClock();
    const deadlines = new Deadlines(clock, 100);
    const due = deadlines.after(deadlines.toTicks(1000));
    let isDue = false;
    deadlines.add({
      onTick: (tick) => {
        isDue ||= tick >= due;
      },
    });
    clock.jump(3_600_000);
    expect(isDue).toBe(false);
  });

  it.each([
    [600_000, 1000],
    [800, 100],
    [20, 10],
  ])('ticks for a shortest deadline of %i ms every %i ms', (shortestMs, tickMs) => {
    expect(toTickMs(shortestMs)).toBe(tickMs);
  });
});
