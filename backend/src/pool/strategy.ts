import type { Worker } from './worker.ts';

/** A worker and how many of its slots are in use. */
export interface Seat {
  readonly worker: Worker;
  readonly inFlight: number;
}

/** What a worker must be like for a request. */
export interface Requirement {
  /** Account whose workers alone will do; `undefined`: any. */
  readonly account: string | undefined;
  /** What the worker must have said in its hello. */
  readonly capability?: string;
}

/** Chooses the worker of the next request. */
export interface Strategy {
  /** One of the seats that are ready, have a free slot and meet the requirement; `undefined` when there is none. */
  pick<S extends Seat>(seats: readonly S[], requirement: Requirement): S | undefined;
}

/** Each free worker in its turn. */
export class RoundRobin implements Strategy {
  #last = -1;

  pick<S extends Seat>(seats: readonly S[], requirement: Requirement): S | undefined {
    const count = seats.length;
    for (let step = 1; step <= count; step += 1) {
      const index = (this.#last + step) % count;
      const seat = seats[index];
      if (seat !== undefined && isFree(seat) && isFit(seat.worker, requirement)) {
        this.#last = index;
        return seat;
      }
    }
    return undefined;
  }
}

/** Whether a worker is of the account that is named, and has the capability. */
export function isFit(worker: Pick<Worker, 'account' | 'capabilities'>, { account, capability }: Requirement): boolean {
  if (account !== undefined && worker.account !== account) return false;
  return capability === undefined || worker.capabilities.includes(capability);
}

/** Whether a seat can take one more request. */
function isFree(seat: Seat): boolean {
  return seat.worker.state === 'ready' && seat.inFlight < seat.worker.slots;
}
