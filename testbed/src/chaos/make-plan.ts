import type { SeededRandom } from '../seeded-random.ts';
import type { Plan, PlannedRequest, PlanOptions } from './plan.ts';
import { planRequest } from './plan-request.ts';
import { planTroubles } from './plan-troubles.ts';

/** Draws requests and troubles of one part of a run. */
export function makePlan(random: SeededRandom, options: PlanOptions): Plan {
  const { firstId, durationMs, requestsPerSecond } = options;
  const forRequests = random.fork();
  const forTroubles = random.fork();
  const requests: PlannedRequest[] = [];
  const meanGapMs = 1000 / requestsPerSecond;
  for (let atMs = 0; atMs < durationMs; atMs += gapMs(forRequests, meanGapMs)) {
    requests.push(planRequest(forRequests.fork(), { id: firstId + requests.length, atMs: Math.round(atMs) }));
  }
  return { durationMs, requests, troubles: planTroubles(forTroubles, options) };
}

/** Arrivals come in bunches, as those of independent clients do. */
function gapMs(random: SeededRandom, meanMs: number): number {
  return -Math.log(1 - random.next()) * meanMs;
}
