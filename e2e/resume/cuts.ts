import { setTimeout as delay } from 'node:timers/promises';
import { createSeededRandom, type FaultProxy, type SeededRandom } from '@gemini-proxy/testbed';

/** Milliseconds between the end of a cut, when the workers are back, and the next. */
const calmMs = { least: 200, most: 2_000 };
const shortestCutMs = 100;
const pollMs = 10;

export interface CutOptions {
  readonly seed: number;
  readonly longestCutMs: number;
  /** Ends the cuts; the proxies carry again then. */
  readonly signal: AbortSignal;
  /** While the workers of a proxy are cut off. */
  onCut(): void;
  /** Whether the workers of a proxy are connected: else a cut would prolong the last one, and might outlast what a session can. */
  isBack(proxy: FaultProxy): boolean;
}

/** Cuts the connections of each proxy at random moments, and lets nobody in for a while. Resolves with the count of cuts that hit a connection. */
export async function cutAtRandom(proxies: readonly FaultProxy[], options: CutOptions): Promise<number> {
  const random = createSeededRandom(options.seed);
  const counts = await Promise.all(proxies.map((proxy) => cutOne(proxy, random.fork(), options)));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function cutOne(
  proxy: FaultProxy,
  random: SeededRandom,
  { longestCutMs, signal, ...options }: CutOptions,
): Promise<number> {
  let count = 0;
  const pass = (ms: number) => delay(ms, undefined, { signal }).catch(() => {});
  while (!signal.aborted) {
    await pass(random.between(calmMs.least, calmMs.most));
    count += proxy.connections.length;
    proxy.welcome = 'refused';
    proxy.cut();
    await pass(random.between(shortestCutMs, longestCutMs));
    options.onCut();
    proxy.welcome = 'carried';
    while (!signal.aborted && !options.isBack(proxy)) await pass(pollMs);
  }
  return count;
}
