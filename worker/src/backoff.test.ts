import { describe, expect, it } from 'vitest';
import { backoffDelayMs, reconnectBackoff } from './backoff.ts';

describe('backoffDelayMs', () => {
  it('doubles its ceiling with each failure, up to the maximum', () => {
    const ceilings = [1, 2, 3, 7, 8, 1_000].map((failures) => backoffDelayMs(reconnectBackoff, failures, () => 0.999_999_999));
    expect(ceilings).toEqual([499, 999, 1_999, 29_999, 29_999, 29_999]);
  });

  it('spreads over the whole range below the ceiling', () => {
    expect([0, 0.25, 0.5].map((number) => backoffDelayMs(reconnectBackoff, 3, () => number))).toEqual([0, 500, 1_000]);
  });
});
