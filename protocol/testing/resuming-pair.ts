import {
  createGatewaySession,
  createWorkerSession,
  defaultLimits,
  frameRules,
  type GatewaySession,
  type Hello,
  type ProtocolError,
  type RequestHead,
  type ResumeOffer,
  type ServedStream,
  type SessionLimits,
  type StreamEvents,
  type TransportEvents,
  type Welcome,
  type WorkerSession,
} from '@gemini-proxy/protocol';
import { FakeClock } from './fake-clock.ts';
import { FlushQueue } from './flush-queue.ts';
import { naiveEncode } from './naive-codec.ts';
import { RecordedStream } from './recorded-stream.ts';
import { ScriptedTransport } from './scripted-transport.ts';
import { type Exchange, exampleHello, exampleRequest, exampleWelcome } from './session-pair.ts';
import { type MemoryTransport, transportPair } from './transport-pair.ts';

export const exampleGraceMs = 20_000;

export interface ResumingPairOptions {
  readonly limits?: Partial<SessionLimits>;
  readonly welcome?: Partial<Welcome>;
  readonly serve?: (stream: ServedStream) => StreamEvents;
}

/** One connection of a `ResumingPair`. */
export interface Connection {
  readonly gateway: MemoryTransport;
  readonly worker: MemoryTransport;
  /** Ends that made the handshake: they take the transport's events. */
  readonly gatewayEnd: GatewaySession;
  readonly workerEnd: WorkerSession;
}

/** What came of a hello that a test wrote. */
export interface Claim {
  readonly transport: ScriptedTransport;
  error: ProtocolError | undefined;
}

/** Two sessions that survive their connections, with a gateway that knows the newest of its sessions. */
export class ResumingPair {
  readonly clock = new FakeClock();
  readonly flushes = new FlushQueue();
  readonly connections: Connection[] = [];
  readonly served: { readonly stream: ServedStream; readonly record: RecordedStream }[] = [];
  readonly hellos: Hello[] = [];
  /** What became of the sessions, in order: `gateway suspended`, … */
  readonly log: string[] = [];
  /** False for a gateway that has forgotten its sessions. */
  isKnown = true;
  gateway: GatewaySession;
  worker: WorkerSession;
  readonly #options: ResumingPairOptions;
  readonly #limits: SessionLimits;
  #secrets = 0;

  constructor(options: ResumingPairOptions = {}) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    const connection = this.#connect(undefined);
    this.gateway = connection.gatewayEnd;
    this.worker = connection.workerEnd;
  }

  /** A pair whose handshake is done. */
  static open(options: ResumingPairOptions = {}): ResumingPair {
    const pair = new ResumingPair(options);
    pair.settle();
    return pair;
  }

  get connection(): Connection {
    const connection = this.connections.at(-1);
    if (connection === undefined) throw new Error('never connected');
    return connection;
  }

  /** The worker connects again, to go on with its session if it is suspended. */
  dial(): Connection {
    return this.#connect(this.worker);
  }

  /** Cuts the newest connection; what is under way is lost, and both ends know. */
  cut(): void {
    const { gateway, worker } = this.connection;
    for (const end of [gateway, worker]) {
      end.queue.length = 0;
      end.fail();
    }
  }

  /** Cuts the connection, and makes another at once. */
  reconnect(): void {
    this.cut();
    this.dial();
    this.settle();
  }

  /** Somebody else shows what would get the session, over a connection of its own. */
  claim(resume: object): Claim {
    const transport = new ScriptedTransport();
    const claim: Claim = { transport, error: undefined };
    const { clock } = this;
    const end: GatewaySession = createGatewaySession(
      { transport, clock, scheduleFlush: this.flushes.schedule, limits: this.#limits },
      {
        onHello: (hello) => this.#judge(hello, end),
        onOpen: () => {},
        onStatus: () => {},
        onGoaway: () => {},
        onClose: (error) => {
          claim.error = error;
        },
      },
    );
    const payload = new TextEncoder().encode(JSON.stringify({ ...exampleHello, resume }));
    end.receive(naiveEncode([{ type: frameRules.hello.type, flags: 0, stream: 0, payload }]));
    return claim;
  }

  exchange(options: { bodyless?: boolean; request?: Partial<RequestHead> } = {}): Exchange {
    const answer = new RecordedStream();
    const stream = this.gateway.open({ ...exampleRequest, ...options.request }, answer, { bodyless: options.bodyless ?? false });
    this.settle();
    const served = this.served.at(-1);
    if (served === undefined) throw new Error('the worker was given no stream');
    return { stream, answer, served: served.stream, request: served.record };
  }

  /** Turns the event loop until nothing is under way. */
  settle(): void {
    for (;;) {
      this.flushes.run();
      let delivered = 0;
      for (const { gateway, worker } of [...this.connections]) {
        delivered += gateway.deliver() + worker.deliver();
        gateway.deliverClose();
        worker.deliverClose();
      }
      if (delivered === 0 && this.flushes.size === 0) return;
    }
  }

  #connect(resumes: WorkerSession | undefined): Connection {
    const { gateway, worker } = transportPair();
    const { clock } = this;
    const common = { clock, scheduleFlush: this.flushes.schedule, limits: this.#limits };
    const gatewayEnd: GatewaySession = createGatewaySession(
      { ...common, transport: gateway },
      {
        onHello: (hello) => this.#judge(hello, gatewayEnd),
        onOpen: () => {},
        onStatus: (status) => this.log.push(`status ${status.state}`),
        onGoaway: ({ reason }) => this.log.push(`goaway ${reason}`),
        onSuspended: (error) => this.log.push(`gateway suspended: ${error.code}`),
        onResumed: () => this.log.push('gateway resumed'),
        onClose: (error) => {
          if (this.gateway === gatewayEnd) this.log.push(`gateway closed: ${error.code}`);
        },
      },
    );
    const workerEnd = createWorkerSession(
      { ...common, transport: worker, hello: exampleHello, resumes },
      {
        onWelcome: () => {
          this.worker = workerEnd;
          this.log.push('welcome');
        },
        onStream: (stream) => {
          const record = new RecordedStream();
          this.served.push({ stream, record });
          return this.#options.serve?.(stream) ?? record;
        },
        onGoaway: ({ reason }) => this.log.push(`goaway ${reason}`),
        onSuspended: (error) => this.log.push(`worker suspended: ${error.code}`),
        onResumed: () => this.log.push('worker resumed'),
        onClose: (error) => {
          if (this.worker === workerEnd) this.log.push(`worker closed: ${error.code}`);
        },
      },
    );
    gateway.listen(toEvents(gatewayEnd));
    worker.listen(toEvents(workerEnd));
    const connection = { gateway, worker, gatewayEnd, workerEnd };
    this.connections.push(connection);
    return connection;
  }

  #judge(hello: Hello, gatewayEnd: GatewaySession) {
    this.hellos.push(hello);
    const secret = `secret-${++this.#secrets}`;
    if (hello.resume !== null && this.isKnown && !this.gateway.closed) return { session: this.gateway, secret };
    this.gateway = gatewayEnd;
    const resume: ResumeOffer = { isResumed: false, secret, graceMs: exampleGraceMs, receivedMessages: 0 };
    return { ...exampleWelcome, resume, ...this.#options.welcome };
  }
}

function toEvents(session: GatewaySession | WorkerSession): TransportEvents {
  return {
    onOpen: () => {},
    onMessage: (message) => session.receive(message),
    onClose: (code, reason) => session.transportClosed(code, reason),
  };
}
