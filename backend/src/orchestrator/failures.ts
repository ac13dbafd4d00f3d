import { ProtocolError, StreamError, type StreamErrorCode } from '@gemini-proxy/protocol';
import { GatewayError, type GatewayErrorReason, toGatewayError } from '../errors.ts';

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

/** Whether the request certainly never reached the upstream, so that any request may be tried again. */
export function isUntouched(error: Error): boolean {
  if (error instanceof ProtocolError) return !isRequestOdd(error);
  return error instanceof StreamError && !error.sentUpstream && retryable.has(error.code);
}

/** Another worker would not take it either. */
function isRequestOdd(error: ProtocolError): boolean {
  return error.code === 'MALFORMED_FRAME';
}

const retryable: ReadonlySet<StreamErrorCode> = new Set<StreamErrorCode>(['REFUSED', 'SESSION_LOST']);
