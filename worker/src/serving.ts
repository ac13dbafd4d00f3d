import { parseOperation } from '@gemini-proxy/gemini';
import {
  type Clock,
  Roster,
  type ServedSocketStream,
  type ServedStream,
  type SocketStreamEvents,
  StreamError,
  type StreamEvents,
} from '@gemini-proxy/protocol';
import { Exchange, type ExchangeContext, type ExchangeOutcome } from './exchange.ts';
import { SocketExchange, type SocketExchangeContext } from './socket/socket-exchange.ts';
import type { ExecuteSocket } from './socket/upstream-socket.ts';
import type { Execute, InFlightRequest, WorkerDeadlines } from './worker.ts';

export interface ServingOptions {
  readonly execute: Execute;
  readonly executeSocket: ExecuteSocket | undefined;
  readonly clock: Clock;
  readonly deadlines: WorkerDeadlines;
  /** Requests at once; more are refused, since a page would queue them silently. */
  readonly slots: number;
  /** Something in the counters or the table changed. */
  onChange(): void;
  onEnd(exchange: RunningExchange, outcome: ExchangeOutcome): void;
}

/** A request or a WebSocket in flight. */
export type RunningExchange = Exchange | SocketExchange;

/** The requests in flight, and the count of those that were. */
export class Serving {
  /** May change at any time. */
  slots: number;
  served = 0;
  failed = 0;
  readonly #options: ServingOptions;
  readonly #context: ExchangeContext;
  readonly #socketContext: SocketExchangeContext | undefined;
  readonly #exchanges = new Roster<RunningExchange>();
  #endedBytesReceived = 0;
  #endedBytesSent = 0;

  constructor(options: ServingOptions) {
    this.#options = options;
    this.slots = options.slots;
    this.#context = {
      execute: options.execute,
      clock: options.clock,
      deadlines: options.deadlines,
      onProgress: () => options.onChange(),
      onEnd: (exchange, outcome) => this.#onEnd(exchange, outcome),
    };
    this.#socketContext = options.executeSocket && {
      executeSocket: options.executeSocket,
      clock: options.clock,
      deadlines: options.deadlines,
      onProgress: () => options.onChange(),
      onEnd: (exchange, outcome) => this.#onEnd(exchange, outcome),
    };
  }

  get size(): number {
    return this.#exchanges.size;
  }

  /** Whether a request that began before then has no answer yet. */
  isWaitedForSince(atMs: number): boolean {
    for (const exchange of this.#exchanges) {
      if (exchange instanceof Exchange && !exchange.isAnswered && exchange.startedAtMs <= atMs) return true;
    }
    return false;
  }

  get bytesReceived(): number {
    let total = this.#endedBytesReceived;
    for (const exchange of this.#exchanges) total += exchange.bytesReceived;
    return total;
  }

  get bytesSent(): number {
    let total = this.#endedBytesSent;
    for (const exchange of this.#exchanges) total += exchange.bytesSent;
    return total;
  }

  accept(stream: ServedStream): StreamEvents {
    return this.#isRefused(stream) ? refusedEvents : this.#added(new Exchange(stream, this.#context));
  }

  acceptSocket(stream: ServedSocketStream): SocketStreamEvents {
    const context = this.#socketContext;
    if (context === undefined) {
      stream.reset(new StreamError('REFUSED', 'This worker opens no WebSockets.', { sentUpstream: false }));
      return refusedEvents;
    }
    return this.#isRefused(stream) ? refusedEvents : this.#added(new SocketExchange(stream, context));
  }

  inFlight(): readonly InFlightRequest[] {
    return [...this.#exchanges].map(toInFlightRequest);
  }

  #isRefused(stream: ServedStream): boolean {
    if (this.#exchanges.size < this.slots) return false;
    stream.reset(new StreamError('REFUSED', `All ${this.slots} slots are in use.`, { sentUpstream: false }));
    return true;
  }

  #added<Added extends RunningExchange>(exchange: Added): Added {
    this.#exchanges.add(exchange);
    this.#options.onChange();
    return exchange;
  }

  #onEnd(exchange: RunningExchange, outcome: ExchangeOutcome): void {
    this.#exchanges.delete(exchange);
    this.#endedBytesReceived += exchange.bytesReceived;
    this.#endedBytesSent += exchange.bytesSent;
    if ('status' in outcome) this.served += 1;
    else if (outcome.error.code !== 'CANCELLED') this.failed += 1;
    this.#options.onEnd(exchange, outcome);
    this.#options.onChange();
  }
}

const refusedEvents: SocketStreamEvents = {
  onHead() {},
  onData() {},
  onMessage() {},
  onClose() {},
  onWritable() {},
  onReset() {},
};

export function toInFlightRequest(exchange: RunningExchange): InFlightRequest {
  const { request } = exchange.stream;
  return {
    attempt: request.attempt,
    operation: request.operation,
    model: parseOperation(request.method, request.path).model,
    startedAtMs: exchange.startedAtMs,
    bytesReceived: exchange.bytesReceived,
    bytesSent: exchange.bytesSent,
  };
}
