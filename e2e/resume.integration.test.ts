import { describe, expect, it } from 'vitest';
import { runThroughCuts, runTimeoutMs, startCuttableStack, streamCount } from './resume/run.ts';

const workers = 4;

describe(`${streamCount} streams through Node workers whose sockets are cut`, () => {
  it('are whole, each byte once and in order, and wait within their windows', { timeout: runTimeoutMs }, async ({ annotate }) => {
    await using stack = await startCuttableStack({ workers });
    const run = await runThroughCuts(stack, streamCount);
    await annotate(JSON.stringify(run));
    expect(run.intact).toBe(streamCount);
    expect(run.cuts).toBeGreaterThanOrEqual(workers);
    expect(run.resumed).toBeGreaterThanOrEqual(workers);
    expect(run.workerShare).toBeGreaterThan(0);
    expect(run.workerShare).toBeLessThanOrEqual(1);
    expect(run.gatewayShare).toBeLessThanOrEqual(1);
    expect(stack.gateway.counters().workersDisconnected).toBe(0);
    await stack.settled();
  });

  it('break without resume, so that this can fail', { timeout: runTimeoutMs }, async ({ annotate }) => {
    await using stack = await startCuttableStack({ workers, gateway: { sessionGraceMs: 0 } });
    const run = await runThroughCuts(stack, streamCount);
    await annotate(JSON.stringify(run));
    expect(run.intact).toBeLessThan(streamCount / 2);
    expect(run.resumed).toBe(0);
  });
});
