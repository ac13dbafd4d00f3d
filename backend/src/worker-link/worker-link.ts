import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  type Clock,
  type Hello,
  ProtocolError,
  type ProtocolErrorCode,
  type SessionDebugState,
  type SessionLimits,
  subprotocol,
} from '@gemini-proxy/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import { isOwnOrigin, originAllowed } from '../auth/origin.ts';
import type { Config } from '../config/config.ts';
import type { Events } from '../events.ts';
import type { Pool } from '../pool/pool.ts';
import type { ConnectedWorker } from './connected-worker.ts';
import { WebSocketTransport } from './websocket-transport.ts';
import { type ConnectionOwner, WorkerConnection } from './worker-connection.ts';

export interface WorkerLinkOptions {
  readonly config: Pick<
    Config,
    'workerOrigins' | 'windowBytes' | 'pingIntervalMs' | 'sessionGraceMs' | 'maxSlotsPerWorker' | 'maxWorkers'
  >;
  readonly isWorkerToken: (presented: string) => boolean;
  readonly pool: Pick<Pool, 'add' | 'remove' | 'changed'>;
  readonly limits: SessionLimits;
  readonly clock: Clock;
  readonly events: Events;
  /** Hears of bytes that are sent or received. */
  readonly onBytes: (byteCount: number) => void;
}

/** Milliseconds that a peer gets to answer a close. */
const closeTimeoutMs = 3_000;
/** Sockets beyond those of workers, either before their hello or closing; a flood of them is turned away at the upgrade. */
const maxStrangers = 32;

/** Ends of a session that say nothing against its worker. */
const orderlyEnds: ReadonlySet<ProtocolErrorCode> = new Set<ProtocolErrorCode>(['CLOSED', 'GOING_AWAY', 'REPLACED']);

/** The WebSocket endpoint of the workers: who may connect, and the sessions of those who are. */
export class WorkerLink implements ConnectionOwner {
  readonly #options: WorkerLinkOptions;
  readonly #server: WebSocketServer;
  readonly #strangers = new Set<WorkerConnection>();
  readonly #connections = new Map<string, WorkerConnection>();
  #openSockets = 0;
  #isStopping = false;

