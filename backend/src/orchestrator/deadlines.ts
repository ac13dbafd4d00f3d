import { type Clock, Roster } from '@gemini-proxy/protocol';

/** Something that looks at its deadline now and then. */
export interface Timed {
  onTick(tick: number): void;
}

/**
 * One coarse timer for all requests: a deadline is a number of ticks, and stamping one costs an addition. It may pass up to
 * two ticks late, never early; ticks are counted, not read from a clock, so that a process that was stopped or asleep fails nothing
 * before its sockets had their turn.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #members = new Roster<Timed>();
  #tick = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock, tickMs: number) {
    this.#clock = clock;
    this.#tickMs = tickMs;
  }

  get size(): number {
    return this.#members.size;
  }

  /** Ticks that cover a time, for `after`. */
  toTicks(durationMs: number): number {
    return Math.ceil(durationMs / this.#tickMs) + 1;
  }

  /** The tick at which so many ticks are over, counted from now. */
  after(ticks: number): number {
    return this.#tick + ticks;
  }

  add(member: Timed): void {
    this.#members.add(member);
    this.#cancelTimer ??= this.#clock.schedule(this.#onTimer, this.#tickMs);
  }

  /** The timer stops by itself within a tick: stopping it here would cost a quick request two timer calls. */
  delete(member: Timed): void {
    this.#members.delete(member);
  }

  destroy(): void {
    this.#members.clear();
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  readonly #onTimer = (): void => {
    this.#cancelTimer = undefined;
    this.#tick += 1;
    for (const member of this.#members) member.onTick(this.#tick);
    if (this.#members.size > 0) this.#cancelTimer = this.#clock.schedule(this.#onTimer, this.#tickMs);
  };
}

/** A tick that is fine enough for the shortest deadline, and coarse enough to cost nothing. */
export function toTickMs(shortestMs: number): number {
  return Math.min(1000, Math.max(10, Math.floor(shortestMs / 8)));
}
