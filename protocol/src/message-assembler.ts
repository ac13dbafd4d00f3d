import { ProtocolError } from './errors.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Puts the pieces of messages together. They are copied: each is a view that would hold all of the message it came in. */
export class MessageAssembler {
  readonly #maxMessageBytes: number;
  #buffer: Bytes = nothing;
  #byteCount = 0;

  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  get isWithinMessage(): boolean {
    return this.#byteCount > 0;
  }

  /** The message that this piece completes, without a copy where it is the only one; `undefined` while more is to come. */
  add(piece: Bytes, isLast: boolean): Bytes | undefined {
    const byteCount = this.#byteCount + piece.byteLength;
    if (byteCount > this.#maxMessageBytes) {
      throw new ProtocolError('LIMIT_EXCEEDED', `a message of more than ${this.#maxMessageBytes} bytes on a websocket stream`);
    }
    if (isLast && this.#byteCount === 0) return piece;
    if (byteCount > this.#buffer.byteLength) this.#grow(byteCount);
    this.#buffer.set(piece, this.#byteCount);
    this.#byteCount = byteCount;
    if (!isLast) return undefined;
    const message = this.#buffer.subarray(0, byteCount);
    this.#buffer = nothing;
    this.#byteCount = 0;
    return message;
  }

  /** Doubles, so that many small pieces cost no more than a few large ones. */
  #grow(byteCount: number): void {
    const buffer = new Uint8Array(Math.min(this.#maxMessageBytes, Math.max(byteCount, 2 * this.#buffer.byteLength)));
    buffer.set(this.#buffer.subarray(0, this.#byteCount));
    this.#buffer = buffer;
  }
}

const nothing = new Uint8Array(0);
