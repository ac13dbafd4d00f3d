import type { Clock } from './clock.ts';
import { ProtocolError } from './errors.ts';

const periodMs = 10_000;

/** Data bytes that allow one more control frame: a sender under pressure pings once for each megabyte or so. */
const dataBytesPerFrame = 256 * 1024;

/** Bounds the control frames that cost their sender nothing. */
export class ControlBudget {
  readonly #clock: Clock;
  readonly #maxFrames: number;
  #periodStartMs: number;
  #frames = 0;
  #dataBytes = 0;

  constructor(clock: Clock, maxFrames: number) {
    this.#clock = clock;
    this.#maxFrames = maxFrames;
    this.#periodStartMs = clock.now();
  }

  data(byteCount: number): void {
    this.#dataBytes += byteCount;
  }

  /** Throws `LIMIT_EXCEEDED` when there were too many in these ten seconds. */
  frame(): void {
    this.#frames++;
    if (this.#frames <= this.#maxFrames) return;
    const nowMs = this.#clock.now();
    if (nowMs - this.#periodStartMs >= periodMs) {
      this.#periodStartMs = nowMs;
      this.#frames = 1;
      this.#dataBytes = 0;
      return;
    }
    if (this.#frames > this.#maxFrames + Math.floor(this.#dataBytes / dataBytesPerFrame)) {
      throw new ProtocolError('LIMIT_EXCEEDED', `more than ${this.#maxFrames} control frames in ten seconds`);
    }
  }
}

/** A head, a reset, and what credit a window can have on its way. */
const lateFramesPerStream = 8;

/** Bounds the frames for streams that are closed: as many as can have been on their way, summed over the session. */
export class LateFrameBudget {
  #frames = 0;
  #dataBytes = 0;

  /** A stream closed; the peer, not knowing, may still send this much data on it. */
  streamClosed(dataBytes: number): void {
    this.#frames += lateFramesPerStream;
    this.#dataBytes += dataBytes;
  }

  data(byteCount: number): void {
    // An empty END counts as a byte.
    this.#dataBytes -= Math.max(1, byteCount);
    if (this.#dataBytes < 0)
      throw new ProtocolError('FLOW_CONTROL', 'more data for closed streams than can have been on its way');
  }

  frame(): void {
    this.#frames--;
    if (this.#frames < 0)
      throw new ProtocolError('LIMIT_EXCEEDED', 'more frames for closed streams than can have been on their way');
  }
}
