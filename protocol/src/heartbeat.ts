import type { Clock } from './clock.ts';
import { ProtocolError } from './errors.ts';

export interface HeartbeatOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly sendPing: (payload: Uint8Array<ArrayBuffer>) => void;
  /** Runs at each ping's time. */
  readonly onCheck: () => void;
  /** Nothing was heard for `silenceIntervals`. */
  readonly onSilence: (silentMs: number) => void;
}

/** Intervals of silence after which a peer counts as gone: its answer to the last ping is most of an interval late. */
const silenceIntervals = 1.75;
/** Intervals by which a timer that comes later judges nothing. */
const latenessIntervals = 0.5;

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
  #pingAtMs: number;
  #dueAtMs: number;
  #isOnGrace = false;
  #cancelTimer: (() => void) | undefined;
  #roundTripMs: number | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#heardAtMs = options.clock.now();
    this.#pingAtMs = this.#heardAtMs + options.intervalMs;
    this.#dueAtMs = this.#pingAtMs;
    this.#schedule(this.#heardAtMs);
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

  /** Goes on after a break. A ping that was on its way is sent again. */
  resume(): void {
    const { clock, intervalMs } = this.#options;
    const nowMs = clock.now();
    this.heard(nowMs);
    this.#pingAtMs = nowMs + intervalMs;
    if (this.#sentPing !== undefined) this.#sentPing = { ...this.#sentPing, sentAtMs: nowMs };
    this.#schedule(nowMs);
  }

  /** For the next ping, or for the moment at which the silence will have lasted too long. */
  #schedule(nowMs: number): void {
    const { clock, intervalMs } = this.#options;
    const verdictAtMs = this.#heardAtMs + intervalMs * silenceIntervals;
    // A verdict that is overdue waits for the answer to the ping that was sent just now.
    this.#dueAtMs = verdictAtMs > nowMs ? Math.min(this.#pingAtMs, verdictAtMs) : this.#pingAtMs;
    this.#cancelTimer = clock.schedule(this.#check, this.#dueAtMs - nowMs);
  }

  readonly #check = (): void => {
    const { clock, intervalMs, onSilence, onCheck } = this.#options;
    const nowMs = clock.now();
    const isLate = nowMs - this.#dueAtMs > intervalMs * latenessIntervals;
    const silentMs = nowMs - this.#heardAtMs;
    this.#cancelTimer = undefined;
    // Timers of a hidden page run late, and then messages may lie unread: a late check asks, and the next one judges.
    if (silentMs >= intervalMs * silenceIntervals && (!isLate || this.#isOnGrace)) {
      onSilence(silentMs);
      return;
    }
    this.#isOnGrace = isLate;
    if (nowMs >= this.#pingAtMs) {
      this.#pingAtMs = nowMs + intervalMs;
      onCheck();
      this.ping();
    }
    this.#schedule(nowMs);
  };
}
