import { describe, expect, it } from 'vitest';
import { LogRing, logCapacity } from './log-ring.ts';
import { createScrubber } from './logger.ts';

function start(level: 'debug' | 'info' = 'info') {
  const passed: string[] = [];
  const write = (_fields: object, message: string) => void passed.push(message);
  const next = { debug: write, info: write, warn: write, error: write };
  const ring = new LogRing({ next, level, scrub: createScrubber(['hidden-word']), now: () => 5 });
  return { ring, passed };
}

describe('LogRing', () => {
  it('passes every line on, and remembers those that are serious enough, newest first', () => {
    const { ring, passed } = start();
    ring.debug({}, 'one');
    ring.info({ count: 2 }, 'two');
    ring.error({ err: new TypeError('three') }, 'three');
    expect(passed).toEqual(['one', 'two', 'three']);
    const [error, info] = [...ring.newestFirst()];
    expect(info).toEqual({ id: 1, atMs: 5, level: 'info', message: 'two', fields: { count: 2 } });
    expect(error?.fields).toMatchObject({ err: { type: 'TypeError', message: 'three' } });
  });

  it('remembers the last ones, and numbers them on', () => {
    const { ring } = start();
    for (let count = 0; count < logCapacity + 5; count += 1) ring.info({}, `line ${count}`);
    const lines = [...ring.newestFirst()];
    expect(lines).toHaveLength(logCapacity);
    expect(lines[0]?.id).toBe(ring.lastId);
  });

  it('takes secrets out, and cuts what is too long', () => {
    const { ring } = start();
    ring.info({ error: 'hidden-word, gp-client-abc and key=1' }, 'secret');
    ring.info({ text: 'x'.repeat(100_000) }, 'long');
    const [long, secret] = [...ring.newestFirst()];
    expect(JSON.stringify(secret)).not.toMatch(/hidden-word|gp-client/);
    expect(JSON.stringify(long).length).toBeLessThan(10_000);
  });
});
