import { describe, expect, it } from 'vitest';
import { createBrowserClock, createMessageChannelFlush } from './browser.ts';

/** Delivers when the test says so. */
class FakeMessageChannel {
  static posts = 0;
  static deliver = () => {};
  readonly port1: { onmessage: (() => void) | null } = { onmessage: null };
  readonly port2 = {
    postMessage: () => {
      FakeMessageChannel.posts += 1;
      FakeMessageChannel.deliver = () => this.port1.onmessage?.();
    },
  };
}

describe('createMessageChannelFlush', () => {
  it('runs everything that was scheduled in a turn by one message, and what comes meanwhile by the next', () => {
    FakeMessageChannel.posts = 0;
    const scheduleFlush = createMessageChannelFlush(FakeMessageChannel as unknown as typeof MessageChannel);
    const ran: string[] = [];
    scheduleFlush(() => {
      ran.push('a');
      scheduleFlush(() => ran.push('c'));
    });
    scheduleFlush(() => ran.push('b'));
    expect([FakeMessageChannel.posts, ran]).toEqual([1, []]);
    FakeMessageChannel.deliver();
    expect([FakeMessageChannel.posts, ran]).toEqual([2, ['a', 'b']]);
    FakeMessageChannel.deliver();
    expect(ran).toEqual(['a', 'b', 'c']);
  });
});

describe('createBrowserClock', () => {
  it('reads and schedules by the page’s own functions', () => {
    const cleared: number[] = [];
    const scheduled: number[] = [];
    const clock = createBrowserClock({
      performance: { now: () => 42 },
      setTimeout: (_, delayMs) => scheduled.push(delayMs),
      clearTimeout: (timer) => cleared.push(timer),
    });
    expect(clock.now()).toBe(42);
    const cancel = clock.schedule(() => {}, 500);
    expect([scheduled, cleared]).toEqual([[500], []]);
    cancel();
    expect(cleared).toEqual([1]);
  });
});
