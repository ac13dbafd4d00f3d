import {
  createGatewaySession,
  createWorkerSession,
  defaultLimits,
  type GatewaySession,
  type Hello,
  type ProtocolError,
  type RequestHead,
  type ServedSocketStream,
  type ServedStream,
  type SessionLimits,
  type SocketStream,
  type SocketStreamEvents,
  type Stream,
  type StreamEvents,
  type TransportEvents,
  type Welcome,
  type WorkerSession,
  type WorkerStatus,
} from '@gemini-proxy/protocol';
import { FakeClock } from './fake-clock.ts';
import { FlushQueue } from './flush-queue.ts';
import { RecordedSocket, RecordedStream } from './recorded-stream.ts';
import { type MemoryTransport, transportPair } from './transport-pair.ts';

export const exampleHello: Hello = {
  version: 1,
  token: 'worker-token',
  workerId: 'worker-1',
  account: 'default',
  kind: 'emulator',
  slots: 4,
  capabilities: [],
  resume: null,
};

export const exampleWelcome: Welcome = {
  version: 1,
  sessionId: 'session-1',
  windowBytes: 256 * 1024,
  pingIntervalMs: 15_000,
  resume: null,
};

export const exampleRequest: RequestHead = {
  attempt: 'attempt-1',
  method: 'POST',
  path: '/v1beta/models/m:generateContent',
  headers: [['content-type', 'application/json']],
  operation: 'models.generateContent',
};

export const exampleHandshake: RequestHead = {
  attempt: 'attempt-1',
  method: 'GET',
  path: '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent',
  headers: [['sec-websocket-protocol', 'live']],
  operation: 'live.bidiGenerateContent',
};

export interface SessionPairOptions {
  readonly hello?: Partial<Hello>;
  readonly limits?: Partial<SessionLimits>;
  readonly welcome?: Partial<Welcome>;
  /** What the gateway says to hello, instead of the welcome. */
  readonly verdict?: ProtocolError;
  /** Handlers of the streams that the worker is given; recorded when there are none. */
  readonly serve?: (stream: ServedStream) => StreamEvents;
  /** The same for websocket streams. */
  readonly serveSocket?: (stream: ServedSocketStream) => SocketStreamEvents;
}

/** Two sessions over a pair in memory, on a clock and an event loop that the test moves. */
export class SessionPair {
  readonly clock = new FakeClock();
  readonly flushes = new FlushQueue();
  readonly gateway: GatewaySession;
  readonly worker: WorkerSession;
  readonly gatewayTransport: MemoryTransport;
  readonly workerTransport: MemoryTransport;
  readonly statuses: WorkerStatus[] = [];
  readonly goaways: string[] = [];
  /** What the worker was told of being held back. */
  readonly holds: boolean[] = [];
  gatewayError: ProtocolError | undefined;
  workerError: ProtocolError | undefined;
  /** Streams as the worker sees them, in the order of their opening. */
  readonly served: { readonly stream: ServedStream; readonly record: RecordedStream }[] = [];
  readonly servedSockets: { readonly stream: ServedSocketStream; readonly record: RecordedSocket }[] = [];

  constructor(options: SessionPairOptions = {}) {
    const { gateway: gatewayTransport, worker: workerTransport } = transportPair();
    this.gatewayTransport = gatewayTransport;
    this.workerTransport = workerTransport;
    const limits = { ...defaultLimits, ...options.limits };
    const common = { clock: this.clock, scheduleFlush: this.flushes.schedule, limits };
    this.gateway = createGatewaySession(
      { ...common, transport: gatewayTransport },
      {
        onHello: () => options.verdict ?? { ...exampleWelcome, ...options.welcome },
        onOpen: () => {},
        onStatus: (status) => this.statuses.push(status),
        onGoaway: (goaway) => this.goaways.push(`worker: ${goaway.reason}`),
        onClose: (error) => {
          this.gatewayError = error;
        },
      },
    );
    this.worker = createWorkerSession(
      { ...common, transport: workerTransport, hello: { ...exampleHello, ...options.hello } },
      {
        onWelcome: () => {},
        onStream: (stream) => {
          const record = new RecordedStream();
          this.served.push({ stream, record });
          return options.serve?.(stream) ?? record;
        },
        onSocket: (stream) => {
          const record = new RecordedSocket();
          this.servedSockets.push({ stream, record });
          return options.serveSocket?.(stream) ?? record;
        },
        onGoaway: (goaway) => this.goaways.push(`gateway: ${goaway.reason}`),
        onHold: ({ isHeld }) => this.holds.push(isHeld),
        onClose: (error) => {
          this.workerError = error;
        },
      },
    );
    gatewayTransport.listen(toEvents(this.gateway));
    workerTransport.listen(toEvents(this.worker));
  }

  /** A pair whose handshake is done. */
  static open(options: SessionPairOptions = {}): SessionPair {
    const pair = new SessionPair(options);
    pair.settle();
    return pair;
  }

  /** Opens a stream with handlers that record, and lets the worker have it. */
  exchange(options: { bodyless?: boolean; request?: Partial<RequestHead> } = {}): Exchange {
    const answer = new RecordedStream();
    const stream = this.gateway.open({ ...exampleRequest, ...options.request }, answer, { bodyless: options.bodyless ?? false });
    this.settle();
    const served = this.served.at(-1);
    if (served === undefined) throw new Error('the worker was given no stream');
    return { stream, answer, served: served.stream, request: served.record };
  }

  /** Opens a websocket stream with handlers that record, and lets the worker have it; `status` answers it at once. */
  socket(options: { status?: number } = {}): SocketExchange {
    const answer = new RecordedSocket();
    const stream = this.gateway.openSocket(exampleHandshake, answer);
    this.settle();
    const served = this.servedSockets.at(-1);
    if (served === undefined) throw new Error('the worker was given no socket');
    if (options.status !== undefined) served.stream.sendHead({ status: options.status, headers: [] });
    this.settle();
    return { stream, answer, served: served.stream, request: served.record };
  }

  /** Turns the event loop until nothing is under way. */
  settle(): void {
    for (;;) {
      this.flushes.run();
      const delivered = this.gatewayTransport.deliver() + this.workerTransport.deliver();
      this.gatewayTransport.deliverClose();
      this.workerTransport.deliverClose();
      if (delivered === 0 && this.flushes.size === 0) return;
    }
  }
}

export interface Exchange {
  readonly stream: Stream;
  /** What the gateway's handlers were told. */
  readonly answer: RecordedStream;
  readonly served: ServedStream;
  /** What the worker's handlers were told. */
  readonly request: RecordedStream;
}

export interface SocketExchange {
  readonly stream: SocketStream;
  /** What the gateway's handlers were told. */
  readonly answer: RecordedSocket;
  readonly served: ServedSocketStream;
  /** What the worker's handlers were told. */
  readonly request: RecordedSocket;
}

function toEvents(session: GatewaySession | WorkerSession): TransportEvents {
  return {
    onOpen: () => {},
    onMessage: (message) => session.receive(message),
    onClose: (code, reason) => session.transportClosed(code, reason),
  };
}
