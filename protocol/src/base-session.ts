import { toCloseReason } from './close-reason.ts';
import { decodeMessage, encodeFrame, type FrameSink, readCredit } from './codec.ts';
import { ProtocolError, toProtocolError } from './errors.ts';
import { smallestCreditBytes } from './flow-control.ts';
import { type FrameType, frameRules } from './frame.ts';
import { ControlBudget } from './frame-budget.ts';
import { Heartbeat } from './heartbeat.ts';
import { encodeJson } from './json-payload.ts';
import { assertLimits, type SessionLimits } from './limits.ts';
import type { Goaway, RequestHead, Welcome } from './messages.ts';
import { Outbox } from './outbox.ts';
import { parseClose, parseGoaway, parseReset, toWireText } from './parse-messages.ts';
import { ProtocolStream, type StreamSurroundings } from './protocol-stream.ts';
import type { Session, SessionDebugState, SessionOptions } from './session.ts';
import { ProtocolSocketStream } from './socket-stream.ts';
import { StreamTable } from './stream-table.ts';

/** The events that both ends have. */
interface CommonEvents {
  onGoaway(goaway: Goaway): void;
  onClose(error: ProtocolError): void;
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
  #state: 'handshake' | 'open' | 'closed' = 'handshake';
  #drainReason: string | undefined;
  #isPeerDraining = false;
  #isTransportClosed = false;
  /** Set by the handshake. */
  #surroundings: StreamSurroundings | undefined;
  #heartbeat: Heartbeat | undefined;
  #cancelHelloTimer: (() => void) | undefined;

  constructor(options: SessionOptions, events: CommonEvents) {
    assertLimits(options.limits);
    this.limits = options.limits;
    this.#options = options;
    this.#events = events;
    this.budget = new ControlBudget(options.clock, options.limits.maxControlFrames);
    this.outbox = new Outbox(options, {
      onPressure: () => this.#heartbeat?.ping(),
      onFlushed: (streams) => this.#afterFlush(streams),
    });
    this.#cancelHelloTimer = options.clock.schedule(() => {
      this.#cancelHelloTimer = undefined;
      this.destroy(new ProtocolError('HELLO_TIMEOUT', `no handshake within ${options.limits.helloTimeoutMs} ms`));
    }, options.limits.helloTimeoutMs);
  }

  get closed(): boolean {
    return this.#state === 'closed';
  }

  get openStreams(): number {
    return this.table.size;
  }

  get roundTripMs(): number | undefined {
    return this.#heartbeat?.roundTripMs;
  }

  receive(message: Uint8Array<ArrayBuffer>): void {
    if (this.#state === 'closed') return;
    this.#heartbeat?.heard(this.#options.clock.now());
    try {
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
    this.#isTransportClosed = true;
    this.destroy(toProtocolError(code, reason));
  }

  drain(reason: string): void {
    if (this.#drainReason !== undefined || this.#state === 'closed') return;
    this.#drainReason = reason;
    if (this.#state === 'open') this.#sendGoaway(reason);
  }

  destroy(error: ProtocolError): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#cancelHelloTimer?.();
    this.#cancelHelloTimer = undefined;
    this.#heartbeat?.stop();
    this.outbox.close();
    if (!this.#isTransportClosed) this.#options.transport.close(error.closeCode, toCloseReason(error.message));
    this.table.failAll(error);
    try {
      this.#events.onClose(error);
    } catch (cause) {
      this.table.keepHandlerError(cause);
    }
    this.table.throwHandlerErrors();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.destroy(new ProtocolError('CLOSED', 'the owner closed the session'));
  }

  debugState(): SessionDebugState {
    let queuedBytes = this.outbox.queuedBytes;
    for (const stream of this.table.values()) queuedBytes += stream.sender.pendingBytes;
    return {
      state: this.#state === 'open' && (this.isDraining || this.#isPeerDraining) ? 'draining' : this.#state,
      streams: this.table.size,
      queuedBytes,
      timers: (this.#cancelHelloTimer === undefined ? 0 : 1) + (this.#heartbeat?.timers ?? 0),
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
    this.#cancelHelloTimer?.();
    this.#cancelHelloTimer = undefined;
    this.#state = 'open';
    const { outbox, table, limits } = this;
    this.#surroundings = { outbox, table, limits, windowBytes: welcome.windowBytes };
    this.#heartbeat = new Heartbeat({
      clock: this.#options.clock,
      intervalMs: welcome.pingIntervalMs,
      sendPing: (payload) => this.outbox.sendControl(encodeFrame(frameRules.ping.type, 0, 0, payload)),
      onCheck: () => this.#relieve(),
      onSilence: (silentMs) =>
        this.destroy(new ProtocolError('PING_TIMEOUT', `the peer was silent for ${Math.round(silentMs)} ms`)),
    });
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
