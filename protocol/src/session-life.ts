import { toCloseReason } from './close-reason.ts';
import { decodeMessage, encodeFrame, encodeJsonFrame, type FrameSink } from './codec.ts';
import { isBreak, ProtocolError, protocolErrors, toProtocolError } from './errors.ts';
import { type FrameType, frameRules } from './frame.ts';
import { ControlBudget } from './frame-budget.ts';
import { Heartbeat } from './heartbeat.ts';
import { assertLimits, type SessionLimits } from './limits.ts';
import { MessageLedger } from './message-ledger.ts';
import type { Welcome } from './messages.ts';
import { Outbox } from './outbox.ts';
import type { ProtocolStream } from './protocol-stream.ts';
import type { SessionOptions } from './session.ts';
import { StreamTable } from './stream-table.ts';
import type { Transport } from './transport.ts';

/** The events of a session's life. */
export interface LifeEvents {
  onClose(error: ProtocolError): void;
  onSuspended?(error: ProtocolError): void;
  onResumed?(): void;
}

/** How a session goes on over the transport of another one's handshake. */
interface HandOver {
  /** Messages that the peer has received. */
  readonly countOfPeer: number;
  /** Whether the peer knows that the session goes on; else its next message says so. */
  readonly isKnownToPeer: boolean;
  /** Runs before anything is sent. */
  greet?(): void;
}

/** A session's life: the handshake, the transports that carry it one after the other, and the end. */
export abstract class SessionLife implements FrameSink {
  protected readonly limits: SessionLimits;
  protected readonly outbox: Outbox;
  protected readonly table = new StreamTable();
  /** Counts the frames that cost their sender nothing. */
  protected readonly budget: ControlBudget;
  readonly #options: SessionOptions;
  readonly #events: LifeEvents;
  #state: 'handshake' | 'open' | 'suspended' | 'closed' = 'handshake';
  /** What carries the session now. */
  #transport: Transport | undefined;
  /** The older session that goes on over the transport with which this one was made. */
  #heir: SessionLife | undefined;
  /** The break was told, and not yet its end. */
  #isSuspensionTold = false;
  /** Set by the handshake, as is the heartbeat. */
  #welcome: Welcome | undefined;
  #heartbeat: Heartbeat | undefined;
  /** Of a session that can be resumed. */
  #ledger: MessageLedger | undefined;
  /** For the handshake, or for the end of a suspension. */
  #cancelTimer: (() => void) | undefined;

