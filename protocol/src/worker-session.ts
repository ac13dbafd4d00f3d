import { BaseSession } from './base-session.ts';
import { encodeJsonFrame } from './codec.ts';
import { ProtocolError, StreamError } from './errors.ts';
import { endFlag, type FrameType, frameRules } from './frame.ts';
import type { SessionLimits } from './limits.ts';
import type { Hello, RequestHead, ResumeOffer, ResumeRequest, WorkerStatus } from './messages.ts';
import { parseHold, parseRequestHead, parseWelcome, toWireText } from './parse-messages.ts';
import type { SessionOptions, WorkerSession, WorkerSessionEvents } from './session.ts';

export interface WorkerSessionOptions extends SessionOptions {
  readonly hello: Hello;
  /** A suspended session that is to go on over this transport. If the gateway has it still, `onResumed` follows there, and this session is done; if not, it ends, and this one takes its place. */
  readonly resumes?: WorkerSession | undefined;
}

/** The worker's end; the transport is open, and hello is sent at once. */
export function createWorkerSession(options: WorkerSessionOptions, events: WorkerSessionEvents): WorkerSession {
  return new WorkerEnd(options, events);
}

class WorkerEnd extends BaseSession implements WorkerSession {
  readonly #events: WorkerSessionEvents;
  /** The last status from before the welcome. */
  #heldBackStatus: WorkerStatus | undefined;

  /** Opens the next resume. */
  #secret: string | undefined;
  readonly #older: WorkerEnd | undefined;

  constructor(options: WorkerSessionOptions, events: WorkerSessionEvents) {
    super(options, events);
    this.#events = events;
    if (options.resumes instanceof WorkerEnd && options.resumes.suspended) this.#older = options.resumes;
    this.greet(frameRules.hello.type, { ...options.hello, resume: this.#older?.resumeRequest ?? null });
  }

  get resumeRequest(): ResumeRequest | null {
    if (this.welcome === undefined || this.#secret === undefined) return null;
    return { sessionId: this.welcome.sessionId, secret: this.#secret, receivedMessages: this.receivedMessages };
  }

  sendStatus(status: WorkerStatus): void {
    if (this.isHandshaking) {
      this.#heldBackStatus = status;
      return;
    }
    const payload = { ...status, reason: toWireText(status.reason) };
    this.outbox.sendControl(encodeJsonFrame(frameRules.status.type, 0, 0, payload));
  }

  /** Frames behind the welcome would be in a message that does not count. */
  protected override get handshakeLimits(): SessionLimits {
    return { ...this.limits, maxFramesPerMessage: 1 };
  }

  protected override receiveHandshake(type: FrameType, payload: Uint8Array<ArrayBuffer>): void {
    if (type !== frameRules.welcome.type) throw new ProtocolError('UNEXPECTED_FRAME', 'the first frame is not welcome');
    const welcome = parseWelcome(payload);
    if (welcome.resume?.isResumed) {
      this.#resume(welcome.resume);
      return;
    }
    this.#older?.destroy(new ProtocolError('TRANSPORT_LOST', 'the gateway no longer has the session'));
    if (this.closed) return;
    this.#secret = welcome.resume?.secret;
    this.establish(welcome);
    this.sendHeldBack();
    if (this.#heldBackStatus !== undefined) this.sendStatus(this.#heldBackStatus);
    this.#heldBackStatus = undefined;
    this.#events.onWelcome(welcome);
  }

  protected override receiveOwnFrame(type: FrameType, flags: number, id: number, payload: Uint8Array<ArrayBuffer>): void {
    if (type === frameRules.hold.type) {
      this.budget.frame();
      this.#events.onHold?.(parseHold(payload));
      return;
    }
    if (type !== frameRules.open.type)
      throw new ProtocolError('UNEXPECTED_FRAME', `the gateway may not send frame type ${type} now`);
    if (id <= this.table.highestId) throw new ProtocolError('UNEXPECTED_FRAME', `stream ${id} was opened before`);
    if (this.isPeerDraining) throw new ProtocolError('UNEXPECTED_FRAME', 'a new stream after goaway');
    if (this.table.size >= this.limits.maxStreams) {
      throw new ProtocolError('LIMIT_EXCEEDED', `more than ${this.limits.maxStreams} streams at once`);
    }
    const request = parseRequestHead(payload);
    const isBodyless = (flags & endFlag) !== 0;
    if (request.kind === 'websocket') this.#serveSocket(id, request, isBodyless);
    else this.#serve(id, request, isBodyless);
  }

  #resume(offer: ResumeOffer): void {
    const older = this.#older;
    if (older === undefined) throw new ProtocolError('UNEXPECTED_FRAME', 'a session goes on that nobody asked for');
    if (older.closed) throw new ProtocolError('CLOSED', 'the grace time of the session is over');
    older.#secret = offer.secret;
    this.handOver(older, { countOfPeer: offer.receivedMessages, isKnownToPeer: true });
  }

  #serve(id: number, request: RequestHead, isBodyless: boolean): void {
    const stream = this.addStream(id, request, isBodyless);
    // The open and this side's goaway crossed.
    if (this.isDraining) stream.reset(refused('the worker is draining'));
    else stream.serve((served) => this.#events.onStream(served));
  }

  #serveSocket(id: number, request: RequestHead, isBodyless: boolean): void {
    if (isBodyless) throw new ProtocolError('UNEXPECTED_FRAME', `stream ${id}: END in the open of a websocket stream`);
    const stream = this.addSocketStream(id, request);
    const { onSocket } = this.#events;
    if (this.isDraining) stream.reset(refused('the worker is draining'));
    else if (onSocket === undefined) stream.reset(refused('the worker carries no WebSockets'));
    else stream.serveSocket((served) => onSocket.call(this.#events, served));
  }
}

function refused(message: string): StreamError {
  return new StreamError('REFUSED', message, { sentUpstream: false });
}
