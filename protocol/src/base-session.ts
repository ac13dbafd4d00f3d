import { encodeJsonFrame, readAck, readCredit } from './codec.ts';
import { ProtocolError } from './errors.ts';
import { smallestCreditBytes } from './flow-control.ts';
import { type FrameType, frameRules } from './frame.ts';
import type { Goaway, RequestHead, Welcome } from './messages.ts';
import { parseClose, parseGoaway, parseReset, toWireText } from './parse-messages.ts';
import { ProtocolStream, type StreamSurroundings } from './protocol-stream.ts';
import type { Session, SessionDebugState, SessionOptions } from './session.ts';
import { type LifeEvents, SessionLife } from './session-life.ts';
import { ProtocolSocketStream } from './socket-stream.ts';

/** The events that both ends have. */
interface CommonEvents extends LifeEvents {
  onGoaway(goaway: Goaway): void;
}

/** What both ends of a session do alike with streams and frames; each end adds the frames that only it receives. */
export abstract class BaseSession extends SessionLife implements Session {
  readonly #events: CommonEvents;
  #drainReason: string | undefined;
  #isPeerDraining = false;
  /** Set by the handshake. */
  #surroundings: StreamSurroundings | undefined;

  constructor(options: SessionOptions, events: CommonEvents) {
    super(options, events);
    this.#events = events;
  }

  get openStreams(): number {
    return this.table.size;
  }

  drain(reason: string): void {
    if (this.#drainReason !== undefined || this.closed) return;
    this.#drainReason = reason;
    if (!this.isHandshaking) this.#sendGoaway(reason);
  }

  debugState(): SessionDebugState {
    let queuedBytes = this.outbox.queuedBytes;
    for (const stream of this.table.values()) queuedBytes += stream.sender.pendingBytes;
    if (this.state === 'suspended') queuedBytes += this.keptBytes;
    return {
      state: this.state === 'open' && (this.isDraining || this.#isPeerDraining) ? 'draining' : this.state,
      streams: this.table.size,
      queuedBytes,
      timers: this.timers,
    };
  }

  /** A frame that only this end receives. Throws `UNEXPECTED_FRAME` for any other. */
  protected abstract receiveOwnFrame(type: FrameType, flags: number, id: number, payload: Uint8Array<ArrayBuffer>): void;

  protected get isHandshaking(): boolean {
    return this.state === 'handshake';
  }

  protected get isDraining(): boolean {
    return this.#drainReason !== undefined;
  }

  protected get isPeerDraining(): boolean {
    return this.#isPeerDraining;
  }

  protected override establish(welcome: Welcome): void {
    super.establish(welcome);
    const { outbox, table, limits } = this;
    this.#surroundings = { outbox, table, limits, windowBytes: welcome.windowBytes };
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

  protected override receiveFrame(type: FrameType, flags: number, id: number, payload: Uint8Array<ArrayBuffer>): void {
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
        this.receivePing(payload);
        return;
      case frameRules.ack.type:
        this.receiveAck(readAck(payload));
        return;
      case frameRules.pong.type:
        this.receivePong(payload);
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

  get #openSurroundings(): StreamSurroundings {
    if (this.#surroundings === undefined) throw new Error('a stream before the end of the handshake');
    return this.#surroundings;
  }

  #added<Added extends ProtocolStream>(stream: Added): Added {
    this.table.add(stream);
    return stream;
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
    this.outbox.sendControl(encodeJsonFrame(frameRules.goaway.type, 0, 0, { reason: toWireText(reason) }));
  }
}
