import { toCloseReason } from './close-reason.ts';
import { decodeMessage, encodeFrame, type FrameSink, readAck, readCredit } from './codec.ts';
import { isBreak, ProtocolError, protocolErrors, toProtocolError } from './errors.ts';
import { smallestCreditBytes } from './flow-control.ts';
import { type FrameType, frameRules } from './frame.ts';
import { ControlBudget } from './frame-budget.ts';
import { Heartbeat } from './heartbeat.ts';
import { encodeJson } from './json-payload.ts';
import { assertLimits, type SessionLimits } from './limits.ts';
import { MessageLedger } from './message-ledger.ts';
import type { Goaway, RequestHead, Welcome } from './messages.ts';
import { Outbox } from './outbox.ts';
import { parseClose, parseGoaway, parseReset, toWireText } from './parse-messages.ts';
import { ProtocolStream, type StreamSurroundings } from './protocol-stream.ts';
import type { Session, SessionDebugState, SessionOptions } from './session.ts';
import { ProtocolSocketStream } from './socket-stream.ts';
import { StreamTable } from './stream-table.ts';
import type { Transport } from './transport.ts';

/** The events that both ends have. */
interface CommonEvents {
  onGoaway(goaway: Goaway): void;
  onClose(error: ProtocolError): void;
  onSuspended?(error: ProtocolError): void;
  onResumed?(): void;
}

/** What both ends of a session do alike; each end adds the frames that only it receives. */
export abstract class BaseSession implements Session, FrameSink {
  protected readonly limits: SessionLimits;
  protected readonly outbox: Outbox;
  protected readonly table = new StreamTable();
  /** Counts the frames that cost their sender nothing. */
  protected readonly budget: ControlBudget;
  readonly #options: SessionOptions;
  readonly #events: CommonEvents;
  #state: 'handshake' | 'open' | 'suspended' | 'closed' = 'handshake';
  /** What carries the session now. */
  #transport: Transport | undefined;
  /** The older session that goes on over the transport with which this one was made. */
  #heir: BaseSession | undefined;
  #drainReason: string | undefined;
  #isPeerDraining = false;
  /** The break was told, and not yet its end. */
  #isSuspensionTold = false;
  /** Set by the handshake. */
  #surroundings: StreamSurroundings | undefined;
  #heartbeat: Heartbeat | undefined;
  #welcome: Welcome | undefined;
  /** Of a session that can be resumed. */
  #ledger: MessageLedger | undefined;
  /** For the handshake, or for the end of a suspension. */
  #cancelTimer: (() => void) | undefined;

  constructor(options: SessionOptions, events: CommonEvents) {
    assertLimits(options.limits);
    this.limits = options.limits;
    this.#options = options;
    this.#transport = options.transport;
    this.#events = events;
    this.budget = new ControlBudget(options.clock, options.limits.maxControlFrames);
    this.outbox = new Outbox(options, {
      onPressure: () => this.#heartbeat?.ping(),
      onUnacknowledged: () => this.destroy(new ProtocolError('LIMIT_EXCEEDED', 'the peer acknowledges no messages')),
      onFlushed: (streams) => this.#afterFlush(streams),
    });
    const { helloTimeoutMs } = options.limits;
    this.#startTimer(helloTimeoutMs, new ProtocolError('HELLO_TIMEOUT', `no handshake within ${helloTimeoutMs} ms`));
  }

  get closed(): boolean {
    return this.#state === 'closed';
  }

  get suspended(): boolean {
    return this.#isSuspensionTold && this.#state !== 'closed';
  }

  get openStreams(): number {
    return this.table.size;
  }

  get roundTripMs(): number | undefined {
    return this.#heartbeat?.roundTripMs;
  }

