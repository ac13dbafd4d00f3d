import type {
  Clock,
  Connect,
  HeaderList,
  ProtocolErrorCode,
  RequestHead,
  StreamErrorCode,
  WorkerKind,
  WorkerStatus,
} from '@gemini-proxy/protocol';
import type { Refusal } from './probe-verdict.ts';
import type { ExecuteSocket } from './socket/upstream-socket.ts';

/** Executes one request against the upstream. Rejects with `StreamError`; aborting the signal ends the call and its body. */
export type Execute = (request: RequestHead, body: RequestBody, signal: AbortSignal) => Promise<UpstreamResponse>;

/** A request's body as it arrives: `undefined` when there is none. */
export type RequestBody = RequestBodyStream | undefined;

/** To be read once. Asking for the next piece gives back the credit of the one before. */
export interface RequestBodyStream extends AsyncIterable<Uint8Array<ArrayBuffer>> {
  /** All pieces, if the body has arrived to its end and none was read: a small body need not be streamed. */
  takeIfComplete(): readonly Uint8Array<ArrayBuffer>[] | undefined;
}

export interface UpstreamResponse {
  readonly status: number;
  readonly headers: HeaderList;
  /** Body as it comes; not read further while the window is used up. */
  readonly body: AsyncIterable<Uint8Array<ArrayBuffer>> | undefined;
  /** Name of the adaptation by which the request was executed; none for most. */
  readonly adaptation?: string | undefined;
}

export interface WorkerOptions {
  /** Opens WebSockets to the upstream; a worker that has it says so by the capability `live`. */
  readonly executeSocket?: ExecuteSocket;
  readonly connect: Connect;
  readonly execute: Execute;
  readonly token: string;
  /** Stable over reconnections; one for each connection. */
  readonly workerId: string;
  readonly account: string;
  readonly kind: WorkerKind;
  readonly slots: number;
  readonly capabilities: readonly string[];
  readonly clock: Clock;
  /** Numbers in [0, 1), for the jitter of the backoff. */
  readonly random: () => number;
  readonly scheduleFlush: (flush: () => void) => void;
  readonly deadlines: WorkerDeadlines;
}

/** Milliseconds. A hook may leave a call pending for ever, hence a deadline on each wait. */
export interface WorkerDeadlines {
  readonly connectMs: number;
  /** After this long without an answer the probe counts as unanswered, and the user is asked to click. */
  readonly probeMs: number;
  /** Between probes when no answer has come in the meantime. */
  readonly idleProbeMs: number;
  readonly firstByteMs: number;
  /** For the handshake of an upstream WebSocket. */
  readonly socketOpenMs: number;
  /** For the second side of a WebSocket to close once the first has. */
  readonly socketCloseMs: number;
  readonly idleMs: number;
  /** For running requests to finish once the worker drains. */
  readonly drainMs: number;
}

/** The engine of one connection. */
export interface Worker extends AsyncDisposable {
  /** Connects, and stays connected until `disconnect`. Idempotent. */
  start(): void;
  /** Says goodbye and stays away until `start`. Running requests are lost. Idempotent. */
  stop(reason: string): void;
  /** Takes nothing new, lets running requests finish for `drainMs`, then stops; resolves when it has stopped, for whatever reason. Idempotent. */
  drain(reason: string): Promise<void>;
  /** Takes nothing new until `resume`; what runs goes on. Idempotent. */
  pause(): void;
  resume(): void;
  /** Tells the gateway how many requests at once it may send from now on; those that run go on. */
  setSlots(slots: number): void;
  /** Runs the probe now, or joins the one that is running. */
  probe(): void;
  /** Retries at once instead of waiting for the backoff (`online`, page visible again). */
  reconnectNow(): void;
  /** Immutable; a new object only after a change. */
  readonly snapshot: WorkerSnapshot;
  /** Calls back after the first change since the snapshot was last read, in another turn of the event loop; returns the way to end it. */
  subscribe(listener: () => void): () => void;
  debugState(): WorkerDebugState;
}

export interface WorkerSnapshot {
  readonly connection: 'stopped' | 'connecting' | 'connected' | 'waiting';
  /** For people: why the connection is as it is, and what to do. */
  readonly connectionReason: string;
  /** How the last connection ended, or why it did not open; `undefined` until then. */
  readonly lastClose: LastClose | undefined;
  readonly status: WorkerStatus;
  /** Why the upstream refuses this worker, while its status says so. */
  readonly refusal: Refusal | undefined;
  readonly intake: Intake;
  /** The gateway wants nothing new of this session. */
  readonly isReleased: boolean;
  /** A user of the gateway's console holds the worker back: nothing new comes until they let it go. */
  readonly isHeld: boolean;
  readonly slots: number;
  readonly served: number;
  readonly failed: number;
  readonly reconnects: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly inFlight: readonly InFlightRequest[];
  readonly lastRequest: EndedRequest | undefined;
  /** Newest last; bounded. */
  readonly log: readonly LogEntry[];
}

/** Whether new requests are wanted. */
export type Intake = 'open' | 'paused' | 'draining';

export interface LastClose {
  readonly code: ProtocolErrorCode;
  /** Whether the socket had opened, so that something was there. */
  readonly wasOpen: boolean;
}

/** A request that is over. */
export interface EndedRequest extends InFlightRequest {
  readonly durationMs: number;
  /** The upstream's status, or why there is none. */
  readonly outcome: number | StreamErrorCode;
}

export interface InFlightRequest {
  readonly attempt: string;
  readonly operation: string;
  readonly model: string | undefined;
  readonly startedAtMs: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
}

export interface LogEntry {
  readonly sequence: number;
  /** Wall clock, milliseconds since the epoch. */
  readonly at: number;
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
}

export interface WorkerDebugState {
  readonly streams: number;
  readonly timers: number;
  readonly queuedBytes: number;
}
