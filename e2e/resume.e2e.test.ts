import { describe, expect, it } from 'vitest';
import { openMemoryView, watchMost } from './pressure/memory.ts';
import { hookLagBytes, pageAllowanceBytes, runThroughCuts, runTimeoutMs, startCuttableStack, streamCount } from './resume/run.ts';

/** Fewer than a page takes at once over HTTP/2: all streams have begun when the first cut comes. */
const pageStreams = 90;

describe(`${streamCount} streams through Chromium, whose sockets are cut`, () => {
  it('are whole, each byte once and in order, and wait within their windows', { timeout: 5 * runTimeoutMs }, async ({
    annotate,
  }) => {
    await using stack = await startCuttableStack({ browser: { connections: 2, switches: { maxFrameLagBytes: hookLagBytes } } });
    if (stack.browser === undefined) throw new Error('The stack has no browser.');
    await using memory = await openMemoryView(stack.browser.page.context(), stack.browser.frame);
    for (let left = streamCount; left > 0; left -= pageStreams) {
      const count = Math.min(pageStreams, left);
      const atRestBytes = await memory.bytesInUse();
      const running = runThroughCuts(stack, count);
      const mostBytes = await watchMost(memory.bytesInUse, running);
      const run = await running;
      await annotate(JSON.stringify({ ...run, pageGrowthBytes: mostBytes - atRestBytes }));
      expect(run.intact).toBe(count);
      expect(run.cuts).toBeGreaterThanOrEqual(2);
      expect(run.resumed).toBeGreaterThanOrEqual(2);
      expect(run.gatewayShare).toBeLessThanOrEqual(1);
      expect(mostBytes - atRestBytes).toBeLessThan(pageAllowanceBytes(count));
      stack.emulator.received.clear();
    }
    expect(stack.gateway.counters().workersDisconnected).toBe(0);
    await stack.settled();
  });

  it('break without resume, so that this can fail', { timeout: runTimeoutMs }, async ({ annotate }) => {
    const count = Math.min(pageStreams, streamCount);
    await using stack = await startCuttableStack({ browser: { connections: 2 }, gateway: { sessionGraceMs: 0 } });
    const run = await runThroughCuts(stack, count);
    await annotate(JSON.stringify(run));
    expect(run.intact).toBeLessThan(count / 2);
    expect(run.resumed).toBe(0);
  });
});
