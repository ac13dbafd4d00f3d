import type { Latency } from './latency.ts';

/** A worker as a balancer sees it. */
export interface Candidate {
  readonly inFlight: number;
  readonly latency: Latency;
  /** When it was chosen last, counted in choices; set by the balancer. */
  turn: number;
}

/** Chooses the worker of the next request. */
export interface Balancer {
  /** One of those that may be chosen; `undefined` when there is none. */
  pick<C extends Candidate>(all: readonly C[], mayTake: (candidate: C) => boolean, nowMs: number): C | undefined;
}

export type BalancerName = 'round-robin' | 'least-in-flight';

export function createBalancer(name: BalancerName): Balancer {
  return name === 'round-robin' ? new RoundRobin() : new LeastInFlight();
}

/** Whoever has waited longest for its turn. By turns, not by places: requests that only some may take put no one else off. */
export class RoundRobin implements Balancer {
  #turn = 0;

  pick<C extends Candidate>(all: readonly C[], mayTake: (candidate: C) => boolean): C | undefined {
    let chosen: C | undefined;
    for (const candidate of all) {
      if ((chosen === undefined || candidate.turn < chosen.turn) && mayTake(candidate)) chosen = candidate;
    }
    this.#turn += 1;
    if (chosen !== undefined) chosen.turn = this.#turn;
    return chosen;
  }
}

/**
 * Whoever has the least to do; those with the same take turns. What a worker has to do counts as many times as it is slower than the fastest:
 * by the bare number a slow worker would keep as many requests as each of the others, and most of them waiting.
 */
export class LeastInFlight implements Balancer {
  #turn = 0;

  pick<C extends Candidate>(all: readonly C[], mayTake: (candidate: C) => boolean, nowMs: number): C | undefined {
    let fastestLogMs = Number.POSITIVE_INFINITY;
    for (const { latency } of all) fastestLogMs = Math.min(fastestLogMs, latency.logMs);
    let chosen: C | undefined;
    let leastLoad = Number.POSITIVE_INFINITY;
    for (const candidate of all) {
      const load = (candidate.inFlight + 1) * candidate.latency.slowness(fastestLogMs, nowMs);
      const isBetter = load < leastLoad || (load === leastLoad && chosen !== undefined && candidate.turn < chosen.turn);
      if (!isBetter || !mayTake(candidate)) continue;
      chosen = candidate;
      leastLoad = load;
    }
    this.#turn += 1;
    if (chosen !== undefined) chosen.turn = this.#turn;
    return chosen;
  }
}
