import { parseOperation } from '@gemini-proxy/gemini';
import { type Clock, type ServedStream, StreamError, type StreamEvents } from '@gemini-proxy/protocol';
import { Exchange, type ExchangeContext, type ExchangeOutcome } from './exchange.ts';
import type { Execute, InFlightRequest, WorkerDeadlines } from './worker.ts';

export interface ServingOptions {
  readonly execute: Execute;
  readonly clock: Clock;
  readonly deadlines: WorkerDeadlines;
  /** Requests at once; more are refused, since a page would queue them silently. */
  readonly slots: number;
  /** Something in the counters or the table changed. */
  onChange(): void;
  onEnd(exchange: Exchange, outcome: ExchangeOutcome): void;
}

/** The requests in flight, and the count of those that were. */
export class Serving {
  served = 0;
  failed = 0;
  readonly #options: ServingOptions;
  readonly #context: ExchangeContext;
  readonly #exchanges = new Set<Exchange>();
  #endedBytesReceived = 0;
  #endedBytesSent = 0;

  constructor(options: ServingOptions) {
    this.#options = options;
    this.#context = {
      execute: options.execute,
      clock: options.clock,
      deadlines: options.deadlines,
      onProgress: () => options.onChange(),
      onEnd: (exchange, outcome) => this.#onEnd(exchange, outcome),
    };
  }

  get size(): number {
    return this.#exchanges.size;
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
    if (this.#exchanges.size >= this.#options.slots) {
      stream.reset(new StreamError('REFUSED', `All ${this.#options.slots} slots are in use.`, { sentUpstream: false }));
      return refusedEvents;
    }
    const exchange = new Exchange(stream, this.#context);
    this.#exchanges.add(exchange);
    this.#options.onChange();
    return exchange;
  }

  inFlight(): readonly InFlightRequest[] {
    return [...this.#exchanges].map(toInFlightRequest);
  }

  #onEnd(exchange: Exchange, outcome: ExchangeOutcome): void {
    this.#exchanges.delete(exchange);
    this.#endedBytesReceived += exchange.bytesReceived;
    this.#endedBytesSent += exchange.bytesSent;
    if ('status' in outcome) this.served += 1;
    else if (outcome.error.code !== 'CANCELLED') this.failed += 1;
    this.#options.onEnd(exchange, outcome);
    this.#options.onChange();
  }
}

const refusedEvents: StreamEvents = { onHead() {}, onData() {}, onWritable() {}, onReset() {} };

function toInFlightRequest(exchange: Exchange): InFlightRequest {
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
