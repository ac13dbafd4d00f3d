import { type Clock, Roster } from '@gemini-proxy/protocol';
import { GatewayError } from '../errors.ts';
import type { Events } from '../events.ts';
import type { Pool, PoolWatcher } from '../pool/pool.ts';
import type { Worker } from '../pool/worker.ts';
import type { ClientExchange } from './client-exchange.ts';
import { Deadlines, toTickMs } from './deadlines.ts';
import { Exchange, type LocalWork } from './exchange.ts';
import type { ExchangeContext, Terms } from './exchange-context.ts';
import { ReplayRoom } from './replay-room.ts';
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
  /** Disk space for what of them does not fit into memory, bytes. */
  readonly replayDiskBytes: number;
  /** Where that lies, in files without a name. */
  readonly heldFolder: string;
}

/** Part of the memory for bodies that one of them may have, as a divisor. */
const largestShare = 8;
/** Bytes of a body that are kept of one of the gateway's own calls: what is longer lies on the disk already, and whoever makes the call goes on from there. */
const maxOwnRetainedBytes = 64 * 1024;

/** All running requests. */
export class Orchestrator implements PoolWatcher {
  readonly #running = new Roster<Exchange>();
  readonly #deadlines: Deadlines;
  readonly #replayMemory: ReplayRoom;
  readonly #replayDisk: ReplayRoom;
  readonly #context: ExchangeContext;
  readonly #terms: Terms;
  #sequence = 0;
  #isStopping = false;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(options: OrchestratorOptions) {
    const { pool, clock, events, maxBodyBytes, firstByteTimeoutMs, idleTimeoutMs, requestTimeoutMs } = options;
    const { failoverWaitMs, retryRules, replayMemoryBytes, replayDiskBytes, heldFolder } = options;
    const shortestMs = Math.min(firstByteTimeoutMs, idleTimeoutMs, requestTimeoutMs, failoverWaitMs);
    const deadlines = new Deadlines(clock, toTickMs(shortestMs));
    this.#deadlines = deadlines;
    const memory = new ReplayRoom(replayMemoryBytes);
    // What is never tried again is not worth a write.
    const room = new ReplayRoom(retryRules.maxAttempts > 1 ? replayDiskBytes : 0);
    this.#replayMemory = memory;
    this.#replayDisk = room;
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
      retention: {
        memory,
        maxMemoryBytes: Math.floor(replayMemoryBytes / largestShare),
        disk: { room, folder: heldFolder },
      },
      ownRetention: { memory, maxMemoryBytes: maxOwnRetainedBytes, disk: undefined },
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
    const retainedBytes = this.#replayMemory.usedBytes + this.#replayDisk.usedBytes;
    return { running: this.#running.size, timed: this.#deadlines.size, retainedBytes };
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
  /** Bytes of bodies that may have to be sent again, in memory and on disk. */
  readonly retainedBytes: number;
}

function stopping(): GatewayError {
  return new GatewayError('SHUTTING_DOWN', 'The gateway is stopping; try again when it is back.');
}
