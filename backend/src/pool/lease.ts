import type { Clock } from '@gemini-proxy/protocol';
import type { Seat } from './seat.ts';
import type { Worker } from './worker.ts';

/** How an attempt failed on its way: no connection to the upstream; no answer in time; not taken for want of a slot. */
export type AttemptFailure = 'unreachable' | 'silent' | 'refused';

/** A worker held for one attempt; `worker.account` tells whose resources it sees. */
export interface Lease {
  readonly worker: Worker;
  /** The upstream has begun to answer, whatever it says. */
  answered(): void;
  /** The attempt failed without an answer. */
  failed(how: AttemptFailure): void;
  /** Gives the slot back. Idempotent. */
  release(): void;
}

export class SeatLease implements Lease {
  readonly #seat: Seat;
  readonly #clock: Clock;
  readonly #onRelease: () => void;
  readonly #startedAtMs: number;
  readonly #answersBefore: number;
  readonly #isTrial: boolean;
  #isReleased = false;

  constructor(seat: Seat, clock: Clock, onRelease: () => void) {
    this.#seat = seat;
    this.#clock = clock;
    this.#onRelease = onRelease;
    this.#startedAtMs = clock.now();
    this.#answersBefore = seat.record.answers;
    this.#isTrial = seat.record.breaker.begin();
    seat.inFlight += 1;
  }

  get worker(): Worker {
    return this.#seat.worker;
  }

  answered(): void {
    this.#seat.record.answered(this.#clock.now() - this.#startedAtMs);
  }

  failed(how: AttemptFailure): void {
    this.#seat.failed(how, this.#answersBefore);
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#seat.inFlight -= 1;
    if (this.#isTrial) this.#seat.record.breaker.trialEnded();
    this.#onRelease();
  }
}
