import type { Clock } from './clock.ts';
import { ProtocolError } from './errors.ts';

export interface HeartbeatOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly sendPing: (payload: Uint8Array<ArrayBuffer>) => void;
  /** Runs at each check, before the verdict. */
  readonly onCheck: () => void;
  /** Nothing was heard for two intervals. */
  readonly onSilence: (silentMs: number) => void;
}

interface SentPing {
  readonly number: number;
  readonly sentAtMs: number;
}

/** Pings the peer at each interval, and notices when it has gone. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #sentPing: SentPing | undefined;
  #pingCount = 0;
  #heardAtMs: number;
  #checkedAtMs: number;
  #isOnGrace = false;
  #cancelTimer: (() => void) | undefined;
  #roundTripMs: number | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#heardAtMs = options.clock.now();
    this.#checkedAtMs = this.#heardAtMs;
    this.#schedule();
  }

  get roundTripMs(): number | undefined {
    return this.#roundTripMs;
  }

  get timers(): number {
    return this.#cancelTimer === undefined ? 0 : 1;
  }

  /** Any message is a sign of life. */
  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
    this.#isOnGrace = false;
  }

  /** Sends a ping, unless one is on its way. */
  ping(): void {
    if (this.#sentPing !== undefined) return;
    const number = ++this.#pingCount;
    this.#sentPing = { number, sentAtMs: this.#options.clock.now() };
    const payload = new Uint8Array(8);
    new DataView(payload.buffer).setUint32(4, number);
    this.#options.sendPing(payload);
  }

  /** Throws when this is not the answer to the ping on its way. */
  pong(payload: Uint8Array<ArrayBuffer>): void {
    const sent = this.#sentPing;
    this.#sentPing = undefined;
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    if (sent === undefined || view.getUint32(0) !== 0 || view.getUint32(4) !== sent.number >>> 0) {
      throw new ProtocolError('UNEXPECTED_FRAME', 'a pong that answers no ping');
    }
    this.#roundTripMs = this.#options.clock.now() - sent.sentAtMs;
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #schedule(): void {
    this.#cancelTimer = this.#options.clock.schedule(this.#check, this.#options.intervalMs);
  }

  readonly #check = (): void => {
    const nowMs = this.#options.clock.now();
    const isLate = nowMs - this.#checkedAtMs > this.#options.intervalMs * 1.5;
    const silentMs = nowMs - this.#heardAtMs;
    this.#checkedAtMs = nowMs;
    this.#cancelTimer = undefined;
    // Timers of a hidden page run late, and then messages may lie unread: a late check asks, and the next one judges.
    if (silentMs >= this.#options.intervalMs * 2 && (!isLate || this.#isOnGrace)) {
      this.#options.onSilence(silentMs);
      return;
    }
    this.#isOnGrace = isLate;
    this.#options.onCheck();
    this.ping();
    this.#schedule();
  };
}
