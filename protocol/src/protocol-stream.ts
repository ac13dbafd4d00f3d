import { encodeCreditFrame, encodeJsonFrame } from './codec.ts';
import { ProtocolError, StreamError } from './errors.ts';
import { ReceiveWindow } from './flow-control.ts';
import { endFlag, frameHeaderBytes, frameRules, messageEndFlag } from './frame.ts';
import type { SessionLimits } from './limits.ts';
import type { RequestHead, ResponseHead, SocketClose } from './messages.ts';
import type { Outbox } from './outbox.ts';
import { isRequestHead, isResponseHead, toWireText } from './parse-messages.ts';
import { SendQueue } from './send-queue.ts';
import type { ServedStream, StreamEvents } from './stream.ts';
import type { StreamTable } from './stream-table.ts';

/** What a stream shares with the others of its session. */
export interface StreamSurroundings {
  readonly outbox: Outbox;
  readonly table: StreamTable;
  readonly limits: SessionLimits;
  readonly windowBytes: number;
}

/** One exchange, as either side sees it: its state, its two windows, and its handlers. */
export class ProtocolStream implements ServedStream {
  readonly id: number;
  readonly request: RequestHead;
  readonly bodyless: boolean;
  /** What waits to be sent; the outbox takes from it. */
  readonly sender: SendQueue;
  /** Whether the outbox has it in its row; kept by the outbox. */
  isAwaitingTurn = false;
  readonly #receiver: ReceiveWindow;
  protected readonly surroundings: StreamSurroundings;
  #events: StreamEvents | undefined;
  /** Whether this side's head has been queued: without it there is no data. */
  #hasHead = false;
  /** On the worker's side: what is sent is the answer. */
  #isServing = false;
  #isPeerHeadReceived = false;
  #isPeerEnded = false;
  #isClosed = false;
  /** `write` returned false, and `onWritable` is owed. */
  #isBlocked = false;
  /** A `RESPONSE_COMPLETE` that waits until the answer has been sent. */
  #finalReset: StreamError | undefined;

  constructor(
    description: { readonly id: number; readonly request: RequestHead; readonly bodyless: boolean },
    surroundings: StreamSurroundings,
  ) {
    this.id = description.id;
    this.request = description.request;
    this.bodyless = description.bodyless;
    this.surroundings = surroundings;
    this.sender = new SendQueue(description.id, surroundings.windowBytes, surroundings.limits.maxDataBytes);
    this.#receiver = new ReceiveWindow(surroundings.windowBytes);
  }

  get bytesSent(): number {
    return this.sender.sentBytes;
  }

  get bytesReceived(): number {
    return this.#receiver.receivedBytes;
  }

  get closed(): boolean {
    return this.#isClosed;
  }

  /** True on the gateway's side until `open` is on the wire: no frame can refer to the stream. */
  get isUnknownToPeer(): boolean {
    return !this.#isPeerHeadReceived && this.sender.isHeadPending;
  }

