import { describe, expect, it } from 'vitest';
import { LogRing, MAX_LOG_CHARACTERS, MAX_LOG_ENTRIES, MAX_LOG_ENTRY_CHARACTERS } from './log-ring.ts';

describe('LogRing', () => {
  it('numbers its entries and keeps the newest last', () => {
    let now = 100;
    const log = new LogRing(() => now++);
    log.add('info', 'one');
    log.add('warn', 'two');
    expect(log.entries()).toEqual([
      { sequence: 1, at: 100, level: 'info', text: 'one' },
      { sequence: 2, at: 101, level: 'warn', text: 'two' },
    ]);
  });

  it('drops the oldest beyond the count', () => {
    const log = new LogRing(() => 0);
    for (let index = 1; index <= MAX_LOG_ENTRIES + 5; index++) log.add('info', `${index}`);
    expect(log.entries()).toHaveLength(MAX_LOG_ENTRIES);
    expect(log.entries()[0]?.text).toBe('6');
  });

  it('cuts a long entry, and drops the oldest beyond the total length', () => {
    const log = new LogRing(() => 0);
    for (let index = 0; index < 150; index++) log.add('error', 'x'.repeat(10_000));
    const texts = log.entries().map((entry) => entry.text);
    expect(texts.every((text) => text.length === MAX_LOG_ENTRY_CHARACTERS)).toBe(true);
    expect(texts.join('').length).toBeLessThanOrEqual(MAX_LOG_CHARACTERS);
    expect(texts.length).toBe(Math.floor(MAX_LOG_CHARACTERS / MAX_LOG_ENTRY_CHARACTERS));
  });
});
