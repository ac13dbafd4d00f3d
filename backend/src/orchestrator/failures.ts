import { ProtocolError, StreamError, type StreamErrorCode } from '@gemini-proxy/protocol';
import { GatewayError, type GatewayErrorReason, toGatewayError } from '../errors.ts';
import type { AttemptFailure } from '../pool/lease.ts';

interface Failure {
  readonly reason: GatewayErrorReason;
  readonly message: string;
}

/** How a stream's failure is told to the client. */
const failures: Record<StreamErrorCode, Failure> = {
  CANCELLED: { reason: 'WORKER_LOST', message: 'The worker gave the request up.' },
  RESPONSE_COMPLETE: { reason: 'UPSTREAM_CUT', message: 'The worker ended the answer before it was complete.' },
  REFUSED: { reason: 'ALL_WORKERS_BUSY', message: 'The worker did not take the request.' },
  UPSTREAM_UNREACHABLE: { reason: 'UPSTREAM_UNREACHABLE', message: 'The worker got no answer from the Gemini API.' },
  UPSTREAM_CUT: { reason: 'UPSTREAM_CUT', message: 'The answer of the Gemini API broke off.' },
  FIRST_BYTE_TIMEOUT: { reason: 'FIRST_BYTE_TIMEOUT', message: 'The Gemini API did not begin to answer in time.' },
  IDLE_TIMEOUT: { reason: 'IDLE_TIMEOUT', message: 'The answer of the Gemini API was silent for too long.' },
  SESSION_LOST: { reason: 'WORKER_LOST', message: 'The connection to the worker was lost.' },
  INTERNAL: { reason: 'WORKER_LOST', message: 'The worker failed.' },
};

/** Turns whatever ended an attempt into what the client is told. */
export function toClientError(error: Error): GatewayError {
  if (error instanceof StreamError) {
    const { reason, message } = failures[error.code];
    const detail = error.message === '' ? message : `${message} (${error.message})`;
    return new GatewayError(reason, detail, { metadata: { stream: error.code }, cause: error });
  }
  if (error instanceof ProtocolError) {
    return isRequestOdd(error)
      ? new GatewayError('MALFORMED_REQUEST', 'The request has a head that no worker takes.', { cause: error })
      : new GatewayError('WORKER_LOST', `The worker was lost before it took the request. (${error.message})`, { cause: error });
  }
  return toGatewayError(error);
}

/** What a client is told whose request body is larger than the limit. */
export function bodyTooLarge(maxBodyBytes: number): GatewayError {
  const metadata = { maxBodyBytes: String(maxBodyBytes) };
  return new GatewayError('BODY_TOO_LARGE', `The request body is larger than the limit of ${maxBodyBytes} bytes.`, { metadata });
}

/** What the pool is told of a failed attempt; `undefined` where it is not the worker's affair, or the pool knows by itself. */
export function toAttemptFailure(error: Error): AttemptFailure | undefined {
  return error instanceof StreamError ? attemptFailures[error.code] : undefined;
}

const attemptFailures: Partial<Record<StreamErrorCode, AttemptFailure>> = {
  UPSTREAM_UNREACHABLE: 'unreachable',
  FIRST_BYTE_TIMEOUT: 'silent',
  REFUSED: 'refused',
};

/** What can be done for a request whose attempt failed before its answer began: any worker may have it, or only another one, or it has failed. */
export type Remedy = 'any-worker' | 'other-worker' | 'none';

/** Which requests may be executed a second time. */
export interface RepeatRules {
  /** After a worker has said that the first may have been executed. */
  readonly whenSent: boolean;
  /** After a worker was lost that could not say so. */
  readonly whenLost: boolean;
}

/** The rules of failover; docs/errors.md has them for users. */
export function remedyFor(error: Error, rules: RepeatRules): Remedy {
  if (error instanceof ProtocolError) return isRequestOdd(error) ? 'none' : 'any-worker';
  if (!(error instanceof StreamError)) return 'none';
  const { code, sentUpstream } = error;
  if (code === 'SESSION_LOST') return rules.whenLost || !sentUpstream ? 'any-worker' : 'none';
  if (code === 'REFUSED' && !sentUpstream) return 'any-worker';
  return failedOnTheWay.has(code) && (rules.whenSent || !sentUpstream) ? 'other-worker' : 'none';
}

/** Whether the worker went, as far as its connection tells. */
export function isWorkerLost(error: Error): boolean {
  return error instanceof StreamError && error.code === 'SESSION_LOST';
}

/** Whether the request certainly never reached the upstream. */
export function isUntouched(error: Error): boolean {
  return remedyFor(error, { whenSent: false, whenLost: false }) !== 'none';
}

/** Another worker would not take it either. */
function isRequestOdd(error: ProtocolError): boolean {
  return error.code === 'MALFORMED_FRAME';
}

const failedOnTheWay: ReadonlySet<StreamErrorCode> = new Set<StreamErrorCode>([
  'UPSTREAM_UNREACHABLE',
  'UPSTREAM_CUT',
  'FIRST_BYTE_TIMEOUT',
  'IDLE_TIMEOUT',
  'CANCELLED',
]);