  receive(message: Uint8Array<ArrayBuffer>): void {
    (this.#heir ?? this).#receive(this.#options.transport, message);
    // The message may have been the last that this session takes.
    this.#heir?.table.throwHandlerErrors();
  }

  #receive(transport: Transport, message: Uint8Array<ArrayBuffer>): void {
    if (this.#transport !== transport) return;
    this.#heartbeat?.heard(this.#options.clock.now());
    try {
      this.#count(message);
      decodeMessage(message, this.#state === 'handshake' ? this.handshakeLimits : this.limits, this);
    } catch (cause) {
      this.destroy(
        cause instanceof ProtocolError ? cause : new ProtocolError('INTERNAL', 'a handler of the session threw', { cause }),
      );
    }
    this.#relieve();
    this.table.throwHandlerErrors();
  }

  transportClosed(code: number, reason: string): void {
    (this.#heir ?? this).#loseTransport(this.#options.transport, code, reason);
  }

  drain(reason: string): void {
    if (this.#drainReason !== undefined || this.#state === 'closed') return;
    this.#drainReason = reason;
    if (this.#state !== 'handshake') this.#sendGoaway(reason);
  }

  destroy(error: ProtocolError): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#stopTimer();
    this.#heartbeat?.stop();
    this.outbox.close();
    this.#closeTransport(error);
    this.table.failAll(error);
    this.#tellSession(() => this.#events.onClose(error));
    this.table.throwHandlerErrors();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.destroy(new ProtocolError('CLOSED', 'the owner closed the session'));
  }

  debugState(): SessionDebugState {
    let queuedBytes = this.outbox.queuedBytes;
    for (const stream of this.table.values()) queuedBytes += stream.sender.pendingBytes;
    if (this.#state === 'suspended') queuedBytes += this.#ledger?.keptBytes ?? 0;
    return {
      state: this.#state === 'open' && (this.isDraining || this.#isPeerDraining) ? 'draining' : this.#state,
      streams: this.table.size,
      queuedBytes,
      timers: (this.#cancelTimer === undefined ? 0 : 1) + (this.#heartbeat?.timers ?? 0),
    };
  }

  onFrame(type: FrameType, flags: number, id: number, payload: Uint8Array<ArrayBuffer>): boolean {
    if (this.closed) return false;
    if (this.#state === 'handshake') this.receiveHandshake(type, payload);
    else this.#receiveFrame(type, flags, id, payload);
    // Its handlers may have ended the session.
    return !this.closed;
  }

  /** Limits of the message that brings the handshake's frame. */
  protected abstract get handshakeLimits(): SessionLimits;

  /** The first frame of the peer; to be answered with `establish`, or by throwing `ProtocolError`. */
  protected abstract receiveHandshake(type: FrameType, payload: Uint8Array<ArrayBuffer>): void;

  /** A frame that only this end receives. Throws `UNEXPECTED_FRAME` for any other. */
  protected abstract receiveOwnFrame(type: FrameType, flags: number, id: number, payload: Uint8Array<ArrayBuffer>): void;

  protected get isHandshaking(): boolean {
    return this.#state === 'handshake';
  }

  protected get isDraining(): boolean {
    return this.#drainReason !== undefined;
  }

  protected get isPeerDraining(): boolean {
    return this.#isPeerDraining;
  }

  /** The handshake is done: both sides may send. */
  protected establish(welcome: Welcome): void {
    this.#stopTimer();
    this.#state = 'open';
    this.#welcome = welcome;
    const { outbox, table, limits } = this;
    this.#surroundings = { outbox, table, limits, windowBytes: welcome.windowBytes };
    if (welcome.resume !== null) {
      this.#ledger = new MessageLedger(limits.maxUnackedBytes);
      outbox.keepIn(this.#ledger);
    }
    this.#heartbeat = new Heartbeat({
      clock: this.#options.clock,
      intervalMs: welcome.pingIntervalMs,
      sendPing: (payload) => {
        outbox.sendControl(encodeFrame(frameRules.ping.type, 0, 0, payload));
        outbox.sendAck();
      },
      onCheck: () => this.#relieve(),
      onSilence: (silentMs) => {
        this.#suspend(new ProtocolError('PING_TIMEOUT', `the peer was silent for ${Math.round(silentMs)} ms`));
        this.table.throwHandlerErrors();
      },
    });
  }

  protected get welcome(): Welcome | undefined {
    return this.#welcome;
  }

  protected get receivedMessages(): number {
    return this.#ledger?.receivedCount ?? 0;
  }

  /** Sends a frame of the handshake: in a message of its own, which does not count. */
  protected greet(type: FrameType, payload: Uint8Array<ArrayBuffer>): void {
    this.#transport?.send(encodeFrame(type, 0, 0, payload));
  }

  /**
   * Gives the transport to an older session, which goes on where it stopped: this one is done. `greet` runs before anything is sent.
   * Throws `ProtocolError` when the peer's count cannot be right, which ends the older session, too.
   */
  protected handOver(
    older: BaseSession,
    resumption: { readonly countOfPeer: number; greet?(): void; isKnownToPeer: boolean },
  ): void {
    const transport = this.#transport;
    if (transport === undefined) return;
    older.#prepareToResume(resumption.countOfPeer);
    resumption.greet?.();
    this.#stopTimer();
    this.#state = 'closed';
    this.#transport = undefined;
    this.outbox.close();
    this.#heir = older;
    older.#resume(transport, resumption.isKnownToPeer);
  }

  /** Sends what had to wait for the end of the handshake. */
  protected sendHeldBack(): void {
    if (this.#drainReason !== undefined) this.#sendGoaway(this.#drainReason);
  }

  protected addStream(id: number, request: RequestHead, bodyless: boolean): ProtocolStream {
    return this.#added(new ProtocolStream({ id, request, bodyless }, this.#openSurroundings));
  }

  protected addSocketStream(id: number, request: RequestHead): ProtocolSocketStream {
    return this.#added(new ProtocolSocketStream({ id, request }, this.#openSurroundings));
  }

  /** The stream that a frame is for; `undefined` when it is closed. Throws when there never was one. */
  protected findStream(id: number): ProtocolStream | undefined {
    const stream = this.table.get(id);
    if (stream === undefined ? id > this.table.highestId : stream.isUnknownToPeer) {
      throw new ProtocolError('UNEXPECTED_FRAME', `a frame for stream ${id}, which was never opened`);
    }
    return stream;
  }

  #count(message: Uint8Array<ArrayBuffer>): void {
    if (this.#ledger === undefined || this.#state !== 'open') return;
    this.#ledger.received(message.byteLength);
    if (this.#ledger.isAckDue) this.outbox.sendAck();
    if (this.#isSuspensionTold) this.#tellResumed();
  }

  #loseTransport(transport: Transport, code: number, reason: string): void {
    if (this.#transport !== transport) return;
    this.#transport = undefined;
    const error = toProtocolError(code, reason);
    if (isBreak(code)) this.#suspend(error);
    else this.destroy(error);
    this.table.throwHandlerErrors();
  }

  /** The peer is out of reach: a session that can be resumed waits for it. */
  #suspend(error: ProtocolError): void {
    const graceMs = this.#welcome?.resume?.graceMs;
    if (this.#state !== 'open' || graceMs === undefined) {
      this.destroy(error);
      return;
    }
    this.#state = 'suspended';
    this.#heartbeat?.stop();
    this.outbox.suspend();
    this.#closeTransport(error);
    this.#startTimer(graceMs, error);
    if (this.#isSuspensionTold) return;
    this.#isSuspensionTold = true;
    this.#tellSession(() => this.#events.onSuspended?.(error));
    for (const stream of [...this.table.values()]) stream.suspend();
  }

  #prepareToResume(countOfPeer: number): void {
    if (this.#ledger === undefined || this.#state === 'handshake') throw new Error('a session that cannot be resumed');
    try {
      this.#ledger.goOnFrom(countOfPeer);
    } catch (cause) {
      if (cause instanceof ProtocolError) this.destroy(cause);
      throw cause;
    }
    if (this.#state === 'open') this.#suspend(new ProtocolError('REPLACED', 'the session goes on over another connection'));
  }

  #resume(transport: Transport, isKnownToPeer: boolean): void {
    if (this.#state !== 'suspended') {
      transport.close(protocolErrors.CLOSED.closeCode, '');
      return;
    }
    this.#stopTimer();
    this.#state = 'open';
    this.#transport = transport;
    this.#heartbeat?.resume();
    this.outbox.sendAck();
    this.outbox.resume(transport);
    if (isKnownToPeer) this.#tellResumed();
    for (const stream of [...this.table.values()]) stream.becomeWritable();
  }

  /** A peer that sends over the new transport has the welcome: both sides know that the session goes on. */
  #tellResumed(): void {
    this.#isSuspensionTold = false;
    this.#tellSession(() => this.#events.onResumed?.());
    for (const stream of [...this.table.values()]) stream.resume();
  }

  #tellSession(call: () => void): void {
    try {
      call();
    } catch (cause) {
      this.table.keepHandlerError(cause);
    }
  }

  #closeTransport(error: ProtocolError): void {
    const transport = this.#transport;
    this.#transport = undefined;
    transport?.close(error.closeCode, toCloseReason(error.message));
  }

  #startTimer(delayMs: number, error: ProtocolError): void {
    this.#cancelTimer = this.#options.clock.schedule(() => {
      this.#cancelTimer = undefined;
      this.destroy(error);
    }, delayMs);
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  get #openSurroundings(): StreamSurroundings {
    if (this.#surroundings === undefined) throw new Error('a stream before the end of the handshake');
    return this.#surroundings;
  }

  #added<Added extends ProtocolStream>(stream: Added): Added {
    this.table.add(stream);
    return stream;
  }

  #receiveFrame(type: FrameType, flags: number, id: number, payload: Uint8Array<ArrayBuffer>): void {
    switch (type) {
      case frameRules.data.type:
        this.#receiveData(id, payload, flags);
        return;
      case frameRules.credit.type:
        this.#receiveCredit(id, readCredit(payload));
        return;
      case frameRules.reset.type: {
        const error = parseReset(payload);
        const stream = this.findStream(id);
        if (stream === undefined) this.table.late.frame();
        else stream.fail(error);
        return;
      }
      case frameRules.close.type: {
        const close = parseClose(payload);
        const stream = this.findStream(id);
        if (stream === undefined) this.table.late.frame();
        else stream.receiveClose(close);
        return;
      }
      case frameRules.ping.type:
        this.budget.frame();
        this.outbox.sendControl(encodeFrame(frameRules.pong.type, 0, 0, payload));
        this.outbox.sendAck();
        return;
      case frameRules.ack.type:
        this.#receiveAck(readAck(payload));
        return;
      case frameRules.pong.type:
        this.#heartbeat?.pong(payload);
        return;
      case frameRules.goaway.type: {
        this.budget.frame();
        const goaway = parseGoaway(payload);
        this.#isPeerDraining = true;
        this.#events.onGoaway(goaway);
        return;
      }
      default:
        this.receiveOwnFrame(type, flags, id, payload);
    }
  }

  #receiveData(id: number, chunk: Uint8Array<ArrayBuffer>, flags: number): void {
    const stream = this.findStream(id);
    if (stream === undefined) {
      this.table.late.data(chunk.byteLength);
      return;
    }
    this.budget.data(chunk.byteLength);
    stream.receiveData(chunk, flags);
  }

  #receiveCredit(id: number, byteCount: number): void {
    if (byteCount < smallestCreditBytes(this.#surroundings?.windowBytes ?? 0)) this.budget.frame();
    const stream = this.findStream(id);
    if (stream === undefined) this.table.late.frame();
    else stream.receiveCredit(byteCount);
  }

  #receiveAck(messageCount: number): void {
    if (this.#ledger === undefined) throw new ProtocolError('UNEXPECTED_FRAME', 'an ack in a session that cannot be resumed');
    // One that says nothing new is of a message that was sent again, or costs its sender nothing.
    if (!this.#ledger.acknowledge(messageCount)) this.budget.frame();
  }

  #sendGoaway(reason: string): void {
    this.outbox.sendControl(encodeFrame(frameRules.goaway.type, 0, 0, encodeJson({ reason: toWireText(reason) })));
  }

  /** Lets the streams go on when the socket has drained. */
  #relieve(): void {
    if (!this.outbox.relieve()) return;
    for (const stream of [...this.table.values()]) stream.becomeWritable();
  }

  #afterFlush(streams: readonly ProtocolStream[]): void {
    for (const stream of streams) stream.becomeWritable();
    this.table.throwHandlerErrors();
  }
}
