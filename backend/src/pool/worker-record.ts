import type { Clock } from '@gemini-proxy/protocol';
import { Breaker, type BreakerState } from './breaker.ts';
import { Latency } from './latency.ts';
import { LearntSlots } from './learnt-slots.ts';
import { Steadiness } from './steadiness.ts';

/** Milliseconds after which a suspicion that nobody proved or disproved is dropped. */
export const longestSuspicionMs = 60_000;

/** What the pool knows of a worker beside what that says of itself. It is kept over reconnections, under the worker's id. */
export class WorkerRecord {
  readonly account: string;
  readonly capabilities: readonly string[];
  readonly latency = new Latency();
  readonly slots = new LearntSlots();
  readonly breaker = new Breaker();
  readonly #steadiness = new Steadiness();
  readonly #clock: Clock;
  /** Answers that have begun. */
  answers = 0;
  /** While it is not ready: until then it is expected to be, and requests wait for it. */
  hopeUntilMs: number;
  /** A user holds it back in the console. */
  isHeld = false;
  /** When its last connection ended; `undefined` while it is connected. */
  goneAtMs: number | undefined;
  #suspectedUntilMs = Number.NEGATIVE_INFINITY;
  /** Nothing is held against it, which spares a look at the clock. */
  #isClear = true;

  constructor(worker: { readonly account: string; readonly capabilities: readonly string[] }, clock: Clock, hopeMs: number) {
    this.account = worker.account;
    this.capabilities = worker.capabilities;
    this.#clock = clock;
    this.hopeUntilMs = clock.now() + hopeMs;
  }

  /** Whether a ready worker may be given a request. */
  get isAdmitted(): boolean {
    if (this.#isClear) return true;
    const nowMs = this.#clock.now();
    return nowMs >= this.#suspectedUntilMs && this.breaker.admitsAt(nowMs);
  }

  /** Whether it has been ready for long enough to be as good as any other. */
  get isSteady(): boolean {
    return this.#isClear || this.#clock.now() >= this.#steadiness.steadyAtMs;
  }

  get isSuspect(): boolean {
    return !this.#isClear && this.#clock.now() < this.#suspectedUntilMs;
  }

  get breakerState(): BreakerState {
    return this.breaker.stateAt(this.#clock.now());
  }

  /** The next time at which it may be given more than now, if time alone will do; else infinite. */
  nextChangeAfter(nowMs: number): number {
    const nextSlotAtMs = this.slots.nextSlotAfter(nowMs);
    if (this.#isClear) return nextSlotAtMs;
    const times = [this.#suspectedUntilMs, this.breaker.openUntilMs, this.#steadiness.steadyAtMs];
    return Math.min(...times.filter((atMs) => atMs > nowMs), nextSlotAtMs);
  }

  /** An answer has begun. */
  answered(durationMs: number): void {
    this.answers += 1;
    this.latency.add(durationMs, this.#clock.now());
    if (this.#isClear) return;
    this.breaker.answered();
    this.#suspectedUntilMs = Number.NEGATIVE_INFINITY;
    this.#settle();
  }

  /** It says that it is ready. */
  proved(): void {
    this.#suspectedUntilMs = Number.NEGATIVE_INFINITY;
    this.#settle();
  }

  /** A request got no answer; nothing new until an answer, or the worker's own word, proves it. */
  suspected(): void {
    this.#suspectedUntilMs = this.#clock.now() + longestSuspicionMs;
    this.#isClear = false;
  }

  /** A request, or the connection, failed on the way. Returns whether the worker is out of rotation by this. */
  failed(): boolean {
    this.#isClear = false;
    return this.breaker.failed(this.#clock.now());
  }

  departed(hopeMs: number): void {
    const nowMs = this.#clock.now();
    this.hopeUntilMs = nowMs + hopeMs;
    this.#steadiness.departed(nowMs);
  }

  returned(): void {
    this.#steadiness.returned(this.#clock.now());
    this.#isClear = false;
    this.proved();
  }

  #settle(): void {
    const nowMs = this.#clock.now();
    this.#isClear = this.breaker.isFlawless && nowMs >= this.#steadiness.steadyAtMs && nowMs >= this.#suspectedUntilMs;
  }
}
