import { randomUUID } from 'node:crypto';
import {
  type Clock,
  createGatewaySession,
  type GatewaySession,
  type GatewaySessionEvents,
  type Goaway,
  type Hello,
  ProtocolError,
  type ResumeOffer,
  type Resumption,
  type SessionDebugState,
  type SessionLimits,
  type Welcome,
  type WorkerStatus,
} from '@gemini-proxy/protocol';
import type { Events } from '../events.ts';
import { ConnectedWorker } from './connected-worker.ts';
import { ResumeSecrets } from './resume-secrets.ts';
import type { WebSocketTransport } from './websocket-transport.ts';

export interface WorkerConnectionOptions {
  readonly transport: WebSocketTransport;
  readonly clock: Clock;
  readonly limits: SessionLimits;
  readonly windowBytes: number;
  readonly pingIntervalMs: number;
  /** How long a session waits for its worker after a break; 0: not at all. */
  readonly sessionGraceMs: number;
  readonly maxSlots: number;
  readonly events: Events;
  readonly owner: ConnectionOwner;
}

/** What a connection asks and tells the worker link. */
export interface ConnectionOwner {
  /** Why this hello is not welcome, or the older connection that goes on with it; `undefined` for a worker that is new. */
  judge(connection: WorkerConnection, hello: Hello): ProtocolError | WorkerConnection | undefined;
  onReady(connection: WorkerConnection, worker: ConnectedWorker): void;
  onChanged(worker: ConnectedWorker): void;
  onClosed(connection: WorkerConnection, worker: ConnectedWorker | undefined, error: ProtocolError): void;
}

/** One session of a worker, from the socket of its hello to its end, over all sockets in between. */
export class WorkerConnection implements GatewaySessionEvents {
  readonly #options: WorkerConnectionOptions;
  readonly #session: GatewaySession;
  readonly #secrets = new ResumeSecrets();
  readonly #sessionId = randomUUID();
  #suspendedAtMs = 0;
  #hello: Hello | undefined;
  #worker: ConnectedWorker | undefined;

  constructor(options: WorkerConnectionOptions) {
    const { transport, clock, limits, events } = options;
    this.#options = options;
    // What a handler throws is a bug of the gateway's, and never the end of its process.
    const guard = (action: () => void) => {
      try {
        action();
      } catch (error) {
        events.bug(error);
      }
    };
    const scheduleFlush = (flush: () => void) => void setImmediate(guard, flush);
    const session = createGatewaySession({ transport, clock, limits, scheduleFlush }, this);
    transport.attach({
      receive: (message) => guard(() => session.receive(message)),
      transportClosed: (code, reason) => guard(() => session.transportClosed(code, reason)),
    });
    this.#session = session;
  }

  get worker(): ConnectedWorker | undefined {
    return this.#worker;
  }

  drain(reason: string): void {
    this.#session.drain(reason);
  }

  destroy(error: ProtocolError): void {
    this.#session.destroy(error);
  }

  get isSuspended(): boolean {
    return this.#session.suspended;
  }

  debugState(): SessionDebugState {
    return this.#session.debugState();
  }

  /** Whether the hello is of the worker whose session this is, and shows its secret. */
  mayBeResumedBy({ account, resume }: Hello): boolean {
    if (resume === null || this.#session.closed || this.#options.sessionGraceMs === 0) return false;
    return resume.sessionId === this.#sessionId && account === this.#hello?.account && this.#secrets.opens(resume.secret);
  }

  onHello(hello: Hello): Welcome | Resumption | ProtocolError {
    const verdict = this.#options.owner.judge(this, hello);
    if (verdict instanceof ProtocolError) return verdict;
    if (verdict !== undefined && hello.resume !== null) {
      return { session: verdict.#session, secret: verdict.#secrets.use(hello.resume.secret) };
    }
    this.#hello = hello;
    const { windowBytes, pingIntervalMs } = this.#options;
    return { version: hello.version, sessionId: this.#sessionId, windowBytes, pingIntervalMs, resume: this.#resumeOffer };
  }

  onOpen(): void {
    if (this.#hello === undefined) return;
    this.#worker = new ConnectedWorker(this.#hello, this.#session, this.#options.maxSlots);
    this.#options.events.workerConnected(this.#worker);
    this.#options.owner.onReady(this, this.#worker);
  }

  onStatus(status: WorkerStatus): void {
    const worker = this.#worker;
    if (worker === undefined) return;
    worker.setStatus(status);
    this.#options.events.workerChanged(worker);
    this.#options.owner.onChanged(worker);
  }

  onGoaway({ reason }: Goaway): void {
    const worker = this.#worker;
    if (worker === undefined) return;
    worker.setDraining(reason);
    this.#options.events.workerChanged(worker);
    this.#options.owner.onChanged(worker);
  }

  onSuspended(error: ProtocolError): void {
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#suspendedAtMs = this.#options.clock.now();
    this.#options.events.workerSuspended(worker.id, error.code, error.message);
    this.#options.owner.onChanged(worker);
  }

  onResumed(): void {
    const worker = this.#worker;
    this.#secrets.arrived();
    if (worker === undefined) return;
    this.#options.events.workerResumed(worker.id, this.#options.clock.now() - this.#suspendedAtMs);
    this.#options.owner.onChanged(worker);
  }

  onClose(error: ProtocolError): void {
    const worker = this.#worker;
    const { events, owner } = this.#options;
    if (worker === undefined) {
      events.socketRefused(error.code, error.message);
    } else {
      events.workerDisconnected(worker.id, error.code, error.message);
    }
    owner.onClosed(this, worker, error);
  }

  get #resumeOffer(): ResumeOffer | null {
    const { sessionGraceMs } = this.#options;
    if (sessionGraceMs === 0) return null;
    return { isResumed: false, secret: this.#secrets.newest, graceMs: sessionGraceMs, receivedMessages: 0 };
  }
}