  constructor(options: WorkerLinkOptions) {
    this.#options = options;
    // Not written in place, since the types do not know `closeTimeout` yet.
    const serverOptions = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.limits.maxMessageBytes,
      closeTimeout: closeTimeoutMs,
      handleProtocols: () => subprotocol,
    };
    this.#server = new WebSocketServer(serverOptions);
  }

  /** Takes a request to upgrade, or turns it away. */
  readonly handleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const refusal = this.#refusalOf(request);
    if (refusal !== undefined) {
      this.#options.events.socketRefused(refusal.code, refusal.message);
      turnAway(socket, refusal.status);
      return;
    }
    if (socket instanceof Socket) socket.setNoDelay(true).setKeepAlive(false);
    this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#accept(webSocket));
  };

  /** Asks the workers to take nothing new; what runs goes on. */
  drain(reason: string): void {
    this.#isStopping = true;
    for (const connection of this.#connections.values()) connection.drain(reason);
  }

  /** Asks one worker to take nothing new; `false`: there is none of this id. */
  drainWorker(workerId: string, reason: string): boolean {
    const connection = this.#connections.get(workerId);
    const worker = connection?.worker;
    if (connection === undefined || worker === undefined) return false;
    connection.drain(reason);
    worker.setDraining(reason);
    this.#options.events.workerChanged(worker);
    this.onChanged(worker);
    return true;
  }

  /** Ends the session of one worker, which may come back; `false`: there is none of this id. */
  disconnectWorker(workerId: string, reason: string): boolean {
    const connection = this.#connections.get(workerId);
    connection?.destroy(new ProtocolError('CLOSED', reason));
    return connection !== undefined;
  }

  destroy(error: ProtocolError): void {
    this.#isStopping = true;
    for (const connection of [...this.#strangers, ...this.#connections.values()]) connection.destroy(error);
    this.#server.close();
  }

  debugState(): WorkerLinkDebugState {
    const sessions = [...this.#connections].map(([workerId, connection]) => [workerId, connection.debugState()] as const);
    return { strangers: this.#strangers.size, sessions: Object.fromEntries(sessions) };
  }

  judge(connection: WorkerConnection, hello: Hello): ProtocolError | WorkerConnection | undefined {
    const { token, workerId } = hello;
    if (!this.#options.isWorkerToken(token)) return new ProtocolError('UNAUTHORIZED', 'The worker token is wrong.');
    const older = this.#connections.get(workerId);
    // Even while the gateway stops: what runs on that session may still finish.
    if (older?.mayBeResumedBy(hello)) {
      this.#strangers.delete(connection);
      return older;
    }
    if (this.#isStopping) return new ProtocolError('GOING_AWAY', 'The gateway is stopping.');
    const { maxWorkers } = this.#options.config;
    if (this.#connections.size >= maxWorkers && older === undefined) {
      return new ProtocolError('LIMIT_EXCEEDED', `The gateway takes ${maxWorkers} workers at most.`);
    }
    return undefined;
  }

  onReady(connection: WorkerConnection, worker: ConnectedWorker): void {
    const older = this.#connections.get(worker.id);
    this.#strangers.delete(connection);
    this.#connections.set(worker.id, connection);
    older?.destroy(new ProtocolError('REPLACED', `Another connection took over the worker id ${worker.id}.`));
    this.#options.pool.add(worker);
  }

  onChanged(worker: ConnectedWorker): void {
    this.#options.pool.changed(worker);
  }

  onClosed(connection: WorkerConnection, worker: ConnectedWorker | undefined, error: ProtocolError): void {
    this.#strangers.delete(connection);
    if (worker === undefined) return;
    if (this.#connections.get(worker.id) === connection) this.#connections.delete(worker.id);
    this.#options.pool.remove(worker, !orderlyEnds.has(error.code));
  }

  #accept(webSocket: WebSocket): void {
    this.#openSockets += 1;
    webSocket.once('close', () => {
      this.#openSockets -= 1;
    });
    const { clock, limits, events, config, onBytes } = this.#options;
    const connection = new WorkerConnection({
      transport: new WebSocketTransport(webSocket, onBytes),
      clock,
      limits,
      windowBytes: config.windowBytes,
      pingIntervalMs: config.pingIntervalMs,
      sessionGraceMs: config.sessionGraceMs,
      maxSlots: config.maxSlotsPerWorker,
      events,
      owner: this,
    });
    this.#strangers.add(connection);
  }

  /** Sessions that have a socket. */
  get #connectedCount(): number {
    let count = 0;
    for (const connection of this.#connections.values()) if (!connection.isSuspended) count += 1;
    return count;
  }

  #refusalOf({ headers }: IncomingMessage): UpgradeRefusal | undefined {
    const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
    if (!offered.includes(subprotocol)) {
      return { status: '400 Bad Request', code: 'SUBPROTOCOL', message: `The subprotocol ${subprotocol} is not offered.` };
    }
    // The gateway's own page is the bridge, which has judged the page behind it.
    if (!originAllowed(headers.origin, this.#options.config.workerOrigins) && !isOwnOrigin(headers.origin, headers.host)) {
      return { status: '403 Forbidden', code: 'ORIGIN', message: `Pages of ${headers.origin} may not connect.` };
    }
    if (this.#isStopping || this.#openSockets - this.#connectedCount >= maxStrangers) {
      return {
        status: '503 Service Unavailable',
        code: 'TOO_MANY',
        message: 'Too many sockets are open, or the gateway is stopping.',
      };
    }
    return undefined;
  }
}

export interface WorkerLinkDebugState {
  /** Sockets before their welcome. */
  readonly strangers: number;
  readonly sessions: Readonly<Record<string, SessionDebugState>>;
}

interface UpgradeRefusal {
  readonly status: string;
  readonly code: string;
  readonly message: string;
}

function turnAway(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`, () => socket.destroy());
}
