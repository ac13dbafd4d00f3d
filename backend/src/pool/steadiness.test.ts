import { describe, expect, it } from 'vitest';
import { firstHoldMs, flapWindowMs, forgivenDepartures, longestHoldMs, Steadiness } from './steadiness.ts';

/** Departs and returns at once, and tells how long it is held back. */
function flap(steadiness: Steadiness, nowMs: number): number {
  steadiness.departed(nowMs);
  steadiness.returned(nowMs);
  return steadiness.steadyAtMs - nowMs;
}

describe('Steadiness', () => {
  it('holds a worker back for a growing time once it has come and gone several times in a row', () => {
    const steadiness = new Steadiness();
    steadiness.returned(0);
    expect(steadiness.steadyAtMs).toBe(0);
    const holds = Array.from({ length: forgivenDepartures + 6 }, (_, index) => flap(steadiness, 1_000 * index));
    expect(holds.slice(0, forgivenDepartures)).toEqual(Array(forgivenDepartures).fill(0));
    expect(holds.slice(forgivenDepartures)).toEqual([1, 2, 4, 8, 15, 15].map((factor) => factor * firstHoldMs));
    expect(longestHoldMs).toBe(15 * firstHoldMs);
  });

  it('forgets a row that has come to its end', () => {
    const steadiness = new Steadiness();
    for (let index = 0; index < forgivenDepartures; index += 1) flap(steadiness, index);
    expect(flap(steadiness, flapWindowMs + 1_000)).toBe(0);
  });

  it('does not hold back who was away for long', () => {
    const steadiness = new Steadiness();
    for (let index = 0; index < 5; index += 1) flap(steadiness, index);
    steadiness.departed(10);
    steadiness.returned(10 + flapWindowMs + 1);
    expect(steadiness.steadyAtMs).toBe(10 + flapWindowMs + 1);
  });
});
