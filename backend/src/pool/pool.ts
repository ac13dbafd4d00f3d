import type { Clock } from '@gemini-proxy/protocol';
import type { GatewayError } from '../errors.ts';
import type { Balancer } from './balancer.ts';
import { type Lease, SeatLease } from './lease.ts';
import { isFit, type Requirement } from './requirement.ts';
import { Seat, type SeatEvents } from './seat.ts';
import { toUnavailableError } from './unavailable.ts';
import { WaitingLine } from './waiting-line.ts';
import { isUnanswering, type Worker, type WorkerState, type WorkerView } from './worker.ts';
import { WorkerRecords } from './worker-records.ts';

export type { Lease, Requirement };

export interface PoolOptions {
  readonly events: SeatEvents;
  readonly balancer: Balancer;
  readonly clock: Clock;
  /** Requests that may wait for a worker at once. */
  readonly queueLimit: number;
  /** Milliseconds that a request waits for a worker at most. */
  readonly queueTimeoutMs: number;
  /** Milliseconds that requests wait while no worker is ready, counted from when one was. */
  readonly workerWaitMs: number;
}

/** Who asks for a worker. Exactly one of the two is called, once, unless the waiter cancels. */
export interface Waiter {
  onLease(lease: Lease): void;
  onUnavailable(error: GatewayError): void;
}

/** Who is told of workers that are connected and cannot answer for now. */
export interface PoolWatcher {
  onWorkerUnready(worker: Worker): void;
}

/** States that a worker does not leave by itself: whoever waits is told at once. */
const needingPeople: ReadonlySet<WorkerState> = new Set<WorkerState>(['needs-interaction', 'refused', 'paused']);

/** The workers, who is busy, and who waits for one. */
export class Pool {
  readonly #options: PoolOptions;
  readonly #line: WaitingLine<Waiter, Requirement>;
  readonly #records: WorkerRecords;
  readonly #seats: Seat[] = [];
  readonly #watchers: PoolWatcher[] = [];
  #accounts: readonly string[] | undefined;
  #leases = 0;
  #isDispatching = false;
  #isDispatchDue = false;
  #wake: { readonly atMs: number; readonly cancel: () => void } | undefined;

