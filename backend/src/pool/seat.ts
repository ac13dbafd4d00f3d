import type { Clock } from '@gemini-proxy/protocol';
import type { Candidate } from './balancer.ts';
import { isFit, type Requirement } from './requirement.ts';
import type { Worker, WorkerState, WorkerView } from './worker.ts';
import type { WorkerRecord } from './worker-record.ts';

const heldReason = 'It is held back in the console.';

/** A connected worker in the pool. */
export class Seat implements Candidate {
  readonly worker: Worker;
  readonly record: WorkerRecord;
  readonly #clock: Clock;
  inFlight = 0;
  turn = 0;
  /** Whether it was ready when it was looked at last. */
  wasReady = false;

  constructor(worker: Worker, record: WorkerRecord, clock: Clock) {
    this.worker = worker;
    this.record = record;
    this.#clock = clock;
  }

  /** As the worker says; `paused` where a user holds a ready one back. */
  get state(): WorkerState {
    const { state } = this.worker;
    return state === 'ready' && this.record.isHeld ? 'paused' : state;
  }

  get latency() {
    return this.record.latency;
  }

  /** Requests that it may be given at once: as it says, or as it has shown. */
  get slots(): number {
    const { slots } = this.record;
    const offered = this.worker.slots;
    return slots.isUnlimited ? offered : slots.limitAt(this.#clock.now(), offered);
  }

  /** Whether it would do for a request now, or as soon as a slot is free. */
  isAvailable(requirement: Requirement): boolean {
    return this.state === 'ready' && this.record.isAdmitted && isFit(this.worker, requirement);
  }

  /** Whether nothing speaks for another one that is available. */
  isPreferred({ avoid }: Requirement): boolean {
    return this.record.isSteady && (avoid === undefined || !avoid.has(this.worker.id));
  }

  canTake(requirement: Requirement): boolean {
    return this.isAvailable(requirement) && this.inFlight < this.slots;
  }

  view(): WorkerView {
    const { id, account, kind, capabilities, reason } = this.worker;
    const { breakerState, isSuspect, isSteady, isHeld } = this.record;
    const { state } = this;
    return {
      ...{ id, account, kind, capabilities, state, reason: isHeld && state === 'paused' ? heldReason : reason, isHeld },
      ...{ slots: this.slots, offeredSlots: this.worker.slots, inFlight: this.inFlight },
      ...{ breaker: breakerState, isSuspect, isSteady },
    };
  }
}
