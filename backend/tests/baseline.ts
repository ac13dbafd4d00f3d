import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Gateway } from '../src/index.ts';

const baseline = { exchanges: 0, running: 0, timed: 0, leases: 0, waiting: 0, timers: 0, streams: 0, strangers: 0 };
const patienceMs = 10_000;

/** Waits until nothing is left of any request; throws with what is. */
export async function expectBaseline(gateway: Gateway): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  while (!isDeepStrictEqual(summaryOf(gateway), baseline)) {
    if (performance.now() > giveUpAt) throw new Error(`left over: ${JSON.stringify(gateway.debugState())}`);
    await delay(10);
  }
}

function summaryOf(gateway: Gateway): typeof baseline {
  const { http, orchestrator, pool, workerLink } = gateway.debugState();
  const streams = Object.values(workerLink.sessions).reduce((sum, session) => sum + session.streams, 0);
  const { leases, waiting, timers } = pool;
  return { ...http, ...orchestrator, leases, waiting, timers, streams, strangers: workerLink.strangers };
}
