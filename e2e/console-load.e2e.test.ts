import { type Stack, startStack, waitUntil } from '@gemini-proxy/testbed';
import type { Browser, CDPSession } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goTo, launchBrowser, openConsole } from './console/open-console.ts';
import { measureTasks } from './console/task-times.ts';

/** Of each page; a minute with CONSOLE_LOAD_SECONDS=60. */
const seconds = Number(process.env.CONSOLE_LOAD_SECONDS ?? 4);
const requestsPerSecond = 50;
const longestTaskMs = 100;
const mostHeapBytes = 150 * 1024 ** 2;

let stack: Stack;
let browser: Browser;

beforeAll(async () => {
  [stack, browser] = await Promise.all([startStack({ hasConsole: true, workers: 2 }), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await stack?.[Symbol.asyncDispose]();
});

/** Asks at a steady pace until disposed of. */
function startLoad(): Disposable & { readonly answered: number } {
  let answered = 0;
  let sent = 0;
  const startedAt = performance.now();
  const ask = async () => {
    sent += 1;
    const isStreamed = sent % 2 === 0;
    const response = await fetch(
      `${stack.baseUrl}/v1beta/models/gemini-2.5-flash:${isStreamed ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
      {
        method: 'POST',
        headers: { 'x-goog-api-key': stack.clientKey, 'content-type': 'application/json' },
        body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: `Question ${sent}` }] }] }),
      },
    );
    await response.arrayBuffer();
    answered += 1;
  };
  const timer = setInterval(() => {
    while (sent < ((performance.now() - startedAt) / 1_000) * requestsPerSecond) ask().catch(() => undefined);
  }, 10);
  return {
    get answered() {
      return answered;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

async function heapAfterCollection(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN;
}

describe(`the console under ${requestsPerSecond} requests/s`, () => {
  it.each(['overview', 'requests', 'logs'])(
    'stays responsive and small on the page %s',
    async (name) => {
      await using opened = await openConsole(browser, stack.gateway.createConsoleLink(stack.baseUrl).url);
      const { page, problems } = opened;
      const session = await opened.context.newCDPSession(page);
      await session.send('Performance.enable');
      await goTo(page, name);
      using load = startLoad();
      await waitUntil(() => load.answered > requestsPerSecond, { what: 'the load to begin' });
      const tasks = await measureTasks(browser, async () => {
        const target = load.answered + seconds * requestsPerSecond;
        await waitUntil(() => load.answered >= target, { what: 'the load to have gone on', timeoutMs: 30_000 + seconds * 3_000 });
      });
      const heapBytes = await heapAfterCollection(session);
      process.stdout.write(
        `${name}: ${tasks.count} tasks, the longest ${tasks.longestMs.toFixed(0)} ms (by the clock ${tasks.longestWallMs.toFixed(0)} ms), ` +
          `heap ${(heapBytes / 1024 ** 2).toFixed(1)} MiB\n`,
      );
      expect(tasks.count).toBeGreaterThan(seconds);
      expect(tasks.longestMs).toBeLessThan(longestTaskMs);
      expect(heapBytes).toBeLessThan(mostHeapBytes);
      expect(problems).toEqual([]);
    },
    90_000 + seconds * 4_000,
  );
});
