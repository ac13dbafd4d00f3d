import type { Clock } from './clock.ts';
import type { ProtocolError } from './errors.ts';
import type { SessionLimits } from './limits.ts';
import type { Goaway, Hello, Hold, RequestHead, Welcome, WorkerStatus } from './messages.ts';
import type { ServedSocketStream, ServedStream, SocketStream, SocketStreamEvents, Stream, StreamEvents } from './stream.ts';
import type { Transport } from './transport.ts';

/** What every session is given by its surroundings. */
export interface SessionOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Runs the callback once, at the end of the current turn of the event loop: frames queued until then travel in one message. `setImmediate` in Node, a MessageChannel task in a page. */
  readonly scheduleFlush: (flush: () => void) => void;
  readonly limits: SessionLimits;
}

/**
 * Both ends of a session. The owner of the transport passes its events on to `receive` and `transportClosed`. A session's handler that throws
 * ends the session with `INTERNAL`; an exception that nobody is left to be told of (from `onClose`, `onReset`, `onStream`) leaves through the
 * call at hand, once everything else is done.
 */
export interface Session extends AsyncDisposable {
  receive(message: Uint8Array<ArrayBuffer>): void;
  transportClosed(code: number, reason: string): void;
  /** True from the session's end on, before its streams are told. */
  readonly closed: boolean;
  /** True from the loss of the transport until the session goes on over another, or ends. */
  readonly suspended: boolean;
  readonly openStreams: number;
  /** Tells the peer that no new streams are wanted; running ones go on. A worker's session refuses those that cross it on the way. Idempotent. */
  drain(reason: string): void;
  /** Fails every stream with `SESSION_LOST`, tells the peer why by the close code, and closes the transport. Idempotent. */
  destroy(error: ProtocolError): void;
  /** For leak tests: what is alive now. */
  debugState(): SessionDebugState;
}

export interface SessionDebugState {
  readonly state: 'handshake' | 'open' | 'draining' | 'suspended' | 'closed';
  readonly streams: number;
  /** What waits to be sent; of a suspended session also what was sent, and may have to be sent again. */
  readonly queuedBytes: number;
  readonly timers: number;
}

export interface GatewaySession extends Session {
  /** Opens a stream. `bodyless` ends the request with its head. Throws `ProtocolError` when the session is not open, has no free stream, or the peer would not take the head. */
  open(request: RequestHead, events: StreamEvents, options: { readonly bodyless: boolean }): Stream;
  /** Opens a websocket stream: `request` is that of the handshake. Throws as `open` does. */
  openSocket(request: RequestHead, events: SocketStreamEvents): SocketStream;
  /** Tells the worker that a user holds it back, or lets it go. Nothing where the worker has not said that it takes this. */
  sendHold(hold: Hold): void;
  /** Milliseconds of the last ping's round trip, if one has come back. */
  readonly roundTripMs: number | undefined;
}

/** A claim to an older session was found right: it goes on over the transport on which the hello came. */
export interface Resumption {
  readonly session: GatewaySession;
  /** For the next resume. */
  readonly secret: string;
}

/** What both ends hear of a break. */
interface BreakEvents {
  /** The transport is lost. The session waits for another as long as `welcome.resume` says; its streams are told next. */
  onSuspended?(error: ProtocolError): void;
  /** The session goes on, and both sides know. Its streams are told next. */
  onResumed?(): void;
}

export interface GatewaySessionEvents extends BreakEvents {
  /** Judges the hello: the welcome to send, the older session to go on with, or the error to close with. After a resumption this session is done: the older one takes what its transport brings, and no event follows. */
  onHello(hello: Hello): Welcome | Resumption | ProtocolError;
  /** The welcome was sent: streams may be opened. */
  onOpen(): void;
  onStatus(status: WorkerStatus): void;
  onGoaway(goaway: Goaway): void;
  /** Once, last. Streams have been told before. */
  onClose(error: ProtocolError): void;
}

export interface WorkerSession extends Session {
  /** Tells the gateway how the worker is. Before `welcome` the last one is kept and sent then. */
  sendStatus(status: WorkerStatus): void;
}

export interface WorkerSessionEvents extends BreakEvents {
  onWelcome(welcome: Welcome): void;
  /** The gateway opened a stream: the returned events are its. To refuse it, reset it with `REFUSED`. */
  onStream(stream: ServedStream): StreamEvents;
  /** The same for a websocket stream. A worker without this handler refuses them. */
  onSocket?(stream: ServedSocketStream): SocketStreamEvents;
  /** A user of the gateway holds the worker back, or lets it go. A new session begins with no hold. */
  onHold?(hold: Hold): void;
  onGoaway(goaway: Goaway): void;
  onClose(error: ProtocolError): void;
}
