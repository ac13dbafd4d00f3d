import type { Clock } from '@gemini-proxy/protocol';
import { GatewayError } from '../errors.ts';
import type { Events } from '../events.ts';
import type { Pool } from '../pool/pool.ts';
import type { ClientSocket } from './client-socket.ts';
import { Deadlines, toTickMs } from './deadlines.ts';
import { type LiveContext, LiveSession } from './live-session.ts';

export interface LiveSessionsOptions {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly events: Events;
  /** Milliseconds without a message in either direction. */
  readonly liveIdleTimeoutMs: number;
}

/** Milliseconds for the handshake with the upstream: a little more than a worker gives itself. */
const openTimeoutMs = 45_000;
/** Milliseconds for the second side to close once the first has. */
const closeTimeoutMs = 15_000;

/** All WebSockets of clients. */
export class LiveSessions {
  readonly #running = new Set<LiveSession>();
  readonly #deadlines: Deadlines;
  readonly #context: LiveContext;
  #sequence = 0;
  #isDraining = false;
  #isStopping = false;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor({ pool, clock, events, liveIdleTimeoutMs }: LiveSessionsOptions) {
    const deadlines = new Deadlines(clock, toTickMs(Math.min(liveIdleTimeoutMs, closeTimeoutMs)));
    this.#deadlines = deadlines;
    this.#context = {
      pool,
      clock,
      events,
      deadlines,
      openTicks: deadlines.toTicks(openTimeoutMs),
      idleTicks: deadlines.toTicks(liveIdleTimeoutMs),
      closeTicks: deadlines.toTicks(closeTimeoutMs),
      onDone: (session) => this.#onDone(session),
    };
  }

  /** Takes a WebSocket in and sees it through. */
  handle(client: ClientSocket): void {
    this.#sequence += 1;
    const session = new LiveSession(`live-${this.#sequence.toString(36)}`, client, this.#context);
    this.#running.add(session);
    client.bind(session);
    session.start();
    if (this.#isDraining) session.fail(stopping());
  }

  get running(): number {
    return this.#running.size;
  }

  /** Takes no new ones; resolves when the running ones are over. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    if (this.#running.size === 0) return;
    this.#idle ??= Promise.withResolvers();
    await this.#idle.promise;
  }

  /** Closes all, since they have no end of their own; resolves when they are over. */
  async close(): Promise<void> {
    this.#isStopping = true;
    for (const session of [...this.#running]) session.fail(stopping());
    await this.drain();
  }

  /** Cuts what is still there. */
  destroy(): void {
    for (const session of [...this.#running]) session.destroy();
  }

  debugState(): { readonly running: number; readonly timed: number } {
    return { running: this.#running.size, timed: this.#deadlines.size };
  }

  #onDone(session: LiveSession): void {
    this.#running.delete(session);
    if (this.#running.size > 0) return;
    this.#idle?.resolve();
    if (this.#isStopping) this.#deadlines.destroy();
  }
}

function stopping(): GatewayError {
  return new GatewayError('SHUTTING_DOWN', 'The gateway is stopping; try again when it is back.');
}
