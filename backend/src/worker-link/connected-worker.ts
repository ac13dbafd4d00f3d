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
import { gatewayReasons } from '../pool/gateway-reasons.ts';
import type { Worker, WorkerState } from '../pool/worker.ts';

/** A worker behind an open session. */
export class ConnectedWorker implements Worker {
  readonly id: string;
  readonly account: string;
  readonly kind: WorkerKind;
  readonly capabilities: readonly string[];
  readonly #session: GatewaySession;
  #state: WorkerState = 'probing';
  #reason = '';
  readonly #maxSlots: number;
  #slots: number;

  constructor(hello: Hello, session: GatewaySession, maxSlots: number) {
    this.id = hello.workerId;
    this.account = hello.account;
    this.kind = hello.kind;
    this.capabilities = hello.capabilities;
    this.#maxSlots = maxSlots;
    this.#slots = hello.slots;
    this.#session = session;
  }

  /** A session that ends, or breaks, first tells its streams: who is told by them must not be given this worker again. */
  get state(): WorkerState {
    if (this.#session.closed) return 'gone';
    return this.#session.suspended ? 'suspended' : this.#state;
  }

  /** The worker may say so anew at any time. */
  get slots(): number {
    return Math.min(this.#slots, this.#maxSlots);
  }

  get reason(): string {
    return this.#session.suspended ? gatewayReasons.suspended : this.#reason;
  }

  open(request: RequestHead, events: StreamEvents, options: { readonly bodyless: boolean }): Stream {
    return this.#session.open(request, events, options);
  }

  openSocket(request: RequestHead, events: SocketStreamEvents): SocketStream {
    return this.#session.openSocket(request, events);
  }

  hold(isHeld: boolean): void {
    this.#session.sendHold({ isHeld });
  }

  /** What the worker says of itself; a worker that said goodbye stays on its way out. */
  setStatus({ state, reason, slots }: WorkerStatus): void {
    if (slots !== undefined) this.#slots = slots;
    if (this.#state === 'draining') return;
    this.#state = state;
    this.#reason = reason;
  }

  setDraining(reason: string): void {
    this.#state = 'draining';
    this.#reason = reason;
  }
}
