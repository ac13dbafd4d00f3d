import type { ResponseHead } from '@gemini-proxy/protocol';
import type { GatewayError } from '../errors.ts';
import type { AnsweringWorker } from './client-exchange.ts';

/** Who keeps the record of one request. Methods are cheap, and never throw. */
export interface RequestTrace {
  /** It asks for a worker. */
  onQueued(): void;
  /** An attempt begins. */
  onLeased(worker: AnsweringWorker): void;
  /** All of it is with the worker. */
  onSent(): void;
  onAttemptFailed(error: Error): void;
  onRequestBody(chunk: Uint8Array): void;
  onHead(head: ResponseHead): void;
  /** A piece of the answer; it is not changed any more, and may be kept. */
  onAnswerBody(chunk: Uint8Array): void;
  /** The last. */
  onEnded(end: TraceEnd): void;
}

export interface TraceEnd {
  readonly outcome: 'completed' | 'failed' | 'cancelled';
  /** Why the gateway answered, or cut the answer, for itself. */
  readonly error: GatewayError | undefined;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly notes: readonly string[] | undefined;
}
