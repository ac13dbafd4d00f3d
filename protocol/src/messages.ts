/** The JSON payloads of frames. Unknown members are ignored, so that members can be added within a protocol version. */

/** Header lines in order, names in lower case; a name may come more than once. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

export type WorkerKind = 'aistudio' | 'keyed' | 'emulator';

/** First frame of a worker: who it is and what it can do. */
export interface Hello {
  /** Protocol version; this text describes version 1. */
  readonly version: number;
  /** The worker token of the gateway. Never in a URL, never logged. */
  readonly token: string;
  /** Chosen by the worker, stable over its reconnections; 1 to 64 characters of `[A-Za-z0-9._-]`. */
  readonly workerId: string;
  /** Label of the account behind the worker: workers of one account share its files. */
  readonly account: string;
  readonly kind: WorkerKind;
  /** Requests that the worker can execute at once, 1 to 1024. */
  readonly slots: number;
  /** What else it can do; `hold`: it takes the frame of that name. */
  readonly capabilities: readonly string[];
  /** The session to go on with; `null` asks for a new one. */
  readonly resume: ResumeRequest | null;
}

/** What a worker shows to get its session back. */
export interface ResumeRequest {
  readonly sessionId: string;
  /** From the session's last welcome. Never logged. */
  readonly secret: string;
  /** Messages of the session that the worker has received, over all its connections. */
  readonly receivedMessages: number;
}

/** The gateway's answer to `hello`. From here on both sides may send. */
export interface Welcome {
  readonly version: number;
  readonly sessionId: string;
  /** Initial credit of each stream in each direction, bytes. */
  readonly windowBytes: number;
  /** How often each side pings; a peer silent for nearly two intervals is gone. */
  readonly pingIntervalMs: number;
  /** How the session can be resumed; `null`: not at all. */
  readonly resume: ResumeOffer | null;
}

export interface ResumeOffer {
  /** Whether the session of `hello.resume` goes on; else this is a new one. */
  readonly isResumed: boolean;
  /** Opens the next resume, and only that one. Never logged. */
  readonly secret: string;
  /** How long the session waits for its worker after a break. */
  readonly graceMs: number;
  /** Messages of the session that the gateway has received; 0 in a new one. */
  readonly receivedMessages: number;
}

/** What a worker says of itself, by a `status` frame whenever it changes. Before the first one it is `probing`. */
export interface WorkerStatus {
  /** `paused`: its user wants it to take nothing new for now. */
  readonly state: 'probing' | 'ready' | 'needs-interaction' | 'refused' | 'paused';
  /** For people: why it is in this state, and what to do. */
  readonly reason: string;
  /** Requests that it can execute at once from now on, 1 to 1024; as before where it is missing. */
  readonly slots?: number;
}

/** `goaway`: the sender takes no new streams (worker) or asks for none (gateway); running ones finish. */
export interface Goaway {
  readonly reason: string;
}

/** `hold`: whether a user of the gateway holds the worker back, so that it gets nothing new for now. */
export interface Hold {
  readonly isHeld: boolean;
}

/** What a stream carries: a request with its answer, or the messages of a WebSocket. */
export type StreamKind = 'http' | 'websocket';

/** `open`: the head of a request. */
export interface RequestHead {
  /** `http` where it is missing. */
  readonly kind?: StreamKind;
  /** Names this try of the request, for logs on both sides. */
  readonly attempt: string;
  readonly method: string;
  /** Path with query, as it goes upstream; starts with `/`. */
  readonly path: string;
  readonly headers: HeaderList;
  /** `models.generateContent`, …, or `unknown`: for display, never for routing. */
  readonly operation: string;
}

/** `close`: how one side of a WebSocket was closed, as RFC 6455 has it. */
export interface SocketClose {
  /** 1000 to 4999. 1005: a close without a code; 1006: the connection broke. */
  readonly code: number;
  /** At most 123 bytes in UTF-8. */
  readonly reason: string;
}

/** `head`: status and headers of the upstream's answer. */
export interface ResponseHead {
  /** 101 on a websocket stream whose socket is open; else 200 to 599. */
  readonly status: number;
  readonly headers: HeaderList;
}
