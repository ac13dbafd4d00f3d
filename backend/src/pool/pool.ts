import type { Clock } from '@gemini-proxy/protocol';
import type { GatewayError } from '../errors.ts';
import { isFit, type Requirement, type Strategy } from './strategy.ts';
import { toUnavailableError } from './unavailable.ts';
import { WaitingLine } from './waiting-line.ts';
import type { Worker, WorkerView } from './worker.ts';

export type { Requirement };

export interface PoolOptions {
  readonly strategy: Strategy;
  readonly clock: Clock;
  /** Requests that may wait for a slot at once. */
  readonly queueLimit: number;
  /** Milliseconds that a request waits for a slot at most. */
  readonly queueTimeoutMs: number;
}

/** A worker held for one attempt; `worker.account` tells whose resources it sees. */
export interface Lease {
  readonly worker: Worker;
  /** Gives the slot back. Idempotent. */
  release(): void;
}

/** Who asks for a worker. Exactly one of the two is called, once, unless the waiter cancels. */
export interface Waiter {
  onLease(lease: Lease): void;
  onUnavailable(error: GatewayError): void;
}

/** The workers, who is busy, and who waits for one. */
export class Pool {
  readonly #options: PoolOptions;
  readonly #line: WaitingLine<Waiter, Requirement>;
  readonly #seats: LeasedSeat[] = [];
  #accounts: readonly string[] | undefined;
  #leases = 0;
  #isDispatching = false;
  #isDispatchDue = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#line = new WaitingLine(options.clock, options.queueTimeoutMs, (waiter, requirement) =>
      waiter.onUnavailable(toUnavailableError(this.workers(), { ...requirement, waitedMs: options.queueTimeoutMs })),
    );
  }

  add(worker: Worker): void {
    this.#accounts = undefined;
    this.#seats.push({ worker, inFlight: 0 });
    this.#dispatch();
  }

  /** Takes a worker out; its leases stay valid until they are released. */
  remove(worker: Worker): void {
    this.#accounts = undefined;
    const index = this.#seats.findIndex((seat) => seat.worker === worker);
    if (index >= 0) this.#seats.splice(index, 1);
  }

  /** A worker's state or slots are others now. */
  changed(): void {
    this.#dispatch();
  }

  /**
   * Gives the waiter a worker at once where one is free; lets it wait while all that would do are busy; refuses it where none is ready.
   * Whoever waits has no free worker that would do, so a newcomer that finds one takes nothing from them.
   */
  acquire(waiter: Waiter, requirement: Requirement): void {
    const mayTake = !this.#isDispatching || this.#line.length === 0;
    const seat = mayTake ? this.#options.strategy.pick(this.#seats, requirement) : undefined;
    if (seat !== undefined) {
      waiter.onLease(this.#lease(seat));
    } else if (this.#line.length < this.#options.queueLimit && this.#hasReady(requirement)) {
      this.#line.push(waiter, requirement);
    } else {
      waiter.onUnavailable(toUnavailableError(this.workers(), { ...requirement, waitedMs: 0 }));
    }
  }

  /** Whether a worker is ready: any, or one of an account. */
  hasReady(account: string | undefined): boolean {
    return this.#hasReady({ account });
  }

  /** The waiter wants no worker any more. */
  cancel(waiter: Waiter): void {
    this.#line.delete(waiter);
  }

  /** Accounts with a connected worker, each once. */
  get accounts(): readonly string[] {
    this.#accounts ??= [...new Set(this.#seats.map(({ worker }) => worker.account))];
    return this.#accounts;
  }

  workers(): readonly WorkerView[] {
    return this.#seats.map(({ worker, inFlight }) => {
      const { id, account, kind, capabilities, state, reason, slots } = worker;
      return { id, account, kind, capabilities, state, reason, slots, inFlight };
    });
  }

  /** Refuses all who wait. */
  refuseWaiting(error: GatewayError): void {
    for (const waiter of this.#line.clear()) waiter.onUnavailable(error);
  }

  debugState(): PoolDebugState {
    return { workers: this.#seats.length, leases: this.#leases, waiting: this.#line.length, timers: this.#line.timers };
  }

  #hasReady(requirement: Requirement): boolean {
    return this.#seats.some(({ worker }) => worker.state === 'ready' && isFit(worker, requirement));
  }

  #lease(seat: LeasedSeat): Lease {
    seat.inFlight += 1;
    this.#leases += 1;
    return new SeatLease(seat, this.#onRelease);
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
  }

  /** In order of arrival; who waits for certain workers, all busy, holds nobody up. */
  #serveLine(): void {
    const unmet = new Set<string>();
    for (const [waiter, requirement] of this.#line) {
      const { account, capability } = requirement;
      const wish = JSON.stringify([account, capability]);
      if (unmet.has(wish)) continue;
      const seat = this.#options.strategy.pick(this.#seats, requirement);
      if (seat !== undefined) {
        this.#line.delete(waiter);
        waiter.onLease(this.#lease(seat));
      } else if (account === undefined && capability === undefined) {
        return;
      } else {
        unmet.add(wish);
      }
    }
  }
}

export interface PoolDebugState {
  readonly workers: number;
  readonly leases: number;
  readonly waiting: number;
  readonly timers: number;
}

interface LeasedSeat {
  readonly worker: Worker;
  inFlight: number;
}

class SeatLease implements Lease {
  readonly #seat: LeasedSeat;
  readonly #onRelease: () => void;
  #isReleased = false;

  constructor(seat: LeasedSeat, onRelease: () => void) {
    this.#seat = seat;
    this.#onRelease = onRelease;
  }

  get worker(): Worker {
    return this.#seat.worker;
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#seat.inFlight -= 1;
    this.#onRelease();
  }
}
