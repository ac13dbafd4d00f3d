import { encodeAckFrame } from './codec.ts';
import { fullMessageBytes, type SessionLimits } from './limits.ts';
import type { MessageLedger } from './message-ledger.ts';
import type { ProtocolStream } from './protocol-stream.ts';
import type { Transport } from './transport.ts';

/** What the outbox needs of its session. */
export interface OutboxOwner {
  /** The socket is full: a ping behind the data brings a message back once it has drained. */
  onPressure(): void;
  /** The peer acknowledges nothing. */
  onUnacknowledged(): void;
  /** Calls `onWritable` of the streams that may go on, after a flush. */
  onFlushed(streams: readonly ProtocolStream[]): void;
}

/** Collects what a turn of the event loop wants to send, and writes it at its end into as few messages as possible. */
export class Outbox {
  /** `undefined` while the session has none. */
  #transport: Transport | undefined;
  readonly #limits: SessionLimits;
  readonly #scheduleFlush: (flush: () => void) => void;
  readonly #owner: OutboxOwner;
  readonly #targetBytes: number;
  /** Whole frames of the session, and `credit` and `reset` of streams: they go before all data, whatever the pressure. */
  #controlFrames: Uint8Array<ArrayBuffer>[] = [];
  /** Streams with something to send, in the order of their turns. */
  #ready: ProtocolStream[] = [];
  /** Streams of the message being built. */
  #turns: ProtocolStream[] = [];
  readonly #writable: ProtocolStream[] = [];
  /** Of a session that can be resumed. */
  #ledger: MessageLedger | undefined;
  #isAckWanted = false;
  #isFlushScheduled = false;
  #isClosed = false;
  #isCongested = false;

  constructor(
    options: {
      readonly transport: Transport;
      readonly limits: SessionLimits;
      readonly scheduleFlush: (flush: () => void) => void;
    },
    owner: OutboxOwner,
  ) {
    this.#transport = options.transport;
    this.#limits = options.limits;
    this.#scheduleFlush = options.scheduleFlush;
    this.#owner = owner;
    this.#targetBytes = Math.min(fullMessageBytes, options.limits.maxMessageBytes);
  }

  /** True while the socket holds so much that no stream may hand over more. */
  get isCongested(): boolean {
    return this.#isCongested;
  }

  /** Bytes of control frames that wait for the flush. */
  get queuedBytes(): number {
    return this.#controlFrames.reduce((sum, frame) => sum + frame.byteLength, 0);
  }

  /** From here on every message counts, and is kept until the peer has acknowledged it. */
  keepIn(ledger: MessageLedger): void {
    this.#ledger = ledger;
  }

