/** Everything that the gateway itself can answer with, in one table: HTTP status, Google's status name, whether a client may try again, and what it means. docs/errors.md is made from it. */
export const gatewayErrors = {
  CLIENT_KEY_MISSING: { http: 403, status: 'PERMISSION_DENIED', retryable: false, meaning: 'The request carries no client key.' },
  CLIENT_KEY_INVALID: {
    http: 400,
    status: 'INVALID_ARGUMENT',
    retryable: false,
    meaning: 'The client key is not one of this gateway.',
  },
  HOST_NOT_ALLOWED: {
    http: 403,
    status: 'PERMISSION_DENIED',
    retryable: false,
    meaning: 'The Host header names a host that this gateway does not serve (protection against DNS rebinding).',
  },
  UNKNOWN_PATH: { http: 404, status: 'NOT_FOUND', retryable: false, meaning: 'The path is not under /v1, /v1beta or /v1alpha.' },
  BODY_TOO_LARGE: {
    http: 413,
    status: 'INVALID_ARGUMENT',
    retryable: false,
    meaning: 'The request body is larger than the limit.',
  },
  MALFORMED_REQUEST: {
    http: 400,
    status: 'INVALID_ARGUMENT',
    retryable: false,
    meaning: 'The request is not valid HTTP, or its body broke off.',
  },
  NO_WORKER_READY: {
    http: 503,
    status: 'UNAVAILABLE',
    retryable: true,
    meaning: 'No worker is connected and ready; the message says how the workers are and what to do.',
  },
  ALL_WORKERS_BUSY: { http: 503, status: 'UNAVAILABLE', retryable: true, meaning: 'Every slot of every ready worker is in use.' },
  WORKER_LOST: { http: 502, status: 'UNAVAILABLE', retryable: true, meaning: 'The worker was lost before or while it answered.' },
  UPSTREAM_UNREACHABLE: {
    http: 502,
    status: 'UNAVAILABLE',
    retryable: true,
    meaning: 'The worker got no answer from the Gemini API.',
  },
  UPSTREAM_CUT: { http: 502, status: 'UNAVAILABLE', retryable: true, meaning: 'The answer of the Gemini API broke off.' },
  FIRST_BYTE_TIMEOUT: {
    http: 504,
    status: 'DEADLINE_EXCEEDED',
    retryable: true,
    meaning: 'No answer began within the deadline.',
  },
  IDLE_TIMEOUT: {
    http: 504,
    status: 'DEADLINE_EXCEEDED',
    retryable: true,
    meaning: 'The answer was silent for longer than the deadline between bytes.',
  },
  REQUEST_TIMEOUT: {
    http: 408,
    status: 'DEADLINE_EXCEEDED',
    retryable: true,
    meaning: 'The client stopped sending its request body.',
  },
  SHUTTING_DOWN: { http: 503, status: 'UNAVAILABLE', retryable: true, meaning: 'The gateway is stopping.' },
  INTERNAL: { http: 500, status: 'INTERNAL', retryable: false, meaning: 'A bug in the gateway; its log has the stack.' },
} as const satisfies Record<string, { http: number; status: string; retryable: boolean; meaning: string }>;

/** Stable reason, as clients see it in `details[].reason`. */
export type GatewayErrorReason = keyof typeof gatewayErrors;

/** Something that the gateway answers for itself, in Google's error form. */
export class GatewayError extends Error {
  readonly reason: GatewayErrorReason;
  /** Further facts for `ErrorInfo.metadata`; never secrets. */
  readonly metadata: Readonly<Record<string, string>>;

  constructor(
    reason: GatewayErrorReason,
    message: string,
    options: { metadata?: Readonly<Record<string, string>>; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'GatewayError';
    this.reason = reason;
    this.metadata = options.metadata ?? {};
  }

  get httpStatus(): number {
    return gatewayErrors[this.reason].http;
  }
}
