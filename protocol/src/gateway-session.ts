import { BaseSession } from './base-session.ts';
import { encodeJsonFrame } from './codec.ts';
import { ProtocolError } from './errors.ts';
import { type FrameType, frameHeaderBytes, frameRules } from './frame.ts';
import type { SessionLimits } from './limits.ts';
import type { Hello, Hold, RequestHead } from './messages.ts';
import { holdCapability, parseHello, parseResponseHead, parseStatus } from './parse-messages.ts';
import type { ProtocolStream } from './protocol-stream.ts';
import type { GatewaySession, GatewaySessionEvents, Resumption, SessionOptions } from './session.ts';
import type { SocketStream, SocketStreamEvents, Stream, StreamEvents } from './stream.ts';

/** The gateway's end; the transport is open already, and hello must come within `limits.helloTimeoutMs`. */
export function createGatewaySession(options: SessionOptions, events: GatewaySessionEvents): GatewaySession {
  return new GatewayEnd(options, events);
}

const maxStreamId = 0xffff_ffff;

class GatewayEnd extends BaseSession implements GatewaySession {
  readonly #events: GatewaySessionEvents;
  /** Whether the worker takes `hold`. */
  #isHoldKnown = false;

  constructor(options: SessionOptions, events: GatewaySessionEvents) {
    super(options, events);
    this.#events = events;
  }

  open(request: RequestHead, events: StreamEvents, options: { readonly bodyless: boolean }): Stream {
    this.#assertMayOpen();
    const stream = this.addStream(this.table.highestId + 1, request, options.bodyless);
    this.#start(stream, () => stream.open(events));
    return stream;
  }

  openSocket(request: RequestHead, events: SocketStreamEvents): SocketStream {
    this.#assertMayOpen();
    const stream = this.addSocketStream(this.table.highestId + 1, { ...request, kind: 'websocket' });
    this.#start(stream, () => stream.openSocket(events));
    return stream;
  }

  sendHold(hold: Hold): void {
    if (this.#isHoldKnown) this.outbox.sendControl(encodeJsonFrame(frameRules.hold.type, 0, 0, hold));
  }

  /** Before `welcome` a stranger may send one frame, and no large one. */
  protected override get handshakeLimits(): SessionLimits {
    return { ...this.limits, maxMessageBytes: this.limits.maxHelloBytes + frameHeaderBytes, maxFramesPerMessage: 1 };
  }

  protected override receiveHandshake(type: FrameType, payload: Uint8Array<ArrayBuffer>): void {
    if (type !== frameRules.hello.type) throw new ProtocolError('UNEXPECTED_FRAME', 'the first frame is not hello');
    const hello = parseHello(payload);
    const verdict = this.#events.onHello(hello);
    if (verdict instanceof ProtocolError) throw verdict;
    if (this.closed) return;
    if ('session' in verdict) {
      this.#resume(hello, verdict);
      return;
    }
    this.#isHoldKnown = hello.capabilities.includes(holdCapability);
    this.establish(verdict);
    this.greet(frameRules.welcome.type, verdict);
    this.sendHeldBack();
    this.#events.onOpen();
  }

  protected override receiveOwnFrame(type: FrameType, _flags: number, id: number, payload: Uint8Array<ArrayBuffer>): void {
    if (type === frameRules.head.type) {
      const head = parseResponseHead(payload);
      const stream = this.findStream(id);
      if (stream === undefined) this.table.late.frame();
      else stream.receiveHead(head);
    } else if (type === frameRules.status.type) {
      this.budget.frame();
      this.#events.onStatus(parseStatus(payload));
    } else {
      throw new ProtocolError('UNEXPECTED_FRAME', `a worker may not send frame type ${type} now`);
    }
  }

  #resume(hello: Hello, { session, secret }: Resumption): void {
    if (!(session instanceof GatewayEnd) || hello.resume === null) throw new TypeError('onHello: not a session to resume');
    const { welcome, receivedMessages } = session;
    if (!welcome?.resume) throw new TypeError('onHello: a session that cannot be resumed');
    const resume = { ...welcome.resume, isResumed: true, secret, receivedMessages };
    const greet = (): void => this.greet(frameRules.welcome.type, { ...welcome, resume });
    this.handOver(session, { countOfPeer: hello.resume.receivedMessages, greet, isKnownToPeer: false });
  }

  #start(stream: ProtocolStream, open: () => void): void {
    try {
      open();
    } catch (cause) {
      this.table.remove(stream, 0);
      throw cause;
    }
  }

  #assertMayOpen(): void {
    if (this.closed) throw new ProtocolError('CLOSED', 'the session is closed');
    if (this.isHandshaking) throw new ProtocolError('UNEXPECTED_FRAME', 'the session is not open yet');
    if (this.suspended) throw new ProtocolError('TRANSPORT_LOST', 'the session is suspended');
    if (this.isDraining || this.isPeerDraining) throw new ProtocolError('GOING_AWAY', 'the session takes no new streams');
    if (this.table.size >= this.limits.maxStreams) {
      throw new ProtocolError('LIMIT_EXCEEDED', `${this.limits.maxStreams} streams are open, which is the limit`);
    }
    if (this.table.highestId >= maxStreamId)
      throw new ProtocolError('LIMIT_EXCEEDED', 'all stream ids of the session are used up');
  }
}
