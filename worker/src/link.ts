import {
  type Clock,
  type Connect,
  createWorkerSession,
  defaultLimits,
  type Hello,
  ProtocolError,
  protocolErrors,
  type ServedSocketStream,
  type ServedStream,
  type SocketStreamEvents,
  type StreamEvents,
  type Transport,
  type WorkerSession,
  type WorkerStatus,
} from '@gemini-proxy/protocol';
import { backoffDelayMs, freshLossBackoff, reconnectBackoff } from './backoff.ts';
import { explainClose, explainConnectFailure } from './connection-reason.ts';
import type { LastClose, WorkerSnapshot } from './worker.ts';

/** A session that lived this long proves the gateway sound: the backoff starts over. */
export const STABLE_SESSION_MS = 30_000;

/** The same for a session that broke, whose requests wait for the worker. */
export const STEADY_SESSION_MS = 1_000;

/** How long a lost gateway is expected back soon. */
export const FRESH_LOSS_MS = 30_000;

export type LinkState = Pick<WorkerSnapshot, 'connection' | 'connectionReason'>;

export interface LinkOptions {
  readonly connect: Connect;
  readonly hello: Hello;
  readonly clock: Clock;
  readonly random: () => number;
  readonly scheduleFlush: (flush: () => void) => void;
  readonly connectMs: number;
  onState(state: LinkState): void;
  /** A session is open; `isNew` unless it goes on after a break. */
  onUp(isNew: boolean): void;
  /** Follows each `onUp`. */
  onDown(): void;
  onStream(stream: ServedStream): StreamEvents;
  onSocket(stream: ServedSocketStream): SocketStreamEvents;
  onGoaway(reason: string): void;
  onHold(isHeld: boolean): void;
  /** Before the state that follows from it. */
  onClosed(close: LastClose): void;
}

/** One try to connect, and what came of it. Events of an earlier one are ignored. */
interface Dial {
  transport: Transport | undefined;
  /** Takes what the transport brings. */
  end: WorkerSession | undefined;
  /** What goes on over it: a new session, or after the welcome an older one. */
  session: WorkerSession | undefined;
  upSinceMs: number | undefined;
  cancelTimeout: () => void;
}