  constructor(options: PoolOptions) {
    const { clock, queueTimeoutMs, workerWaitMs } = options;
    this.#options = options;
    this.#records = new WorkerRecords(clock, workerWaitMs);
    this.#line = new WaitingLine(clock, queueTimeoutMs, (waiter, requirement) =>
      waiter.onUnavailable(toUnavailableError(this.workers(), { ...requirement, waitedMs: queueTimeoutMs })),
    );
  }

  add(worker: Worker): void {
    this.#accounts = undefined;
    const seat = new Seat(worker, this.#records.of(worker), this.#options);
    this.#seats.push(seat);
    if (seat.record.isHeld) worker.hold?.(true);
    this.#observe(seat);
    this.#reconsider();
  }

  /** Takes a worker out; its leases stay valid until they are released. `isLost`: it went without a word. */
  remove(worker: Worker, isLost = false): void {
    this.#accounts = undefined;
    const index = this.#seats.findIndex((seat) => seat.worker === worker);
    const [seat] = index >= 0 ? this.#seats.splice(index, 1) : [];
    if (seat === undefined) return;
    this.#observe(seat, false);
    seat.record.goneAtMs = this.#options.clock.now();
    if (isLost) seat.lost();
    this.#reconsider();
  }

  /** A worker's state or slots are others now, or it has said them again. */
  changed(worker: Worker): void {
    const seat = this.#seats.find((each) => each.worker === worker);
    if (seat !== undefined) {
      if (worker.state === 'ready') seat.record.proved();
      this.#observe(seat);
      if (needingPeople.has(worker.state)) seat.record.hopeUntilMs = this.#options.clock.now();
    }
    if (isUnanswering(worker)) for (const watcher of this.#watchers) watcher.onWorkerUnready(worker);
    this.#reconsider();
  }

  /** Holds a worker back, or lets it go, and remembers that when it comes back; what it does now goes on. `false`: there is none of this id. */
  hold(workerId: string, isHeld: boolean): boolean {
    const seats = this.#seats.filter(({ worker }) => worker.id === workerId);
    for (const seat of seats) {
      seat.record.isHeld = isHeld;
      seat.worker.hold?.(isHeld);
      this.#observe(seat);
      if (isHeld) seat.record.hopeUntilMs = this.#options.clock.now();
    }
    this.#reconsider();
    return seats.length > 0;
  }

  watch(watcher: PoolWatcher): void {
    this.#watchers.push(watcher);
  }

  /**
   * Gives the waiter a worker at once where one is free; lets it wait while all that would do are busy, or expected to be back; refuses it else.
   * Whoever waits has no free worker that would do, so a newcomer that finds one takes nothing from them.
   */
  acquire(waiter: Waiter, requirement: Requirement): void {
    const mayTake = !this.#isDispatching || this.#line.length === 0;
    const seat = mayTake ? this.#pick(requirement) : undefined;
    if (seat !== undefined) {
      waiter.onLease(this.#lease(seat));
    } else if (this.#line.length < this.#options.queueLimit && this.#mayWait(requirement)) {
      this.#line.push(waiter, requirement);
      this.#wakeFor(requirement);
      this.#wakeForSeats();
    } else {
      waiter.onUnavailable(toUnavailableError(this.workers(), { ...requirement, waitedMs: 0 }));
    }
  }

  /** Whether a worker is ready: any, or one of an account. */
  hasReady(account: string | undefined): boolean {
    return this.#seats.some(({ worker, state }) => state === 'ready' && isFit(worker, { account }));
  }

  /** Whether a worker that the request need not avoid could take it now, or (`whenFree`) as soon as it has a free slot. */
  hasOther(requirement: Requirement, { whenFree }: { readonly whenFree: boolean }): boolean {
    return this.#seats.some(
      (seat) => !seat.hasFailed(requirement) && (whenFree ? seat.isAvailable(requirement) : seat.canTake(requirement)),
    );
  }

  /** The waiter wants no worker any more. */
  cancel(waiter: Waiter): void {
    this.#line.delete(waiter);
    if (this.#line.length === 0) this.#clearWake();
  }

  /** Accounts with a connected worker, each once. */
  get accounts(): readonly string[] {
    this.#accounts ??= [...new Set(this.#seats.map(({ worker }) => worker.account))];
    return this.#accounts;
  }

  workers(): readonly WorkerView[] {
    return this.#seats.map((seat) => seat.view());
  }

  /** Refuses all who wait. */
  refuseWaiting(error: GatewayError): void {
    const waiters = this.#line.clear();
    this.#clearWake();
    for (const waiter of waiters) waiter.onUnavailable(error);
  }

  debugState(): PoolDebugState {
    const timers = this.#line.timers + (this.#wake === undefined ? 0 : 1);
    return { workers: this.#seats.length, leases: this.#leases, waiting: this.#line.length, timers };
  }

  /** Notices what a worker's state was before, and what follows from its change. */
  #observe(seat: Seat, isReady = seat.state === 'ready'): void {
    if (isReady === seat.wasReady) return;
    seat.wasReady = isReady;
    if (isReady) seat.record.returned();
    else seat.record.departed(this.#options.workerWaitMs);
  }

  /** Steady workers first. One that has failed the request is taken only when no other is there that would do, and not when that is busy. */
  #pick(requirement: Requirement): Seat | undefined {
    const { balancer, clock } = this.#options;
    const nowMs = clock.now();
    const pickFrom = (mayTake: (seat: Seat) => boolean) =>
      balancer.pick(this.#seats, (seat) => mayTake(seat) && seat.canTake(requirement), nowMs);
    const steady = pickFrom((seat) => seat.record.isSteady && !seat.hasFailed(requirement));
    if (steady !== undefined) return steady;
    const isOtherThere = this.hasOther(requirement, { whenFree: true });
    return pickFrom((seat) => !isOtherThere || !seat.hasFailed(requirement));
  }

  #mayWait(requirement: Requirement): boolean {
    for (const seat of this.#seats) this.#observe(seat);
    return this.#isServable(requirement) || this.#records.hopeUntil(requirement) > this.#options.clock.now();
  }

  /** Whether a ready worker would do, though it may be busy, or have to prove itself first. */
  #isServable(requirement: Requirement): boolean {
    return this.#seats.some(({ worker, state }) => state === 'ready' && isFit(worker, requirement));
  }

  #lease(seat: Seat): Lease {
    this.#leases += 1;
    return new SeatLease(seat, this.#options.clock, this.#onRelease);
  }

  readonly #onRelease = (): void => {
    this.#leases -= 1;
    if (this.#line.length > 0) this.#dispatch();
  };

  /** A waiter may release its lease within `onLease`: the flags turn that recursion into one more round of the loop. */
  #dispatch(): void {
    this.#isDispatchDue = true;
    if (this.#isDispatching) return;
    this.#isDispatching = true;
    try {
      while (this.#isDispatchDue && this.#line.length > 0) {
        this.#isDispatchDue = false;
        this.#serveLine();
      }
    } finally {
      this.#isDispatching = false;
    }
    if (this.#line.length === 0) this.#clearWake();
    else this.#wakeForSeats();
  }

  /** Workers are others than before: serves who can be served now, and sees how long there is hope for the others. */
  #reconsider(): void {
    this.#dispatch();
    const wishes = new Map<string, Requirement>();
    for (const [, requirement] of this.#line) wishes.set(toWish(requirement), requirement);
    for (const requirement of wishes.values()) this.#wakeFor(requirement);
  }

  /** In order of arrival; who waits for certain workers, all busy, holds nobody up. */
  #serveLine(): void {
    const unmet = new Set<string>();
    for (const [waiter, requirement] of this.#line) {
      const wish = toWish(requirement);
      if (unmet.has(wish)) continue;
      const seat = this.#pick(requirement);
      if (seat !== undefined) {
        this.#line.delete(waiter);
        waiter.onLease(this.#lease(seat));
      } else if (wish === anyWorker) {
        return;
      } else {
        unmet.add(wish);
      }
    }
  }

  // While somebody waits, time alone may bring a worker back into rotation, or end the hope for one.

  #wakeForSeats(): void {
    const nowMs = this.#options.clock.now();
    for (const { record } of this.#seats) this.#wakeBy(record.nextChangeAfter(nowMs), nowMs);
  }

  #wakeFor(requirement: Requirement): void {
    if (!this.#isServable(requirement)) this.#wakeBy(this.#records.hopeUntil(requirement), this.#options.clock.now());
  }

  #wakeBy(atMs: number, nowMs: number): void {
    if (atMs >= (this.#wake?.atMs ?? Number.POSITIVE_INFINITY)) return;
    this.#clearWake();
    this.#wake = { atMs, cancel: this.#options.clock.schedule(this.#onWake, Math.max(0, atMs - nowMs)) };
  }

  #clearWake(): void {
    this.#wake?.cancel();
    this.#wake = undefined;
  }

  readonly #onWake = (): void => {
    this.#wake = undefined;
    for (const [waiter, requirement] of this.#line) {
      if (this.#mayWait(requirement)) continue;
      this.#line.delete(waiter);
      waiter.onUnavailable(toUnavailableError(this.workers(), { ...requirement, waitedMs: this.#options.workerWaitMs }));
    }
    this.#reconsider();
  };
}

export interface PoolDebugState {
  readonly workers: number;
  readonly leases: number;
  readonly waiting: number;
  readonly timers: number;
}

const anyWorker = '';

/** Equal for requirements that the same workers meet. */
function toWish({ account, capability, avoid }: Requirement): string {
  if (account === undefined && capability === undefined && avoid === undefined) return anyWorker;
  return JSON.stringify([account, capability, avoid && [...avoid]]);
}