  constructor(options: SessionOptions, events: LifeEvents) {
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

  get roundTripMs(): number | undefined {
    return this.#heartbeat?.roundTripMs;
  }

  receive(message: Uint8Array<ArrayBuffer>): void {
    (this.#heir ?? this).#receive(this.#options.transport, message);
    // The message may have been the last that this session takes.
    this.#heir?.table.throwHandlerErrors();
  }

  transportClosed(code: number, reason: string): void {
    (this.#heir ?? this).#loseTransport(this.#options.transport, code, reason);
  }

  destroy(error: ProtocolError): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#stopTimer();
    this.#heartbeat?.stop();
    this.outbox.close();
    this.#closeTransport(error);
    this.table.failAll(error);
    this.#tell(() => this.#events.onClose(error));
    this.table.throwHandlerErrors();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.destroy(new ProtocolError('CLOSED', 'the owner closed the session'));
  }

  onFrame(type: FrameType, flags: number, id: number, payload: Uint8Array<ArrayBuffer>): boolean {
    if (this.closed) return false;
    if (this.#state === 'handshake') this.receiveHandshake(type, payload);
    else this.receiveFrame(type, flags, id, payload);
    // Its handlers may have ended the session.
    return !this.closed;
  }

  /** Limits of the message that brings the handshake's frame. */
  protected abstract get handshakeLimits(): SessionLimits;

  /** The first frame of the peer; to be answered with `establish` or `handOver`, or by throwing `ProtocolError`. */
  protected abstract receiveHandshake(type: FrameType, payload: Uint8Array<ArrayBuffer>): void;

  /** Any frame after the handshake. */
  protected abstract receiveFrame(type: FrameType, flags: number, id: number, payload: Uint8Array<ArrayBuffer>): void;

  protected get state(): 'handshake' | 'open' | 'suspended' | 'closed' {
    return this.#state;
  }

  protected get timers(): number {
    return (this.#cancelTimer === undefined ? 0 : 1) + (this.#heartbeat?.timers ?? 0);
  }

  /** What the handshake agreed on. */
  protected get welcome(): Welcome | undefined {
    return this.#welcome;
  }

  /** Messages received since the handshake. */
  protected get receivedMessages(): number {
    return this.#ledger?.receivedCount ?? 0;
  }

  /** Bytes of messages that the peer may still lack. */
  protected get keptBytes(): number {
    return this.#ledger?.keptBytes ?? 0;
  }

  /** Sends a frame of the handshake: in a message of its own, which does not count. */
  protected greet(type: FrameType, value: object): void {
    this.#transport?.send(encodeJsonFrame(type, 0, 0, value));
  }

  /** The handshake is done: both sides may send. */
  protected establish(welcome: Welcome): void {
    this.#stopTimer();
    this.#state = 'open';
    this.#welcome = welcome;
    const { outbox, limits } = this;
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

  /**
   * Gives the transport to an older session, which goes on where it stopped: this one is done. Throws `ProtocolError` when the peer's count
   * cannot be right, which ends the older session, too.
   */
  protected handOver(older: SessionLife, { countOfPeer, isKnownToPeer, greet }: HandOver): void {
    const transport = this.#transport;
    if (transport === undefined) return;
    older.#prepareToResume(countOfPeer);
    greet?.();
    this.#stopTimer();
    this.#state = 'closed';
    this.#transport = undefined;
    this.outbox.close();
    this.#heir = older;
    older.#resume(transport, isKnownToPeer);
  }

  protected receivePing(payload: Uint8Array<ArrayBuffer>): void {
    this.budget.frame();
    this.outbox.sendControl(encodeFrame(frameRules.pong.type, 0, 0, payload));
    this.outbox.sendAck();
  }

  protected receivePong(payload: Uint8Array<ArrayBuffer>): void {
    this.#heartbeat?.pong(payload);
  }

  protected receiveAck(messageCount: number): void {
    if (this.#ledger === undefined) throw new ProtocolError('UNEXPECTED_FRAME', 'an ack in a session that cannot be resumed');
    // One that says nothing new is of a message that was sent again, or costs its sender nothing.
    if (!this.#ledger.acknowledge(messageCount)) this.budget.frame();
  }

  #receive(transport: Transport, message: Uint8Array<ArrayBuffer>): void {
    // Nothing counts that an earlier transport brings late.
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

  #count(message: Uint8Array<ArrayBuffer>): void {
    if (this.#ledger === undefined) return;
    this.#ledger.received(message.byteLength);
    if (this.#ledger.isAckDue) this.outbox.sendAck();
    if (this.#isSuspensionTold) this.#tellResumed();
  }

  #loseTransport(transport: Transport, code: number, reason: string): void {
    if (this.#transport !== transport) return;
    this.#transport = undefined;
    const error = toProtocolError(code, reason);
    // A worker that waited in vain for the welcome to the session that it has knows of no end.
    const isWelcomeLost = error.code === 'HELLO_TIMEOUT' && this.#isSuspensionTold;
    if (isBreak(code) || isWelcomeLost) this.#suspend(error);
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
    this.#tell(() => this.#events.onSuspended?.(error));
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
    // The worker noticed the break first.
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
    this.#tell(() => this.#events.onResumed?.());
    for (const stream of [...this.table.values()]) stream.resume();
  }

  #tell(call: () => void): void {
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
