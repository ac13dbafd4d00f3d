import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConsoleClient } from './contract.ts';
import { openLiveEvents } from './live-events.ts';

class FakeEventSource extends EventTarget {
  static readonly all: FakeEventSource[] = [];
  onerror: (() => void) | null = null;
  isClosed = false;

  constructor() {
    super();
    FakeEventSource.all.push(this);
  }

  close(): void {
    this.isClosed = true;
  }

  send(name: string, data: unknown): void {
    this.dispatchEvent(Object.assign(new Event(name), { data: JSON.stringify(data) }));
  }
}

const opened: (() => void)[] = [];
const page = Object.assign(new EventTarget(), { hidden: false });

beforeEach(() => {
  FakeEventSource.all.length = 0;
  page.hidden = false;
  vi.useFakeTimers();
  vi.stubGlobal('EventSource', FakeEventSource);
  vi.stubGlobal('document', page);
  return () => {
    for (const close of opened.splice(0)) close();
    vi.useRealTimers();
  };
});

function start(mayReopen: () => Promise<boolean> = async () => true) {
  const states: string[] = [];
  const pulses: unknown[] = [];
  const urls: unknown[] = [];
  const client = {
    urlOf: (_name: string, { query }: { readonly query: { readonly topics: string } }) => {
      urls.push(query.topics);
      return '';
    },
  } as unknown as ConsoleClient;
  const close = openLiveEvents({
    client,
    topics: ['workers'],
    handlers: { pulse: (pulse) => pulses.push(pulse) },
    onState: (state) => states.push(state),
    mayReopen,
  });
  opened.push(close);
  const latest = () => FakeEventSource.all.at(-1) ?? new FakeEventSource();
  latest().send('hello', { nowMs: 0, heartbeatMs: 1_000 });
  return { states, pulses, urls, close, latest };
}

function setHidden(isHidden: boolean): void {
  page.hidden = isHidden;
  page.dispatchEvent(new Event('visibilitychange'));
}

describe('openLiveEvents', () => {
  it('takes the pulse besides what was asked for, and hands events on', () => {
    const { states, pulses, urls, latest } = start();
    latest().send('pulse', { inFlight: 1 });
    expect(urls).toEqual(['workers,pulse']);
    expect(pulses).toEqual([{ inFlight: 1 }]);
    expect(states).toEqual(['connecting', 'live']);
  });

  it('opens again when the stream breaks, and when it falls silent', async () => {
    const { states, latest } = start();
    latest().onerror?.();
    await vi.advanceTimersByTimeAsync(2_500);
    expect(FakeEventSource.all).toHaveLength(2);
    latest().send('hello', { nowMs: 0, heartbeatMs: 1_000 });
    await vi.advanceTimersByTimeAsync(6_000);
    expect(states.slice(0, 5)).toEqual(['connecting', 'live', 'lost', 'live', 'lost']);
    expect(FakeEventSource.all.length).toBeGreaterThan(2);
  });

  it('waits for a gateway that is away, and stays away from one that knows it no more', async () => {
    const answers = [() => Promise.reject(new Error('away')), async () => false];
    const { latest } = start(() => answers.shift()?.() ?? Promise.resolve(true));
    latest().send('bye', { reason: 'restart' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(answers).toEqual([]);
    expect(FakeEventSource.all).toHaveLength(1);
    expect(latest().isClosed).toBe(true);
  });

  it('has no stream while nobody sees the page', () => {
    const { latest } = start();
    setHidden(true);
    expect(latest().isClosed).toBe(true);
    setHidden(false);
    expect(FakeEventSource.all).toHaveLength(2);
    expect(latest().isClosed).toBe(false);
  });

  it('is over when it is closed', async () => {
    const { close, latest } = start();
    close();
    setHidden(true);
    setHidden(false);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeEventSource.all).toHaveLength(1);
    expect(latest().isClosed).toBe(true);
  });
});
