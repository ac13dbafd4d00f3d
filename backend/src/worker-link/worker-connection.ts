import { randomUUID } from 'node:crypto';
import {
  type Clock,
  createGatewaySession,
  type GatewaySession,
  type GatewaySessionEvents,
  type Goaway,
  type Hello,
  type ProtocolError,
  type SessionDebugState,
  type SessionLimits,
  type Welcome,
  type WorkerStatus,
} from '@gemini-proxy/protocol';
import type { Events } from '../events.ts';
import { ConnectedWorker } from './connected-worker.ts';
import type { WebSocketTransport } from './websocket-transport.ts';

export interface WorkerConnectionOptions {
  readonly transport: WebSocketTransport;
  readonly clock: Clock;
  readonly limits: SessionLimits;
  readonly windowBytes: number;
  readonly pingIntervalMs: number;
  readonly maxSlots: number;
  readonly events: Events;
  readonly owner: ConnectionOwner;
}

/** What a connection asks and tells the worker link. */
export interface ConnectionOwner {
  /** Why this hello is not welcome, if so. */
  judge(hello: Hello): ProtocolError | undefined;
  onReady(connection: WorkerConnection, worker: ConnectedWorker): void;
  onChanged(worker: ConnectedWorker): void;
  onClosed(connection: WorkerConnection, worker: ConnectedWorker | undefined, error: ProtocolError): void;
}

/** One socket of a worker, from its hello to its end. */
export class WorkerConnection implements GatewaySessionEvents {
  readonly #options: WorkerConnectionOptions;
  readonly #session: GatewaySession;
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

  debugState(): SessionDebugState {
    return this.#session.debugState();
  }

  onHello(hello: Hello): Welcome | ProtocolError {
    const refusal = this.#options.owner.judge(hello);
    if (refusal !== undefined) return refusal;
    this.#hello = hello;
    const { windowBytes, pingIntervalMs } = this.#options;
    return { version: hello.version, sessionId: randomUUID(), windowBytes, pingIntervalMs, resume: null };
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
}
