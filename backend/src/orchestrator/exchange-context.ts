import type { Clock } from '@gemini-proxy/protocol';
import type { Events } from '../events.ts';
import type { Pool, Requirement } from '../pool/pool.ts';
import type { Deadlines } from './deadlines.ts';
import type { Exchange } from './exchange.ts';
import type { Retention } from './retained-body.ts';
import type { RetryRules } from './tries.ts';

/** What all exchanges of an orchestrator share. */
export interface ExchangeContext {
  readonly pool: Pool;
  readonly deadlines: Deadlines;
  readonly events: Events;
  readonly clock: Clock;
  readonly firstByteTicks: number;
  readonly idleTicks: number;
  readonly requestTicks: number;
  readonly failoverTicks: number;
  readonly retryRules: RetryRules;
  /** Of the bodies of clients. */
  readonly retention: Retention;
  /** Of the bodies of the gateway's own calls. */
  readonly ownRetention: Retention;
  readonly onDone: (exchange: Exchange) => void;
}

/** On what terms a request is taken. */
export interface Terms extends Requirement {
  /** Largest request body, bytes. */
  readonly maxBodyBytes: number;
  /** The gateway's own call: whoever makes it sees to a repetition of what may have been executed. */
  readonly isOwn?: boolean;
}