  write(chunk: Uint8Array<ArrayBuffer>): boolean {
    if (this.#isClosed) return false;
    if (!this.#hasHead) throw new Error('write before sendHead');
    if (this.sender.isEnding) throw new Error('write after end');
    this.sender.push(chunk);
    return this.afterPush();
  }

  end(chunk?: Uint8Array<ArrayBuffer>): void {
    if (this.#isClosed || this.sender.isEnding) return;
    if (!this.#hasHead) throw new Error('end before sendHead');
    if (chunk !== undefined) this.sender.push(chunk);
    this.endWith(undefined);
  }

  consumed(byteCount: number): void {
    const creditBytes = this.#receiver.consume(byteCount);
    if (creditBytes === 0 || this.#isPeerEnded || this.#isClosed) return;
    this.surroundings.outbox.sendControl(encodeCreditFrame(this.id, creditBytes));
  }

  reset(error: StreamError): void {
    if (this.#isClosed) return;
    if (error.code === 'RESPONSE_COMPLETE' && this.#isServing && this.sender.isEnding && !this.sender.isEndSent) {
      this.#finalReset = error;
      return;
    }
    this.#sendReset(error);
  }

  sendHead(head: ResponseHead): void {
    if (this.#isClosed) return;
    if (!isResponseHead(head) || this.#isMisplacedUpgrade(head))
      throw new ProtocolError('MALFORMED_FRAME', `stream ${this.id}: not the head of a response`);
    this.#pushHead(encodeJsonFrame(frameRules.head.type, 0, this.id, head));
  }

  /** The gateway's side: queues the request that opens the stream. */
  open(events: StreamEvents): void {
    if (!isRequestHead(this.request)) throw new ProtocolError('MALFORMED_FRAME', 'not the head of a request');
    this.#events = events;
    if (this.bodyless) {
      this.sender.end();
      this.sender.markEndSent();
    }
    this.#pushHead(encodeJsonFrame(frameRules.open.type, this.bodyless ? endFlag : 0, this.id, this.request));
  }

  /** The worker's side: the peer opened the stream. `handle` returns its handlers. */
  serve(handle: (stream: ServedStream) => StreamEvents): void {
    this.#isServing = true;
    this.#isPeerHeadReceived = true;
    this.#isPeerEnded = this.bodyless;
    try {
      this.#events = handle(this);
    } catch (cause) {
      this.surroundings.table.keepHandlerError(cause);
      this.reset(handlerError(cause));
    }
  }

  receiveHead(head: ResponseHead): void {
    if (this.#isPeerHeadReceived) throw new ProtocolError('UNEXPECTED_FRAME', `stream ${this.id}: a second head`);
    if (this.#isMisplacedUpgrade(head)) throw new ProtocolError('UNEXPECTED_FRAME', `stream ${this.id}: 101 on an http stream`);
    this.#isPeerHeadReceived = true;
    try {
      this.#listener?.onHead(head);
    } catch (cause) {
      this.#handlerThrew(cause);
    }
  }

  receiveData(chunk: Uint8Array<ArrayBuffer>, flags: number): void {
    if ((flags & messageEndFlag) !== 0) {
      throw new ProtocolError('UNEXPECTED_FRAME', `stream ${this.id}: a message where there are only bytes`);
    }
    const end = (flags & endFlag) !== 0;
    if (!this.accept(chunk.byteLength, end)) return;
    try {
      this.#events?.onData(chunk, end);
    } catch (cause) {
      this.#handlerThrew(cause);
    }
  }

  receiveClose(_close: SocketClose): void {
    throw new ProtocolError('UNEXPECTED_FRAME', `stream ${this.id}: a close on an http stream`);
  }

  receiveCredit(byteCount: number): void {
    this.sender.window.give(byteCount);
    if (this.sender.isReady) this.surroundings.outbox.sendStream(this);
    else this.becomeWritable();
  }

  /** Ends the stream without a word to the peer. */
  fail(error: StreamError): void {
    if (this.#isClosed) return;
    const listener = this.#listener;
    this.#close(0);
    try {
      listener?.onReset(error);
    } catch (cause) {
      this.surroundings.table.keepHandlerError(cause);
    }
  }

  /** The session lost its transport. */
  suspend(): void {
    if (!this.#isClosed) this.tell(() => this.#listener?.onSuspended?.());
  }

  /** The session goes on. */
  resume(): void {
    if (!this.#isClosed) this.tell(() => this.#listener?.onResumed?.());
  }

  /** A turn was written and nothing is left to send for now. Returns whether `onWritable` is owed. */
  turnWritten(): boolean {
    if (!this.sender.isEndSent) return this.#isBlocked;
    if (this.#isPeerEnded) this.#close(0);
    else if (this.#finalReset !== undefined) this.#sendReset(this.#finalReset);
    return false;
  }

  /** Calls `onWritable` when it is owed and all was sent. */
  becomeWritable(): void {
    if (!this.#isBlocked || this.#isClosed || this.surroundings.outbox.isCongested) return;
    if (this.sender.pendingBytes > 0 || this.sender.isEnding || !this.sender.hasCreditToSpare) return;
    this.#isBlocked = false;
    try {
      this.#listener?.onWritable();
    } catch (cause) {
      this.#handlerThrew(cause);
    }
  }

  /** Something was queued: returns whether more may follow at once. */
  protected afterPush(): boolean {
    if (this.sender.isReady) this.surroundings.outbox.sendStream(this);
    this.#isBlocked = !this.sender.hasCreditToSpare || this.surroundings.outbox.isCongested;
    return !this.#isBlocked;
  }

  /** Ends this direction, by a frame of its own or by END. */
  protected endWith(frame: Uint8Array<ArrayBuffer> | undefined): void {
    this.sender.end(frame);
    if (this.sender.isReady) this.surroundings.outbox.sendStream(this);
  }

  /** Counts what came against the window, and notes the end. Returns whether anybody is to be told. */
  protected accept(creditBytes: number, isEnd: boolean): boolean {
    if (!this.#isPeerHeadReceived) throw new ProtocolError('UNEXPECTED_FRAME', `stream ${this.id}: data before the head`);
    if (this.#isPeerEnded) throw new ProtocolError('UNEXPECTED_FRAME', `stream ${this.id}: data after the end`);
    this.#receiver.receive(creditBytes);
    const isWanted = this.#listener !== undefined;
    if (isEnd) {
      this.#isPeerEnded = true;
      if (this.sender.isEndSent) this.#close(0);
    }
    return isWanted;
  }

  /** Calls a handler; what it throws ends its own stream only. */
  protected tell(call: () => void): void {
    try {
      call();
    } catch (cause) {
      this.#handlerThrew(cause);
    }
  }

  /** Nobody: after `reset` no event follows, even while the answer's rest is still being sent. */
  get #listener(): StreamEvents | undefined {
    return this.#finalReset === undefined ? this.#events : undefined;
  }

  #pushHead(frame: Uint8Array<ArrayBuffer>): void {
    if (this.#hasHead) throw new Error('sendHead a second time');
    const { limits, outbox } = this.surroundings;
    const headBytes = frame.byteLength - frameHeaderBytes;
    if (headBytes > limits.maxHeadBytes) {
      throw new ProtocolError('LIMIT_EXCEEDED', `a head of ${headBytes} bytes; the limit is ${limits.maxHeadBytes}`);
    }
    this.#hasHead = true;
    this.sender.pushHead(frame);
    outbox.sendStream(this);
  }

  #isMisplacedUpgrade(head: ResponseHead): boolean {
    return head.status === 101 && this.request.kind !== 'websocket';
  }

  #sendReset(error: StreamError): void {
    const { isUnknownToPeer } = this;
    const payload = { code: error.code, message: toWireText(error.message), sentUpstream: error.sentUpstream };
    this.#close(this.#isPeerEnded || isUnknownToPeer ? 0 : this.#receiver.peerCreditBytes + 1);
    if (isUnknownToPeer) return;
    this.surroundings.outbox.sendControl(encodeJsonFrame(frameRules.reset.type, 0, this.id, payload));
  }

  #close(lateDataBytes: number): void {
    this.#isClosed = true;
    this.sender.clear();
    this.surroundings.outbox.forget(this);
    this.surroundings.table.remove(this, lateDataBytes);
  }

  /** The handler's stream ends, on both sides; its session and the other streams go on. */
  #handlerThrew(cause: unknown): void {
    if (this.#isClosed) {
      this.surroundings.table.keepHandlerError(cause);
      return;
    }
    const error = handlerError(cause);
    const listener = this.#listener;
    this.#sendReset(error);
    try {
      listener?.onReset(error);
    } catch (second) {
      this.surroundings.table.keepHandlerError(second);
    }
  }
}

function handlerError(cause: unknown): StreamError {
  // The cause stays here: what went wrong inside is nothing for the peer.
  return new StreamError('INTERNAL', 'a handler of the stream threw', { sentUpstream: true, cause });
}
