import { describe, expect, it } from 'vitest';
import { ChangeNotifier } from './change-notifier.ts';

function setUp() {
  const flushes: (() => void)[] = [];
  const notifier = new ChangeNotifier((flush) => flushes.push(flush));
  const endTurn = () => {
    for (const flush of flushes.splice(0)) flush();
  };
  return { notifier, flushes, endTurn };
}

describe('ChangeNotifier', () => {
  it('tells each subscriber once per turn, however much changed', () => {
    const { notifier, endTurn } = setUp();
    const told: string[] = [];
    notifier.subscribe(() => told.push('a'));
    notifier.subscribe(() => told.push('b'));
    for (let index = 0; index < 1_000; index++) notifier.changed();
    expect(told).toEqual([]);
    endTurn();
    expect(told).toEqual(['a', 'b']);
    notifier.changed();
    endTurn();
    expect(told).toEqual(['a', 'b', 'a', 'b']);
  });

  it('schedules nothing while nobody listens', () => {
    const { notifier, flushes } = setUp();
    notifier.changed();
    notifier.subscribe(() => {})();
    notifier.changed();
    expect(flushes).toHaveLength(0);
  });

  it('ends one of two subscriptions of the same function', () => {
    const { notifier, endTurn } = setUp();
    let told = 0;
    const listener = () => {
      told += 1;
    };
    const end = notifier.subscribe(listener);
    notifier.subscribe(listener);
    end();
    notifier.changed();
    endTurn();
    expect(told).toBe(1);
  });
});
