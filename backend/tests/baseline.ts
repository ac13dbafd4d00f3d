import { expect } from 'vitest';
import type { Gateway } from '../src/index.ts';

/** Waits until nothing is left of any request. */
export async function expectBaseline(gateway: Gateway): Promise<void> {
  await expect
    .poll(
      () => {
        const { http, orchestrator, pool, workerLink } = gateway.debugState();
        const streams = Object.values(workerLink.sessions).reduce((sum, session) => sum + session.streams, 0);
        const { leases, waiting, timers } = pool;
        return { ...http, ...orchestrator, leases, waiting, timers, streams, strangers: workerLink.strangers };
      },
      { timeout: 10_000 },
    )
    .toEqual({ exchanges: 0, running: 0, timed: 0, leases: 0, waiting: 0, timers: 0, streams: 0, strangers: 0 });
}
