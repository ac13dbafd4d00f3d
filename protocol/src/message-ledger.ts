import { ProtocolError } from './errors.ts';

type Message = Uint8Array<ArrayBuffer>;

/** Messages, or bytes of them, from which on an acknowledgement goes along with whatever is sent. */
const worthwhileMessages = 16;
const worthwhileBytes = 16 * 1024;

/** From here on it is sent, if need be in a message of its own. */
const dueMessages = 64;
const dueBytes = 64 * 1024;

/** What a kept message takes beside its bytes. */
const messageOverheadBytes = 256;

/** The messages since the handshake: keeps those that the peer may lack, and counts those that it sent. */
export class MessageLedger {
  readonly #maxKeptBytes: number;
  /** Oldest first. */
  readonly #kept: Message[] = [];
  #keptBytes = 0;
  #acknowledgedCount = 0;
  #receivedCount = 0;
  #untoldMessages = 0;
  #untoldBytes = 0;

  constructor(maxKeptBytes: number) {
    this.#maxKeptBytes = maxKeptBytes;
  }

  /** Messages that were sent and not acknowledged: what goes out again over the next transport. */
  get kept(): readonly Message[] {
    return this.#kept;
  }

  /** What they take. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** So much is kept that no more data may be sent before the peer has acknowledged some. */
  get isFull(): boolean {
    return this.#keptBytes > this.#maxKeptBytes / 2;
  }

  /** More is kept than a peer that acknowledges lets come together. */
  get isOverfull(): boolean {
    return this.#keptBytes > this.#maxKeptBytes;
  }

  sent(message: Message): void {
    this.#kept.push(message);
    this.#keptBytes += message.byteLength + messageOverheadBytes;
  }

  /** The peer has received so many. Returns false when that was known. Throws when there never were so many. */
  acknowledge(count: number): boolean {
    const news = count - this.#acknowledgedCount;
    if (news <= 0) return false;
    if (news > this.#kept.length) {
      const sentCount = this.#acknowledgedCount + this.#kept.length;
      throw new ProtocolError('UNEXPECTED_FRAME', `${count} messages acknowledged when ${sentCount} were sent`);
    }
    for (const message of this.#kept.splice(0, news)) this.#keptBytes -= message.byteLength + messageOverheadBytes;
    this.#acknowledgedCount = count;
    return true;
  }

  /** The count with which the peer wants to go on; not lower than what it acknowledged, which is no longer kept. */
  goOnFrom(count: number): void {
    if (count < this.#acknowledgedCount) {
      throw new ProtocolError('UNEXPECTED_FRAME', `${count} messages received when ${this.#acknowledgedCount} were acknowledged`);
    }
    this.acknowledge(count);
  }

  get receivedCount(): number {
    return this.#receivedCount;
  }

  received(byteCount: number): void {
    this.#receivedCount++;
    this.#untoldMessages++;
    this.#untoldBytes += byteCount;
  }

  get isAckWorthwhile(): boolean {
    return this.#untoldMessages >= worthwhileMessages || this.#untoldBytes >= worthwhileBytes;
  }

  get isAckDue(): boolean {
    return this.#untoldMessages >= dueMessages || this.#untoldBytes >= dueBytes;
  }

  /** The count to tell the peer now. */
  tell(): number {
    this.#untoldMessages = 0;
    this.#untoldBytes = 0;
    return this.#receivedCount;
  }
}
