import type { Worker } from './worker.ts';

/** A worker and how many of its slots are in use. */
export interface Seat {
  readonly worker: Worker;
  readonly inFlight: number;
}

/** Chooses the worker of the next request. */
export interface Strategy {
  /** One of the seats that are ready and have a free slot, or `undefined` when there is none. */
  pick<S extends Seat>(seats: readonly S[]): S | undefined;
}

/** Each free worker in its turn. */
export class RoundRobin implements Strategy {
  #last = -1;

  pick<S extends Seat>(seats: readonly S[]): S | undefined {
    const count = seats.length;
    for (let step = 1; step <= count; step += 1) {
      const index = (this.#last + step) % count;
      const seat = seats[index];
      if (seat !== undefined && isFree(seat)) {
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
