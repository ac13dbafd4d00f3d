import type { RequestHead, SocketStream, SocketStreamEvents, Stream, StreamEvents, WorkerKind } from '@gemini-proxy/protocol';
import type { BreakerState } from './breaker.ts';

/** A worker's life as the pool sees it; only `ready` ones get work. A `suspended` one has lost its socket, and may come back with its streams. */
export type WorkerState = 'probing' | 'ready' | 'needs-interaction' | 'refused' | 'paused' | 'suspended' | 'draining' | 'gone';

const unanswering: ReadonlySet<WorkerState> = new Set<WorkerState>(['probing', 'needs-interaction', 'refused', 'suspended']);

/** Whether what the worker was given before may never be answered. */
export function isUnanswering({ state }: Pick<Worker, 'state'>): boolean {
  return unanswering.has(state);
}

/** An executor of requests, as the pool needs it; worker-link implements it. */
export interface Worker {
  readonly id: string;
  readonly account: string;
  readonly kind: WorkerKind;
  /** What it said of itself in its hello. */
  readonly capabilities: readonly string[];
  readonly state: WorkerState;
  /** For people: why it is in this state, and what to do. */
  readonly reason: string;
  /** Requests that it may be given at once. */
  readonly slots: number;
  /** Starts a request; throws `ProtocolError` when the worker cannot take it. */
  open(request: RequestHead, events: StreamEvents, options: { readonly bodyless: boolean }): Stream;
  /** The same for a WebSocket. */
  openSocket(request: RequestHead, events: SocketStreamEvents): SocketStream;
  /** Hears that a user holds it back, or lets it go, so that it can say so where it is seen. A new one is not held. */
  hold?(isHeld: boolean): void;
}

/** A worker's state for consoles, health checks and messages. */
export interface WorkerView extends Omit<Worker, 'open' | 'openSocket' | 'hold'> {
  /** Requests that it is given at once: what it offers, or fewer where it has shown fewer. */
  readonly slots: number;
  readonly offeredSlots: number;
  readonly inFlight: number;
  /** A user holds it back: it gets nothing until it is let go. */
  readonly isHeld: boolean;
  /** Open: its calls failed on the way, several in a row, and it gets nothing for a while; half open: it gets one to try. */
  readonly breaker: BreakerState;
  /** A request got no answer in time: it gets nothing until it has proved itself. */
  readonly isSuspect: boolean;
  /** Not steady: it has come and gone lately, and gets something only when no other worker has a free slot. */
  readonly isSteady: boolean;
}

/** Whether a worker would get a request now, if it had a free slot. */
export function isInRotation({ state, breaker, isSuspect }: WorkerView): boolean {
  return state === 'ready' && breaker !== 'open' && !isSuspect;
}
