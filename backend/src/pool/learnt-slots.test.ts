import { describe, expect, it } from 'vitest';
import { fewestConnections, LearntSlots, learningPauseMs, slotRecoveryMs } from './learnt-slots.ts';

describe('LearntSlots', () => {
  it('knows nothing at first', () => {
    const slots = new LearntSlots();
    expect([slots.isUnlimited, slots.limitAt(0, 100)]).toEqual([true, 100]);
  });

  it('takes a refusal at its word, and grows back by one slot at a time', () => {
    const slots = new LearntSlots();
    slots.refusedBeyond(6, 0);
    expect([0, slotRecoveryMs - 1, slotRecoveryMs, 3 * slotRecoveryMs].map((nowMs) => slots.limitAt(nowMs, 100))).toEqual([
      6, 6, 7, 9,
    ]);
    expect(slots.limitAt(200 * slotRecoveryMs, 100)).toBe(100);
    expect(slots.isUnlimited).toBe(true);
  });

  it('halves what was in flight when a request never began, once for a burst of them', () => {
    const slots = new LearntSlots();
    for (let index = 0; index < 20; index += 1) slots.stalledAmong(40, index);
    expect(slots.limitAt(20, 100)).toBe(20);
    slots.stalledAmong(20, learningPauseMs);
    expect(slots.limitAt(learningPauseMs, 100)).toBe(10);
  });

  it('learns nothing from a silence that no queue in a browser explains, and never less than a browser has', () => {
    const slots = new LearntSlots();
    slots.stalledAmong(fewestConnections, 0);
    expect([slots.isUnlimited, slots.limitAt(0, 100)]).toEqual([true, 100]);
    slots.stalledAmong(fewestConnections + 1, 0);
    expect(slots.limitAt(0, 100)).toBe(fewestConnections);
  });

  it('leaves one slot at least', () => {
    const slots = new LearntSlots();
    slots.refusedBeyond(0, 0);
    expect(slots.limitAt(0, 100)).toBe(1);
  });
});
