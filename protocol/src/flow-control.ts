import { ProtocolError } from './errors.ts';

/** What this side may still send on a stream. */
export class SendWindow {
  readonly #windowBytes: number;
  #creditBytes: number;

  constructor(windowBytes: number) {
    this.#windowBytes = windowBytes;
    this.#creditBytes = windowBytes;
  }

  get creditBytes(): number {
    return this.#creditBytes;
  }

  use(byteCount: number): void {
    this.#creditBytes -= byteCount;
  }

  /** The peer gave credit back. Throws `FLOW_CONTROL` when it is more than was used. */
  give(byteCount: number): void {
    if (this.#creditBytes + byteCount > this.#windowBytes) {
      throw new ProtocolError(
        'FLOW_CONTROL',
        `credit for ${byteCount} bytes when only ${this.#windowBytes - this.#creditBytes} were used`,
      );
    }
    this.#creditBytes += byteCount;
  }
}

/** What the peer may still send on a stream. Credit returns when bytes are consumed, so the window bounds what lies unread. */
export class ReceiveWindow {
  readonly #windowBytes: number;
  #receivedBytes = 0;
  #consumedBytes = 0;
  #returnedBytes = 0;

  constructor(windowBytes: number) {
    this.#windowBytes = windowBytes;
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** What the peer may send before it has to wait. */
  get peerCreditBytes(): number {
    return this.#windowBytes - (this.#receivedBytes - this.#returnedBytes);
  }

  /** Throws `FLOW_CONTROL` when the peer had less credit than this. */
  receive(byteCount: number): void {
    if (byteCount > this.peerCreditBytes) {
      throw new ProtocolError('FLOW_CONTROL', `${byteCount} bytes of data with a credit of ${this.peerCreditBytes}`);
    }
    this.#receivedBytes += byteCount;
  }

  /**
   * Takes note of consumed bytes, and returns the credit to give now, or 0. Credit is collected up to a quarter of the window: a peer
   * without credit is never left waiting, for then at least three quarters are still to be consumed, and no trickle of small pieces arises.
   */
  consume(byteCount: number): number {
    if (!Number.isSafeInteger(byteCount) || byteCount < 0) throw new RangeError(`consumed: ${byteCount} is not a count of bytes`);
    if (this.#consumedBytes + byteCount > this.#receivedBytes) {
      throw new RangeError(`consumed: ${this.#consumedBytes + byteCount} bytes when only ${this.#receivedBytes} were received`);
    }
    this.#consumedBytes += byteCount;
    const creditBytes = this.#consumedBytes - this.#returnedBytes;
    if (creditBytes < smallestCreditBytes(this.#windowBytes)) return 0;
    this.#returnedBytes = this.#consumedBytes;
    return creditBytes;
  }
}

/** A quarter of the window: what an orderly peer gives back at least in one `credit` frame. */
export function smallestCreditBytes(windowBytes: number): number {
  return Math.max(1, Math.floor(windowBytes / 4));
}
