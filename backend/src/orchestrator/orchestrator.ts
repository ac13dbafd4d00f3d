import { type Clock, Roster } from '@gemini-proxy/protocol';
import { GatewayError } from '../errors.ts';
import type { Events } from '../events.ts';
import type { Pool, PoolWatcher } from '../pool/pool.ts';
import type { Worker } from '../pool/worker.ts';
import type { ClientExchange } from './client-exchange.ts';
import { Deadlines, toTickMs } from './deadlines.ts';
import { Exchange, type ExchangeContext, type LocalWork, type Terms } from './exchange.ts';
import { ReplayMemory } from './replay-memory.ts';
import type { RetryRules } from './tries.ts';

export interface OrchestratorOptions {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly events: Events;
  readonly maxBodyBytes: number;
  readonly firstByteTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** Milliseconds that an unanswered request waits for a worker that has lost its connection. */
  readonly failoverWaitMs: number;
  readonly retryRules: RetryRules;
  /** Memory for bodies that may have to be sent again, bytes. */
  readonly replayMemoryBytes: number;
}

/** All running requests. */
export class Orchestrator implements PoolWatcher {
  readonly #running = new Roster<Exchange>();
  readonly #deadlines: Deadlines;
  readonly #context: ExchangeContext;
  readonly #terms: Terms;
  #sequence = 0;
  #isStopping = false;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(options: OrchestratorOptions) {
    const { pool, clock, events, maxBodyBytes, firstByteTimeoutMs, idleTimeoutMs, requestTimeoutMs } = options;
    const { failoverWaitMs, retryRules } = options;
    const shortestMs = Math.min(firstByteTimeoutMs, idleTimeoutMs, requestTimeoutMs, failoverWaitMs);
    const deadlines = new Deadlines(clock, toTickMs(shortestMs));
    this.#deadlines = deadlines;
    this.#terms = { account: undefined, maxBodyBytes };
    this.#context = {
      pool,
      clock,
      events,
      deadlines,
      firstByteTicks: deadlines.toTicks(firstByteTimeoutMs),
      idleTicks: deadlines.toTicks(idleTimeoutMs),
      requestTicks: deadlines.toTicks(requestTimeoutMs),
      failoverTicks: deadlines.toTicks(failoverWaitMs),
      retryRules,
      replayMemory: new ReplayMemory(options.replayMemoryBytes),
      onDone: (exchange) => this.#onDone(exchange),
    };
    pool.watch(this);
  }

  /** Takes a request in and sees it through. */
  handle(client: ClientExchange, terms: Terms = this.#terms): void {
    this.#begin(client, terms).start();
  }

  /** Takes a request in that the gateway answers itself; the work is given up when nobody waits for it any more. */
  answer(client: ClientExchange, work: LocalWork): void {
    this.#begin(client, this.#terms).answer(work);
  }

  /** Takes a request in and refuses it. */
  refuse(client: ClientExchange, error: GatewayError): void {
    this.#begin(client, this.#terms).refuse(error);
  }

  get running(): number {
    return this.#running.size;
  }

  /** Refuses new requests, and those that wait for a worker; resolves when the running ones are over. */
  async close(): Promise<void> {
    this.#isStopping = true;
    this.#context.pool.refuseWaiting(stopping());
    if (this.#running.size === 0) return;
    this.#idle ??= Promise.withResolvers();
    await this.#idle.promise;
  }

  /** Fails what still runs. */
  destroy(): void {
    this.#isStopping = true;
    for (const exchange of this.#running) exchange.fail(stopping());
  }

  onWorkerUnready(worker: Worker): void {
    for (const exchange of this.#running) exchange.onWorkerUnready(worker);
  }

  debugState(): OrchestratorDebugState {
    const { deadlines, replayMemory } = this.#context;
    return { running: this.#running.size, timed: deadlines.size, retainedBytes: replayMemory.usedBytes };
  }

  #begin(client: ClientExchange, terms: Terms): Exchange {
    this.#sequence += 1;
    const exchange = new Exchange(this.#sequence.toString(36), client, terms, this.#context);
    this.#running.add(exchange);
    client.bind(exchange);
    if (this.#isStopping) exchange.refuse(stopping());
    return exchange;
  }

  #onDone(exchange: Exchange): void {
    this.#running.delete(exchange);
    if (this.#running.size > 0) return;
    this.#idle?.resolve();
    if (this.#isStopping) this.#deadlines.destroy();
  }
}

export interface OrchestratorDebugState {
  readonly running: number;
  readonly timed: number;
  /** Bytes of bodies that may have to be sent again. */
  readonly retainedBytes: number;
}

function stopping(): GatewayError {
  return new GatewayError('SHUTTING_DOWN', 'The gateway is stopping; try again when it is back.');
}