  /** Queues a whole frame that needs no credit. */
  sendControl(frame: Uint8Array<ArrayBuffer>): void {
    if (this.#isClosed) return;
    this.#controlFrames.push(frame);
    this.#schedule();
  }

  /** The stream has something to send: it gets its turn. */
  sendStream(stream: ProtocolStream): void {
    if (this.#isClosed) return;
    this.#addReady(stream);
    if (!this.#isCongested) this.#schedule();
  }

  /** Tells the peer, with the next flush, how many messages have come. */
  sendAck(): void {
    if (this.#isClosed || this.#ledger === undefined) return;
    this.#isAckWanted = true;
    this.#schedule();
  }

  forget(stream: ProtocolStream): void {
    if (!stream.isAwaitingTurn) return;
    stream.isAwaitingTurn = false;
    this.#ready.splice(this.#ready.indexOf(stream), 1);
  }

  /** Looks whether the socket has drained. Returns true when it just did. */
  relieve(): boolean {
    if (!this.#isCongested) return false;
    if (this.#isPressed(this.#limits.maxBufferedBytes / 2)) {
      this.#owner.onPressure();
      return false;
    }
    this.#isCongested = false;
    this.#schedule();
    return true;
  }

  /** The transport is lost: what is queued waits for another. */
  suspend(): void {
    this.#transport = undefined;
  }

  /** Goes on over another transport: with what the peer lacks of what was sent, then with what waits. */
  resume(transport: Transport): void {
    this.#transport = transport;
    this.#isCongested = false;
    for (const message of this.#ledger?.kept ?? []) transport.send(message);
    this.#measurePressure();
    this.#schedule();
  }

  close(): void {
    this.#isClosed = true;
    this.#transport = undefined;
    this.#controlFrames = [];
    this.#ready = [];
  }

  #addReady(stream: ProtocolStream): void {
    if (stream.isAwaitingTurn) return;
    stream.isAwaitingTurn = true;
    this.#ready.push(stream);
  }

  #schedule(): void {
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    this.#scheduleFlush(this.#flush);
  }

  readonly #flush = (): void => {
    this.#isFlushScheduled = false;
    if (this.#transport === undefined) return;
    this.#addAck();
    let nextControl = 0;
    for (let transport: Transport | undefined = this.#transport; transport !== undefined; transport = this.#transport) {
      const control = this.#controlFrames;
      const firstControl = nextControl;
      let size = 0;
      let frameCount = 0;
      for (; nextControl < control.length; nextControl++) {
        const bytes = control[nextControl]?.byteLength ?? 0;
        if (size > 0 && (size + bytes > this.#targetBytes || frameCount >= this.#limits.maxFramesPerMessage)) break;
        size += bytes;
        frameCount++;
      }
      if (nextControl === control.length && !this.#isCongested) size = this.#takeTurns(size, frameCount);
      if (size === 0) break;
      const message = this.#writeMessage(size, firstControl, nextControl);
      this.#ledger?.sent(message);
      transport.send(message);
      this.#measurePressure();
      if (this.#ledger?.isOverfull === true) this.#owner.onUnacknowledged();
    }
    this.#controlFrames = nextControl < this.#controlFrames.length ? this.#controlFrames.slice(nextControl) : [];
    this.#owner.onFlushed(this.#writable);
    this.#writable.length = 0;
  };

  /** An acknowledgement that is due, or worth the few bytes that it adds to what is sent anyway. */
  #addAck(): void {
    const ledger = this.#ledger;
    if (ledger === undefined) return;
    const isSending = this.#controlFrames.length > 0 || (this.#ready.length > 0 && !this.#isCongested);
    if (!this.#isAckWanted && !(isSending && ledger.isAckWorthwhile)) return;
    this.#isAckWanted = false;
    this.#controlFrames.push(encodeAckFrame(ledger.tell()));
  }

  /** Chooses the streams that share the rest of a message, each with one turn. Returns the message's size. */
  #takeTurns(controlBytes: number, controlCount: number): number {
    let size = controlBytes;
    let frameCount = controlCount;
    let turnCount = 0;
    for (const stream of this.#ready) {
      const bytes = stream.sender.turnBytes;
      // A turn is a head and a data frame at most; one alone may be larger than the target.
      if (size > 0 && (size + bytes > this.#targetBytes || frameCount + 2 > this.#limits.maxFramesPerMessage)) break;
      size += bytes;
      frameCount += 2;
      turnCount++;
    }
    this.#turns = this.#ready.splice(0, turnCount);
    return size;
  }

  #writeMessage(size: number, firstControl: number, endControl: number): Uint8Array<ArrayBuffer> {
    const message = new Uint8Array(size);
    let offset = 0;
    for (let index = firstControl; index < endControl; index++) {
      const frame = this.#controlFrames[index];
      if (frame === undefined) break;
      message.set(frame, offset);
      offset += frame.byteLength;
    }
    if (this.#turns.length === 0) return message;
    const view = new DataView(message.buffer);
    for (const stream of this.#turns) {
      stream.isAwaitingTurn = false;
      offset = stream.sender.writeTurn(message, view, offset);
      if (stream.sender.isReady) this.#addReady(stream);
      else if (stream.turnWritten()) this.#writable.push(stream);
    }
    this.#turns = [];
    return message;
  }

  #measurePressure(): void {
    if (this.#isCongested || !this.#isPressed(this.#limits.maxBufferedBytes)) return;
    this.#isCongested = true;
    this.#owner.onPressure();
  }

  #isPressed(maxBufferedBytes: number): boolean {
    if (this.#transport === undefined) return false;
    return this.#transport.bufferedAmount > maxBufferedBytes || this.#ledger?.isFull === true;
  }
}
