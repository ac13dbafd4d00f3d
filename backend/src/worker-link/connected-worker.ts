import type {
  GatewaySession,
  Hello,
  RequestHead,
  SocketStream,
  SocketStreamEvents,
  Stream,
  StreamEvents,
  WorkerKind,
  WorkerStatus,
} from '@gemini-proxy/protocol';
import type { Worker, WorkerState } from '../pool/worker.ts';

/** A worker behind an open session. */
export class ConnectedWorker implements Worker {
  readonly id: string;
  readonly account: string;
  readonly kind: WorkerKind;
  readonly capabilities: readonly string[];
  readonly slots: number;
  readonly #session: GatewaySession;
  #state: WorkerState = 'probing';
  #reason = '';

  constructor(hello: Hello, session: GatewaySession, maxSlots: number) {
    this.id = hello.workerId;
    this.account = hello.account;
    this.kind = hello.kind;
    this.capabilities = hello.capabilities;
    this.slots = Math.min(hello.slots, maxSlots);
    this.#session = session;
  }

  /** A session that ends first fails its streams: who is told by them must not be given this worker again. */
  get state(): WorkerState {
    return this.#session.closed ? 'gone' : this.#state;
  }

  get reason(): string {
    return this.#reason;
  }

  open(request: RequestHead, events: StreamEvents, options: { readonly bodyless: boolean }): Stream {
    return this.#session.open(request, events, options);
  }

  openSocket(request: RequestHead, events: SocketStreamEvents): SocketStream {
    return this.#session.openSocket(request, events);
  }

  /** What the worker says of itself; a worker that said goodbye stays on its way out. */
  setStatus({ state, reason }: WorkerStatus): void {
    if (this.#state === 'draining') return;
    this.#state = state;
    this.#reason = reason;
  }

  setDraining(reason: string): void {
    this.#state = 'draining';
    this.#reason = reason;
  }
}