/** Keeps a session with the gateway: connects, and connects again after a while when it is lost. */
export class Link {
  readonly #options: LinkOptions;
  #dial: Dial | undefined;
  /** Lost its connection, and goes on over the next if the gateway still has it. */
  #suspended: WorkerSession | undefined;
  #cancelRetry: (() => void) | undefined;
  #failures = 0;
  #lostAtMs = Number.NEGATIVE_INFINITY;
  /** Whether the gateway let this hello in since it last refused it. */
  #isWelcome = false;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#dial !== undefined || this.#cancelRetry !== undefined) return;
    this.#failures = 0;
    this.#connect();
  }

  stop(reason: string): void {
    if (this.#dial === undefined && this.#cancelRetry === undefined) return;
    this.#stopRetrying();
    const dial = this.#dial;
    this.#dial = undefined;
    dial?.cancelTimeout();
    if (dial?.session !== undefined) dial.session.destroy(new ProtocolError('CLOSED', reason));
    else dial?.transport?.close(protocolErrors.CLOSED.closeCode, '');
    this.#giveUpSuspended(new ProtocolError('CLOSED', reason));
    if (dial?.upSinceMs !== undefined) this.#options.onDown();
    this.#options.onState({ connection: 'stopped', connectionReason: reason });
  }

  reconnectNow(): void {
    if (this.#cancelRetry === undefined) return;
    this.#stopRetrying();
    this.#connect();
  }

  /** No new requests are wanted. */
  drain(reason: string): void {
    (this.#suspended ?? this.#dial?.session)?.drain(reason);
  }

  sendStatus(status: WorkerStatus): void {
    if (this.#dial?.upSinceMs !== undefined) this.#dial.session?.sendStatus(status);
  }

  debugState(): { readonly streams: number; readonly timers: number; readonly queuedBytes: number } {
    const session = this.#dial?.session?.debugState();
    const suspended = this.#suspended?.debugState();
    const isDialling = this.#dial !== undefined && this.#dial.session === undefined;
    const ownTimers = (isDialling ? 1 : 0) + (this.#cancelRetry === undefined ? 0 : 1);
    return {
      streams: (session?.streams ?? 0) + (suspended?.streams ?? 0),
      queuedBytes: (session?.queuedBytes ?? 0) + (suspended?.queuedBytes ?? 0),
      timers: (session?.timers ?? 0) + (suspended?.timers ?? 0) + ownTimers,
    };
  }

  #connect(): void {
    const { clock, connect, connectMs, onState } = this.#options;
    onState({ connection: 'connecting', connectionReason: 'Connecting to the gateway.' });
    const cancelTimeout = clock.schedule(() => this.#onTimeout(dial), connectMs);
    const dial: Dial = { transport: undefined, end: undefined, session: undefined, upSinceMs: undefined, cancelTimeout };
    this.#dial = dial;
    try {
      dial.transport = connect({
        onOpen: () => this.#onOpen(dial),
        onMessage: (message) => dial.end?.receive(message),
        onClose: (code, reason) => this.#onTransportClosed(dial, code, reason),
      });
    } catch (error) {
      // The same address fails each time.
      this.#dial = undefined;
      cancelTimeout();
      const reason = explainConnectFailure(error);
      this.#giveUpSuspended(new ProtocolError('CLOSED', reason));
      onState({ connection: 'stopped', connectionReason: reason });
    }
  }

  #onOpen(dial: Dial): void {
    if (this.#dial !== dial || dial.transport === undefined) return;
    dial.cancelTimeout();
    const { clock, scheduleFlush, hello, onStream, onSocket, onGoaway, onHold } = this.#options;
    const session = createWorkerSession(
      { transport: dial.transport, clock, scheduleFlush, limits: defaultLimits, hello, resumes: this.#suspended },
      {
        onWelcome: () => this.#onUp(session, true),
        onResumed: () => this.#onResumed(session),
        onStream,
        onSocket,
        onGoaway: (goaway) => onGoaway(goaway.reason),
        onHold: (hold) => onHold(hold.isHeld),
        onSuspended: (error) => this.#onSuspended(session, error),
        onClose: (error) => this.#onClosed(session, error),
      },
    );
    dial.end = session;
    dial.session = session;
  }

  #onSuspended(session: WorkerSession, error: ProtocolError): void {
    if (this.#dial?.session !== session) return;
    this.#suspended = session;
    this.#onLost(this.#dial, error);
  }

  /** The welcome came over the newest dial, whose own session was only there to ask. */
  #onResumed(session: WorkerSession): void {
    if (this.#suspended !== session || this.#dial === undefined) return;
    this.#suspended = undefined;
    this.#dial.session = session;
    this.#onUp(session, false);
  }

  #onClosed(session: WorkerSession, error: ProtocolError): void {
    if (this.#suspended === session) this.#suspended = undefined;
    else if (this.#dial?.session === session) this.#onLost(this.#dial, error);
  }

  #onUp(session: WorkerSession, isNew: boolean): void {
    const dial = this.#dial;
    if (dial === undefined || dial.session !== session) return;
    dial.upSinceMs = this.#options.clock.now();
    this.#isWelcome = true;
    this.#options.onState({ connection: 'connected', connectionReason: 'Connected to the gateway.' });
    this.#options.onUp(isNew);
  }

  #onTransportClosed(dial: Dial, code: number, reason: string): void {
    if (dial.end !== undefined) dial.end.transportClosed(code, reason);
    else this.#onLost(dial, new ProtocolError('TRANSPORT_LOST', `The connection did not open (code ${code}). ${reason}`));
  }

  #onTimeout(dial: Dial): void {
    dial.transport?.close(protocolErrors.CLOSED.closeCode, '');
    this.#onLost(dial, new ProtocolError('TRANSPORT_LOST', 'The connection did not open in time.'));
  }

  #onLost(dial: Dial, error: ProtocolError): void {
    if (this.#dial !== dial) return;
    this.#dial = undefined;
    dial.cancelTimeout();
    const { clock, onState, onDown, onClosed } = this.#options;
    const { upSinceMs } = dial;
    if (upSinceMs !== undefined) onDown();
    const reason = explainClose(error, upSinceMs !== undefined);
    if (upSinceMs !== undefined) {
      this.#lostAtMs = clock.now();
      const soundMs = this.#suspended === undefined ? STABLE_SESSION_MS : STEADY_SESSION_MS;
      // A gateway that says goodbye has not failed.
      if (error.code === 'GOING_AWAY' || this.#lostAtMs - upSinceMs >= soundMs) this.#failures = 0;
    }
    onClosed({ code: error.code, wasOpen: dial.session !== undefined });
    // The first refusal of a welcome hello may be of one that was altered on its way.
    if (error.retryable || (this.#isWelcome && error.code !== 'REPLACED')) {
      this.#isWelcome &&= error.retryable;
      this.#retryLater(reason);
      return;
    }
    this.#giveUpSuspended(error);
    onState({ connection: 'stopped', connectionReason: reason });
  }

  #giveUpSuspended(error: ProtocolError): void {
    this.#suspended?.destroy(error);
    this.#suspended = undefined;
  }

  #retryLater(reason: string): void {
    const { clock, random, onState } = this.#options;
    this.#failures += 1;
    const isFresh = clock.now() - this.#lostAtMs < FRESH_LOSS_MS;
    const delayMs = backoffDelayMs(isFresh ? freshLossBackoff : reconnectBackoff, this.#failures, random);
    this.#cancelRetry = clock.schedule(() => {
      this.#cancelRetry = undefined;
      this.#connect();
    }, delayMs);
    onState({ connection: 'waiting', connectionReason: `${reason} Trying again in ${(delayMs / 1000).toFixed(1)} s.` });
  }

  #stopRetrying(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
  }
}
