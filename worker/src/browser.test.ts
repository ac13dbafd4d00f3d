import { describe, expect, it } from 'vitest';
import { createBrowserClock, createPageFlush } from './browser.ts';

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

describe('createPageFlush', () => {
  const setUp = () => {
    FakeMessageChannel.posts = 0;
    let nowMs = 0;
    const scheduleFlush = createPageFlush({
      MessageChannel: FakeMessageChannel as unknown as typeof MessageChannel,
      clock: { now: () => nowMs },
    });
    const ran: string[] = [];
    return { ran, schedule: (name: string) => scheduleFlush(() => ran.push(name)), pass: (ms: number) => (nowMs += ms) };
  };

  it('runs everything that one turn schedules at the end of the turn, where the last flush is a while ago', async () => {
    const { ran, schedule, pass } = setUp();
    schedule('a');
    schedule('b');
    expect(ran).toEqual([]);
    await undefined;
    expect(ran).toEqual(['a', 'b']);
    pass(1);
    schedule('c');
    await undefined;
    expect([FakeMessageChannel.posts, ran]).toEqual([0, ['a', 'b', 'c']]);
  });

  it('runs what comes soon after a flush together, by one message', async () => {
    const { ran, schedule, pass } = setUp();
    schedule('a');
    await undefined;
    schedule('b');
    await undefined;
    pass(5);
    schedule('c');
    await undefined;
    expect([FakeMessageChannel.posts, ran]).toEqual([1, ['a']]);
    FakeMessageChannel.deliver();
    expect(ran).toEqual(['a', 'b', 'c']);
  });

  it('leaves what a flush schedules to the next message', async () => {
    FakeMessageChannel.posts = 0;
    const scheduleFlush = createPageFlush({
      MessageChannel: FakeMessageChannel as unknown as typeof MessageChannel,
      clock: { now: () => 0 },
    });
    const ran: string[] = [];
    scheduleFlush(() => {
      ran.push('a');
      scheduleFlush(() => ran.push('b'));
    });
    await undefined;
    expect([FakeMessageChannel.posts, ran]).toEqual([1, ['a']]);
    FakeMessageChannel.deliver();
    expect(ran).toEqual(['a', 'b']);
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
