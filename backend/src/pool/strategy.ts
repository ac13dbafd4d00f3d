import type { Worker } from './worker.ts';

/** A worker and how many of its slots are in use. */
export interface Seat {
  readonly worker: Worker;
  readonly inFlight: number;
}

/** Chooses the worker of the next request. */
export interface Strategy {
  /** One of the seats that are ready, have a free slot and are of the account, if one is named; `undefined` when there is none. */
  pick<S extends Seat>(seats: readonly S[], account: string | undefined): S | undefined;
}

/** Each free worker in its turn. */
export class RoundRobin implements Strategy {
  #last = -1;

  pick<S extends Seat>(seats: readonly S[], account: string | undefined): S | undefined {
    const count = seats.length;
    for (let step = 1; step <= count; step += 1) {
      const index = (this.#last + step) % count;
      const seat = seats[index];
      if (seat !== undefined && isFree(seat) && (account === undefined || seat.worker.account === account)) {
        this.#last = index;
        return seat;
      }
    }
    return undefined;
  }
}

/** Whether a seat can take one more request. */
function isFree(seat: Seat): boolean {
  return seat.worker.state === 'ready' && seat.inFlight < seat.worker.slots;
}
