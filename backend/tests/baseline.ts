import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Gateway } from '../src/index.ts';

const nothing = {
  http: { exchanges: 0 },
  validation: { held: 0 },
  router: { held: 0, lookups: 0, polls: 0 },
  uploads: { sessions: 0, writing: 0, sending: 0 },
  orchestrator: { running: 0, timed: 0, retainedBytes: 0 },
  live: { running: 0, timed: 0 },
  pool: { leases: 0, waiting: 0, timers: 0 },
  workerLink: { streams: 0, strangers: 0 },
};
const patienceMs = 10_000;

/** Waits until nothing is left of any request; throws with what is. */
export async function expectBaseline(gateway: Gateway): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  while (!isDeepStrictEqual(summaryOf(gateway), nothing)) {
    if (performance.now() > giveUpAt) throw new Error(`left over: ${JSON.stringify(gateway.debugState())}`);
    await delay(10);
  }
}

function summaryOf(gateway: Gateway): typeof nothing {
  const { http, validation, router, uploads, orchestrator, live, pool, workerLink } = gateway.debugState();
  const { held, lookups, polls } = router;
  const { leases, waiting, timers } = pool;
  const streams = Object.values(workerLink.sessions).reduce((sum, session) => sum + session.streams, 0);
  return {
    http,
    validation,
    router: { held, lookups, polls },
    uploads,
    orchestrator,
    live,
    pool: { leases, waiting, timers },
    workerLink: { streams, strangers: workerLink.strangers },
  };
}
