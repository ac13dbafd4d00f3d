import { describe, expect, it, vi } from 'vitest';
import type { ConsoleClient, LogLevel, LogLine } from '../channel/contract.ts';
import type { LiveHandlers } from '../channel/live-events.ts';
import { fitsLog, LogFeed } from './log-feed.ts';

function line(id: number, level: LogLevel = 'info', message = 'worker-connected'): LogLine {
  return { id, atMs: id, level, message, fields: { worker: 'page-1' } };
}

describe('LogFeed', () => {
  it('shows the past and what is written from then on, oldest first, each once, as far as it fits', async () => {
    let handlers: LiveHandlers = {};
    const client = { call: async () => ({ lines: [line(2), line(1)], nextBefore: null }) } as unknown as ConsoleClient;
    const feed = new LogFeed({
      client,
      openEvents: (given) => {
        handlers = given;
        return () => undefined;
      },
    });
    feed.start({ level: 'info', search: '' });
    await vi.waitFor(() => expect(feed.value.lines).toHaveLength(2));
    handlers.logs?.({ lines: [line(2), line(3), line(4, 'debug'), line(5, 'error')], skipped: 0 });
    expect(feed.value.lines.map(({ id }) => id)).toEqual([1, 2, 3, 5]);
  });
});

describe('fitsLog', () => {
  it.each([
    ['debug', 'info', '', false],
    ['error', 'warn', '', true],
    ['info', 'info', 'PAGE-1', true],
    ['info', 'info', 'page-2', false],
  ] as const)('a line of level %s at level %s with search %j: %s', (level, least, search, isFitting) => {
    expect(fitsLog(line(1, level), { level: least, search })).toBe(isFitting);
  });
});
