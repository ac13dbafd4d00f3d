import { Agent } from 'node:http';
import { createGeminiEmulator, DEFAULT_API_KEY } from '@gemini-proxy/emulator/gemini';
import { type Stack, startStack, waitForReady } from '@gemini-proxy/testbed';
import { startKeyedWorker, websocketConnect } from '@gemini-proxy/worker/node';
import { describe, expect, it } from 'vitest';
import { callGateway, forEachAtOnce } from './availability/call.ts';
import { tell } from './availability/tell.ts';

const requestCount = Number(process.env.FAIRNESS_REQUESTS ?? 1_500);
const minuteMs = 60_000;
const prompt = JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'Say hello.' }] }] });
const generate = { method: 'POST', path: '/v1beta/models/gemini-2.5-flash:generateContent', body: prompt } as const;

/** Milliseconds that each of the requests took, shortest first. */
async function measure(stack: Stack, count: number, atOnce: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const { baseUrl, clientKey } = stack;
  const durations: number[] = [];
  await forEachAtOnce(Array(count).keys(), atOnce, async () => {
    const startedAtMs = performance.now();
    const { status, isCut } = await callGateway({ baseUrl, clientKey, agent }, generate, minuteMs);
    expect([status, isCut]).toEqual([200, false]);
    durations.push(performance.now() - startedAtMs);
  });
  agent.destroy();
  return durations.toSorted((one, other) => one - other);
}

function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.ceil(part * sorted.length) - 1] ?? Number.NaN;
}

describe('eight equal workers by turns', () => {
  it('serve the same number of requests each', { timeout: 5 * minuteMs }, async () => {
    await using stack = await startStack({ workers: 8, emulator: { recordLimit: 0 } });
    const servedBefore = stack.workers.map(({ worker }) => worker.snapshot.served);
    await measure(stack, requestCount, 64);
    const served = stack.workers.map(({ worker }, index) => worker.snapshot.served - (servedBefore[index] ?? 0));
    const share = requestCount / 8;
    tell(`served by each of 8: ${served.join(' ')}; share ${share}`);
    for (const count of served) expect(Math.abs(count - share)).toBeLessThanOrEqual(0.02 * share);
    await stack.settled();
  });
});

describe('a worker that is ten times slower than seven others', () => {
  const delayMs = 100;
  const atOnce = 40;

  /** Seven equal workers, and a slow one if wanted. */
  async function startWorkers(balance: 'round-robin' | 'least-in-flight', hasSlowOne: boolean) {
    await using started = new AsyncDisposableStack();
    const emulator = { defaults: { delayMs }, recordLimit: 0 };
    const stack = started.use(await startStack({ workers: 7, gateway: { balance }, emulator }));
    if (hasSlowOne) {
      const slowEmulator = started.use(createGeminiEmulator({ defaults: { delayMs: 10 * delayMs }, recordLimit: 0 }));
      const upstreamUrl = await slowEmulator.listen();
      const connect = websocketConnect(stack.workerUrl);
      started.use(startKeyedWorker({ connect, token: stack.workerToken, apiKey: DEFAULT_API_KEY, upstreamUrl }));
      await waitForReady(stack.gateway, 8);
    }
    const all = started.move();
    return { stack, [Symbol.asyncDispose]: () => all.disposeAsync() };
  }

  it('does not slow the slowest hundredth of requests down where what is in flight counts', {
    timeout: 5 * minuteMs,
  }, async () => {
    await using equal = await startWorkers('least-in-flight', false);
    await using mixed = await startWorkers('least-in-flight', true);
    // At the same time, so that whatever else the machine does slows both down.
    const both = await Promise.all([equal, mixed].map(({ stack }) => measure(stack, requestCount, atOnce)));
    const [equalMs = Number.NaN, mixedMs = Number.NaN] = both.map((durations) => percentile(durations, 0.99));
    tell(`p99 of 7 equal workers ${equalMs.toFixed(0)} ms, with a slow one ${mixedMs.toFixed(0)} ms`);
    expect(mixedMs / equalMs).toBeLessThan(1.5);
  });

  it('does where workers take turns', { timeout: minuteMs }, async () => {
    await using mixed = await startWorkers('round-robin', true);
    const durations = await measure(mixed.stack, 200, atOnce);
    expect(percentile(durations, 0.99)).toBeGreaterThanOrEqual(10 * delayMs);
  });
});
