import { setTimeout as delay } from 'node:timers/promises';
import type { BrowserContext, Frame } from 'playwright-core';

const sampleIntervalMs = 200;

/** What a frame's document holds: JavaScript's heap and the buffers outside of it. */
export interface MemoryView extends AsyncDisposable {
  /** Bytes that live objects need; garbage is collected first. */
  readonly bytesInUse: () => Promise<number>;
}

/** Looks into a frame that has a process of its own. */
export async function openMemoryView(context: BrowserContext, frame: Frame): Promise<MemoryView> {
  const session = await context.newCDPSession(frame);
  return {
    bytesInUse: async () => {
      await session.send('HeapProfiler.collectGarbage');
      const { usedSize, backingStorageSize } = await session.send('Runtime.getHeapUsage');
      return usedSize + backingStorageSize;
    },
    [Symbol.asyncDispose]: () => session.detach(),
  };
}

/** The largest of the values while something goes on; it does not matter how that ends. */
export async function watchMost(sample: () => number | Promise<number>, activity: Promise<unknown>): Promise<number> {
  const over = activity.then(
    () => true,
    () => true,
  );
  let most = Number.NEGATIVE_INFINITY;
  do most = Math.max(most, await sample());
  while (!(await Promise.race([over, delay(sampleIntervalMs)])));
  return most;
}
