import {
  errorInfo,
  type FieldViolation,
  formatPrettyJson,
  type GoogleErrorBody,
  type GoogleErrorDetail,
  type GrpcStatus,
  retryInfo,
  toBadRequest,
  toGoogleError,
} from '@gemini-proxy/gemini';

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
  UNKNOWN_PATH: {
    http: 404,
    status: 'NOT_FOUND',
    retryable: false,
    meaning: 'The path is not one of the API: /v1, /v1beta or /v1alpha, also below /upload.',
  },
  BODY_TOO_LARGE: {
    http: 413,
    status: 'INVALID_ARGUMENT',
    retryable: false,
    meaning: 'The request body is larger than the limit.',
  },
  UPLOAD_PROTOCOL_VIOLATION: {
    http: 400,
    status: 'INVALID_ARGUMENT',
    retryable: false,
    meaning: 'The request does not fit the upload that it names, or its protocol: offset, size, command, multipart form.',
  },
  UPLOAD_NOT_FOUND: {
    http: 404,
    status: 'NOT_FOUND',
    retryable: false,
    meaning: 'The upload is not known: it was never begun here, has expired, or has been complete for long.',
  },
  SPOOL_FULL: {
    http: 503,
    status: 'UNAVAILABLE',
    retryable: true,
    meaning: 'There is no room for bytes that have to be kept: the quota for uploads under way is used up, or the disk is full.',
  },
  MALFORMED_REQUEST: {
    http: 400,
    status: 'INVALID_ARGUMENT',
    retryable: false,
    meaning: 'The request is not valid HTTP, or its body broke off.',
  },
  INVALID_REQUEST: {
    http: 400,
    status: 'INVALID_ARGUMENT',
    retryable: false,
    meaning:
      "The request's body does not fit the Gemini API; only with --validate reject. The fields are in a `google.rpc.BadRequest`.",
  },
  NO_WORKER_READY: {
    http: 503,
    status: 'UNAVAILABLE',
    retryable: true,
    meaning: 'No worker is connected and ready; the message says how the workers are and what to do.',
  },
  ALL_WORKERS_BUSY: { http: 503, status: 'UNAVAILABLE', retryable: true, meaning: 'Every slot of every ready worker is in use.' },
  RESOURCE_OWNER_OFFLINE: {
    http: 503,
    status: 'UNAVAILABLE',
    retryable: true,
    meaning:
      'The request names a file, a cache or another resource of an account of which no worker is ready; the message names the account and what to do.',
  },
  MIXED_RESOURCE_OWNERS: {
    http: 400,
    status: 'INVALID_ARGUMENT',
    retryable: false,
    meaning: 'The request names resources of more than one account; no account can see all of them.',
  },
  REUPLOAD_FAILED: {
    http: 503,
    status: 'UNAVAILABLE',
    retryable: true,
    meaning:
      "A file's owner is offline, and uploading the file again through another account failed; only with --reupload-offline-files. The message says why.",
  },
  PAGE_TOKEN_INVALID: {
    http: 400,
    status: 'INVALID_ARGUMENT',
    retryable: false,
    meaning: 'The page token of a list over several accounts is not one that this gateway gave for this list.',
  },
  WORKER_LOST: { http: 502, status: 'UNAVAILABLE', retryable: true, meaning: 'The worker was lost before or while it answered.' },
  UPSTREAM_UNREACHABLE: {
    http: 502,
    status: 'UNAVAILABLE',
    retryable: true,
    meaning: 'The worker got no answer from the Gemini API.',
  },
  ANSWER_TOO_LARGE: {
    http: 502,
    status: 'UNAVAILABLE',
    retryable: false,
    meaning: 'The Gemini API sent more than the gateway takes of an answer that it has to read itself.',
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
    meaning: 'The client stopped sending its request.',
  },
  SIGN_IN_REQUIRED: {
    http: 401,
    status: 'UNAUTHENTICATED',
    retryable: false,
    meaning: "The console's API wants a signed-in browser, or the admin token of the data folder as Bearer.",
  },
  CODE_INVALID: {
    http: 403,
    status: 'PERMISSION_DENIED',
    retryable: false,
    meaning: "The console's one-time link was used before, has expired, or is of an earlier start of the gateway.",
  },
  TOO_MANY_TRIES: {
    http: 429,
    status: 'RESOURCE_EXHAUSTED',
    retryable: true,
    meaning: "Too many wrong codes or tokens came to the console's API; it listens again within a minute.",
  },
  CROSS_SITE_REQUEST: {
    http: 403,
    status: 'PERMISSION_DENIED',
    retryable: false,
    meaning: "A page of another origin called the console's API.",
  },
  CONSOLE_REQUEST_INVALID: {
    http: 400,
    status: 'INVALID_ARGUMENT',
    retryable: false,
    meaning: "A call of the console's API does not fit it; the message names what.",
  },
  CONSOLE_NOT_FOUND: {
    http: 404,
    status: 'NOT_FOUND',
    retryable: false,
    meaning: "The console's API has no such call, or what the call names does not exist or is not kept any more.",
  },
  CONSOLE_CONFLICT: {
    http: 409,
    status: 'ABORTED',
    retryable: false,
    meaning: "A call of the console's API does not fit how things are; the message says what stands in the way.",
  },
  SHUTTING_DOWN: { http: 503, status: 'UNAVAILABLE', retryable: true, meaning: 'The gateway is stopping.' },
  INTERNAL: { http: 500, status: 'INTERNAL', retryable: false, meaning: 'A bug in the gateway; its log has the stack.' },
} as const satisfies Record<string, GatewayErrorKind>;

