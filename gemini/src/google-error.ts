/** The gRPC statuses that Google's errors name, with the HTTP code that each is sent as. */
export const HTTP_CODE_OF_STATUS = {
  OK: 200,
  CANCELLED: 499,
  UNKNOWN: 500,
  INVALID_ARGUMENT: 400,
  DEADLINE_EXCEEDED: 504,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  PERMISSION_DENIED: 403,
  UNAUTHENTICATED: 401,
  RESOURCE_EXHAUSTED: 429,
  FAILED_PRECONDITION: 400,
  ABORTED: 409,
  OUT_OF_RANGE: 400,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DATA_LOSS: 500,
} as const;

export type GrpcStatus = keyof typeof HTTP_CODE_OF_STATUS;

/** A `google.rpc` detail; `@type` tells which. */
export interface GoogleErrorDetail {
  readonly '@type': string;
  readonly [field: string]: unknown;
}

export interface GoogleErrorBody {
  readonly error: {
    readonly code: number;
    readonly message: string;
    readonly status: GrpcStatus;
    readonly details?: readonly GoogleErrorDetail[];
  };
}

export interface GoogleErrorInput {
  readonly code: number;
  readonly message: string;
  /** Default: the status that belongs to the code. */
  readonly status?: GrpcStatus | undefined;
  readonly details?: readonly GoogleErrorDetail[] | undefined;
}

/** Builds the body of an error answer in Google's shape and field order. */
export function toGoogleError({ code, message, status, details }: GoogleErrorInput): GoogleErrorBody {
  const error = { code, message, status: status ?? statusOfHttpCode(code) };
  return details === undefined || details.length === 0 ? { error } : { error: { ...error, details } };
}

const STATUS_OF_HTTP_CODE: Readonly<Record<number, GrpcStatus>> = {
  200: 'OK',
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  408: 'DEADLINE_EXCEEDED',
  409: 'ABORTED',
  413: 'INVALID_ARGUMENT',
  416: 'OUT_OF_RANGE',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  501: 'UNIMPLEMENTED',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** Returns the gRPC status that goes with an HTTP code, by class where the code has none of its own. */
export function statusOfHttpCode(code: number): GrpcStatus {
  const status = STATUS_OF_HTTP_CODE[code];
  if (status !== undefined) return status;
  if (code >= 200 && code < 300) return 'OK';
  if (code >= 400 && code < 500) return 'FAILED_PRECONDITION';
  return code >= 500 && code < 600 ? 'INTERNAL' : 'UNKNOWN';
}

export interface ErrorInfoInput {
  readonly reason: string;
  readonly domain: string;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** The detail that names a stable reason for programs to decide on. */
export function errorInfo({ reason, domain, metadata }: ErrorInfoInput): GoogleErrorDetail {
  const info = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain };
  return metadata === undefined ? info : { ...info, metadata };
}

/** The detail that tells when to try again, in whole or fractional seconds. */
export function retryInfo(retryDelaySeconds: number): GoogleErrorDetail {
  return { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryDelaySeconds}s` };
}
