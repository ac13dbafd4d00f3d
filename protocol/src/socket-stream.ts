import { toCloseReason } from './close-reason.ts';
import { encodeJsonFrame } from './codec.ts';
import { ProtocolError } from './errors.ts';
import { frameRules, messageEndFlag, textFlag } from './frame.ts';
import { MessageAssembler } from './message-assembler.ts';
import type { RequestHead, ResponseHead, SocketClose } from './messages.ts';
import { isCloseCode } from './parse-messages.ts';
import { ProtocolStream, type StreamSurroundings } from './protocol-stream.ts';
import type { ServedSocketStream, SocketStreamEvents } from './stream.ts';

/** A websocket stream on either side: before its head like any other, and after a 101 it carries messages. */
export class ProtocolSocketStream extends ProtocolStream implements ServedSocketStream {
  readonly #assembler: MessageAssembler;
  /** What each message that was handed out, and not yet taken, gives back; oldest first. */
  readonly #untaken: number[] = [];
  /** Credit of the incomplete message, kept until that is taken: else large messages would cost next to nothing, and pile up. */
  #heldBytes = 0;
  readonly #maxHeldBytes: number;
  #events: SocketStreamEvents | undefined;
  #isUpgraded = false;

  constructor(description: { readonly id: number; readonly request: RequestHead }, surroundings: StreamSurroundings) {
    super({ ...description, bodyless: false }, surroundings);
    this.#maxHeldBytes = Math.floor(surroundings.windowBytes / 4);
    this.#assembler = new MessageAssembler(surroundings.limits.maxSocketMessageBytes);
  }

  get queuedBytes(): number {
    return this.sender.pendingBytes;
  }

  send(message: Uint8Array<ArrayBuffer>, isText: boolean): boolean {
    if (this.closed || this.sender.isEnding) return false;
    this.#assertUpgraded('send');
    const { maxSocketMessageBytes } = this.surroundings.limits;
    if (message.byteLength > maxSocketMessageBytes) {
      throw new RangeError(`send: a message of ${message.byteLength} bytes; the limit is ${maxSocketMessageBytes}`);
    }
    this.sender.push(message, isText ? messageEndFlag | textFlag : messageEndFlag);
    return this.afterPush();
  }

  close(code: number, reason: string): void {
    if (this.closed || this.sender.isEnding) return;
    this.#assertUpgraded('close');
    if (!isCloseCode(code)) throw new RangeError(`close: ${code} is no close code`);
    this.endWith(encodeJsonFrame(frameRules.close.type, 0, this.id, { code, reason: toCloseReason(reason) }));
  }

  taken(): void {
    const creditBytes = this.#untaken.shift();
    if (creditBytes === undefined) throw new RangeError('taken: no message is out');
    this.consumed(creditBytes);
  }

  openSocket(events: SocketStreamEvents): void {
    this.#events = events;
    this.open(events);
  }

  /** The worker's side: the peer opened the stream. `handle` returns its handlers. */
  serveSocket(handle: (stream: ServedSocketStream) => SocketStreamEvents): void {
    this.serve(() => {
      const events = handle(this);
      this.#events = events;
      return events;
    });
  }

  override sendHead(head: ResponseHead): void {
    super.sendHead(head);
    this.#isUpgraded = head.status === 101;
  }

  override receiveHead(head: ResponseHead): void {
    this.#isUpgraded = head.status === 101;
    super.receiveHead(head);
  }

  override receiveData(chunk: Uint8Array<ArrayBuffer>, flags: number): void {
    if (!this.#isUpgraded) {
      super.receiveData(chunk, flags);
      return;
    }
    const isLastPiece = (flags & messageEndFlag) !== 0;
    if (flags !== 0 && !isLastPiece) {
      throw new ProtocolError('UNEXPECTED_FRAME', `stream ${this.id}: END on a websocket stream, which ends by close`);
    }
    const creditBytes = chunk.byteLength + (isLastPiece ? this.sender.messageEndBytes : 0);
    const isWanted = this.accept(creditBytes, false);
    const message = this.#assembler.add(chunk, isLastPiece);
    if (message === undefined) {
      this.#hold(creditBytes);
    } else {
      this.#untaken.push(creditBytes + this.#heldBytes);
      this.#heldBytes = 0;
      if (isWanted) this.tell(() => this.#events?.onMessage(message, (flags & textFlag) !== 0));
    }
  }

  override receiveClose({ code, reason }: SocketClose): void {
    if (!this.#isUpgraded) throw new ProtocolError('UNEXPECTED_FRAME', `stream ${this.id}: a close before the socket is open`);
    if (this.#assembler.isWithinMessage) {
      throw new ProtocolError('UNEXPECTED_FRAME', `stream ${this.id}: a close within a message`);
    }
    if (this.accept(0, true)) this.tell(() => this.#events?.onClose(code, reason));
  }

  /** Keeps a quarter of the window for a message under way, which may be larger than the window, and gives the rest back. */
  #hold(creditBytes: number): void {
    const keptBytes = Math.min(creditBytes, this.#maxHeldBytes - this.#heldBytes);
    this.#heldBytes += keptBytes;
    if (creditBytes > keptBytes) this.consumed(creditBytes - keptBytes);
  }

  #assertUpgraded(action: string): void {
    if (!this.#isUpgraded) throw new Error(`${action} before the socket is open`);
  }
}