interface GatewayErrorKind {
  readonly http: number;
  readonly status: GrpcStatus;
  readonly retryable: boolean;
  readonly meaning: string;
}

/** Stable reason, as clients see it in `details[].reason`. */
export type GatewayErrorReason = keyof typeof gatewayErrors;

/** Something that the gateway answers for itself, in Google's error form. */
export class GatewayError extends Error {
  readonly reason: GatewayErrorReason;
  /** Further facts for `ErrorInfo.metadata`; never secrets. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Details of Google's own kinds, before the gateway's. */
  readonly details: readonly GoogleErrorDetail[];
  /** The message without what must not be in a log. */
  readonly logMessage: string;

  constructor(
    reason: GatewayErrorReason,
    message: string,
    options: {
      metadata?: Readonly<Record<string, string>>;
      details?: readonly GoogleErrorDetail[];
      logMessage?: string;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'GatewayError';
    this.reason = reason;
    this.metadata = options.metadata ?? {};
    this.details = options.details ?? [];
    this.logMessage = options.logMessage ?? message;
  }

  get httpStatus(): number {
    return gatewayErrors[this.reason].http;
  }

  get retryable(): boolean {
    return gatewayErrors[this.reason].retryable;
  }

  /** Seconds after which a client should try again; `undefined` where waiting does not help. */
  get retryAfterSeconds(): number | undefined {
    return this.httpStatus === 503 ? retryAfterSeconds : undefined;
  }
}

/** Domain of the gateway's `ErrorInfo`: tells its own errors from Google's. */
const errorDomain = 'gemini-proxy';

/** Long enough for a worker to come back after a broken connection, short enough for someone who waits. */
const retryAfterSeconds = 5;

/** The error for a request without a key. Begins with the words of the Gemini API, which clients look for. */
export function clientKeyMissing(): GatewayError {
  return new GatewayError(
    'CLIENT_KEY_MISSING',
    "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API. " +
      'GeminiProxy: send its client key as x-goog-api-key, ?key= or Bearer (for most programs: set GEMINI_API_KEY). The gateway shows the key when started with --show-keys.',
  );
}

/** The error for a request whose keys are all wrong. Begins with the words of the Gemini API, which clients look for. */
export function clientKeyInvalid(): GatewayError {
  return new GatewayError(
    'CLIENT_KEY_INVALID',
    'API key not valid. Please pass a valid API key. ' +
      'GeminiProxy: this gateway takes its own client key, not a Google key. The gateway shows the key when started with --show-keys.',
  );
}

/** Characters of a message that quotes the request. */
const maxQuotingLength = 500;

/** The error for a body that does not fit its operation, as the Gemini API writes it. Its log line names fields, and quotes nothing. */
export function invalidRequest(violations: readonly FieldViolation[]): GatewayError {
  const quoting = violations.map((violation) => ({
    ...violation,
    description: violation.description.slice(0, maxQuotingLength),
  }));
  const { message, details } = toBadRequest(quoting).error;
  const fields = violations.map(({ field }) => field ?? 'the body').join(', ');
  return new GatewayError('INVALID_REQUEST', message, {
    details: details ?? [],
    logMessage: `The body does not fit the API: ${fields}`,
  });
}

/** Makes anything thrown answerable. What the gateway does not know is a bug, and its text stays in the log. */
export function toGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  return new GatewayError('INTERNAL', 'GeminiProxy failed while it handled this request. Its log has the details.', {
    cause: thrown,
  });
}

/** How an error is written: `array` for a streaming call without `alt=sse`, which answers with a JSON array. */
export interface ErrorForm {
  readonly asArray?: boolean;
}

/**
 * The error as the Gemini API prints its own, ending in a newline. The same text serves as the body of an error answer
 * and, written raw between two events, as the end of an answer that has begun.
 */
export function toGoogleErrorBody(error: GatewayError, { asArray = false }: ErrorForm = {}): string {
  const body = toErrorObject(error);
  return formatPrettyJson(asArray ? [body] : body);
}

function toErrorObject(error: GatewayError): GoogleErrorBody {
  const { reason, metadata, retryAfterSeconds: delay } = error;
  const info = errorInfo({ reason, domain: errorDomain, metadata: Object.keys(metadata).length > 0 ? metadata : undefined });
  return toGoogleError({
    code: error.httpStatus,
    message: error.message,
    status: gatewayErrors[reason].status,
    details: [...error.details, info, ...(delay === undefined ? [] : [retryInfo(delay)])],
  });
}
