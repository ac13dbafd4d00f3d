import { isRepeatable, type OperationName } from '@gemini-proxy/gemini';
import type { GatewayError } from '../errors.ts';
import type { Requirement } from '../pool/requirement.ts';
import { isUntouched, type Remedy, type RepeatRules, remedyFor, toClientError } from './failures.ts';

/** How often, and what, is tried again. */
export interface RetryRules {
  /** Tries of one request at most, the first one included. */
  readonly maxAttempts: number;
  /** What is tried again that a worker has sent upstream. */
  readonly retrySent: 'repeatable' | 'all';
}

/** What is asked about. */
export interface TriedRequest {
  readonly method: string;
  readonly operation: OperationName;
  /** The gateway's own: whoever makes the call sees to what may have been executed. */
  readonly isOwn: boolean;
}

/** What was tried for one request, and what may be tried still. */
export class Tries {
  readonly #request: TriedRequest;
  readonly #rules: RetryRules;
  #count = 0;
  /** Made at the first failure, which most requests never have. */
  #failedWorkers: Set<string> | undefined;
  #lastFailure: Error | undefined;

  constructor(request: TriedRequest, rules: RetryRules) {
    this.#request = request;
    this.#rules = rules;
  }

  get count(): number {
    return this.#count;
  }

  begin(): void {
    this.#count += 1;
  }

  /** What can be done after this failure, before which nothing of an answer came. */
  remedyFor(error: Error): Remedy {
    return this.#count < this.#rules.maxAttempts ? remedyFor(error, this.repeatRules) : 'none';
  }

  get repeatRules(): RepeatRules {
    const { method, operation, isOwn } = this.#request;
    const whenSent = this.#rules.retrySent === 'all' || isRepeatable(method, operation);
    return { whenSent, whenLost: whenSent || !isOwn };
  }

  failed(workerId: string, error: Error): void {
    this.#failedWorkers ??= new Set();
    this.#failedWorkers.add(workerId);
    this.#lastFailure = error;
  }

  /** What the worker of the next try must be like; `without` one more than those that failed. */
  requirement(terms: Requirement, without?: string): Requirement {
    const avoid = new Set(this.#failedWorkers);
    if (without !== undefined) avoid.add(without);
    return avoid.size === 0 ? terms : { ...terms, avoid };
  }

  /** What a client is told when there can be no further try. */
  toLastError(): GatewayError {
    return toClientError(this.#lastFailure ?? new Error('a body outgrew its memory before it was sent'));
  }

  /** What a client is told when no worker takes its request: what came of the try that may have had an effect, if there was one. */
  toFinalError(unavailable: GatewayError): GatewayError {
    const failure = this.#lastFailure;
    const isTelling = failure !== undefined && !isUntouched(failure) && unavailable.reason !== 'SHUTTING_DOWN';
    return isTelling ? toClientError(failure) : unavailable;
  }
}
