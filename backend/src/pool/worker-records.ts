import type { Clock } from '@gemini-proxy/protocol';
import { isFit, type Requirement } from './requirement.ts';
import type { Worker } from './worker.ts';
import { WorkerRecord } from './worker-record.ts';

/** Milliseconds that a worker which has gone is remembered. */
export const rememberMs = 600_000;
/** Workers that have gone and are remembered at most. */
export const maxRemembered = 1024;

/** What is known of the workers that are there, and of those that were lately. */
export class WorkerRecords {
  readonly #clock: Clock;
  readonly #hopeMs: number;
  readonly #startedAtMs: number;
  readonly #records = new Map<string, WorkerRecord>();

  /** `hopeMs`: how long after it was ready, or came, a worker is expected to be ready again. */
  constructor(clock: Clock, hopeMs: number) {
    this.#clock = clock;
    this.#hopeMs = hopeMs;
    this.#startedAtMs = clock.now();
  }

  /** The record of a worker that has come, or come back. */
  of(worker: Pick<Worker, 'id' | 'account' | 'capabilities'>): WorkerRecord {
    this.#forgetOld();
    const known = this.#records.get(worker.id);
    if (known !== undefined && known.account === worker.account) {
      known.goneAtMs = undefined;
      known.hopeUntilMs = this.#clock.now() + this.#hopeMs;
      return known;
    }
    const record = new WorkerRecord(worker, this.#clock, this.#hopeMs);
    this.#records.set(worker.id, record);
    return record;
  }

  /** Until when a worker for this may be expected; in the past where none is. After a start all workers are on their way back. */
  hopeUntil(requirement: Requirement): number {
    let untilMs = this.#startedAtMs + this.#hopeMs;
    for (const record of this.#records.values()) {
      if (record.hopeUntilMs > untilMs && isFit(record, requirement)) untilMs = record.hopeUntilMs;
    }
    return untilMs;
  }

  #forgetOld(): void {
    const nowMs = this.#clock.now();
    let excess = this.#records.size - maxRemembered;
    for (const [id, { goneAtMs }] of this.#records) {
      if (goneAtMs === undefined || (nowMs - goneAtMs < rememberMs && excess <= 0)) continue;
      this.#records.delete(id);
      excess -= 1;
    }
  }
}
