import type { Clock } from '@gemini-proxy/protocol';
import type { Candidate } from './balancer.ts';
import { gatewayReasons } from './gateway-reasons.ts';
import type { AttemptFailure } from './lease.ts';
import { isFit, type Requirement } from './requirement.ts';
import type { Worker, WorkerState, WorkerView } from './worker.ts';
import type { WorkerRecord } from './worker-record.ts';

/** What is found out about workers. */
export interface SeatEvents {
  /** Too many of its calls failed on the way: it gets nothing for a while. */
  workerTripped(workerId: string): void;
  /** It left a request without an answer. */
  workerSuspected(workerId: string): void;
  /** It can do fewer requests at once than it says. */
  workerSlotsLearnt(workerId: string, slots: number): void;
}

/** A connected worker in the pool. */
export class Seat implements Candidate {
  readonly worker: Worker;
  readonly record: WorkerRecord;
  readonly #clock: Clock;
  readonly #events: SeatEvents;
  inFlight = 0;
  turn = 0;
  /** Whether it was ready when it was looked at last. */
  wasReady = false;

  constructor(worker: Worker, record: WorkerRecord, context: { readonly clock: Clock; readonly events: SeatEvents }) {
    this.worker = worker;
    this.record = record;
    this.#clock = context.clock;
    this.#events = context.events;
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

  /** Whether the request has been lost with it. */
  hasFailed({ avoid }: Requirement): boolean {
    return avoid?.has(this.worker.id) ?? false;
  }

  canTake(requirement: Requirement): boolean {
    return this.isAvailable(requirement) && this.inFlight < this.slots;
  }

  /** An attempt failed; `answersBefore` is the count of answers when it began. */
  failed(how: AttemptFailure, answersBefore: number): void {
    const { record, worker, inFlight } = this;
    const isOthersAnswered = record.answers > answersBefore;
    if (how === 'refused') {
      // A worker that is leaving refuses, too.
      if (worker.state === 'ready') this.#learnSlots(() => record.slots.refusedBeyond(inFlight - 1, this.#clock.now()));
    } else if (how === 'silent' && isOthersAnswered) {
      this.#learnSlots(() => record.slots.stalledAmong(inFlight, this.#clock.now()));
    } else {
      if (how === 'silent') this.#suspect();
      this.#fail();
    }
  }

  /** Its connection ended without a word. */
  lost(): void {
    this.#fail();
  }

  view(): WorkerView {
    const { id, account, kind, capabilities, reason } = this.worker;
    const { breakerState, isSuspect, isSteady, isHeld } = this.record;
    const { state } = this;
    return {
      ...{ id, account, kind, capabilities, state, reason: isHeld && state === 'paused' ? gatewayReasons.held : reason, isHeld },
      ...{ slots: this.slots, offeredSlots: this.worker.slots, inFlight: this.inFlight },
      ...{ breaker: breakerState, isSuspect, isSteady },
    };
  }

  #suspect(): void {
    this.record.suspected();
    this.#events.workerSuspected(this.worker.id);
  }

  #fail(): void {
    if (this.record.failed()) this.#events.workerTripped(this.worker.id);
  }

  #learnSlots(learn: () => void): void {
    const before = this.slots;
    learn();
    if (this.slots !== before) this.#events.workerSlotsLearnt(this.worker.id, this.slots);
  }
}
