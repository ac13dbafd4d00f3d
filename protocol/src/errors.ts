/** Every way a session can end, its WebSocket close code, and whether a reconnect may succeed. */
export const protocolErrors = {
  CLOSED: { closeCode: 1000, retryable: true, meaning: 'The peer or the owner closed the session in good order.' },
  TRANSPORT_LOST: { closeCode: 1006, retryable: true, meaning: 'The socket broke without a close frame.' },
  GOING_AWAY: { closeCode: 1001, retryable: true, meaning: 'The gateway is shutting down, or the page is closing.' },
  MALFORMED_FRAME: { closeCode: 4400, retryable: true, meaning: 'A message could not be decoded.' },
  UNAUTHORIZED: { closeCode: 4401, retryable: false, meaning: 'The worker token is wrong.' },
  HELLO_TIMEOUT: { closeCode: 4408, retryable: true, meaning: 'The hello or the welcome did not come in time.' },
  UNEXPECTED_FRAME: { closeCode: 4409, retryable: true, meaning: 'A frame came in a state or direction in which it may not.' },
  PING_TIMEOUT: { closeCode: 4410, retryable: true, meaning: 'The peer was silent for nearly two ping intervals.' },
  REPLACED: { closeCode: 4411, retryable: false, meaning: 'Another connection took over this worker id.' },
  FLOW_CONTROL: {
    closeCode: 4412,
    retryable: true,
    meaning: 'The peer sent more than its credit, or gave more credit than was used.',
  },
  LIMIT_EXCEEDED: { closeCode: 4413, retryable: true, meaning: 'A limit on size or count was exceeded.' },
  INTERNAL: { closeCode: 4500, retryable: true, meaning: 'A bug on the side that closed the session.' },
  UNSUPPORTED_VERSION: { closeCode: 4426, retryable: false, meaning: 'The two sides speak different protocol versions.' },
} as const satisfies Record<string, { closeCode: number; retryable: boolean; meaning: string }>;

export type ProtocolErrorCode = keyof typeof protocolErrors;

/** Why a session ended. */
export class ProtocolError extends Error {
  readonly code: ProtocolErrorCode;

  constructor(code: ProtocolErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ProtocolError';
    this.code = code;
  }

  get closeCode(): number {
    return protocolErrors[this.code].closeCode;
  }

  /** Whether a reconnect may succeed. */
  get retryable(): boolean {
    return protocolErrors[this.code].retryable;
  }
}

/** The error behind a WebSocket close; `TRANSPORT_LOST` when the peer said nothing that this protocol knows. */
export function toProtocolError(closeCode: number, reason: string): ProtocolError {
  const code = codesByCloseCode.get(closeCode);
  if (code === undefined) {
    return new ProtocolError('TRANSPORT_LOST', `the socket closed with code ${closeCode}${reason === '' ? '' : `: ${reason}`}`);
  }
  return new ProtocolError(code, reason === '' ? protocolErrors[code].meaning : reason);
}

/** WebSocket close codes by which one side rejects what the other sent: whoever gets one is not cut off by accident. */
const rejectionCodes = [1002, 1003, 1007, 1008, 1009, 1010];

/** Whether a WebSocket that closed so has broken: nobody meant to end its session, which may be resumed. */
export function isBreak(closeCode: number): boolean {
  const { code } = toProtocolError(closeCode, '');
  return code === 'PING_TIMEOUT' || (code === 'TRANSPORT_LOST' && !rejectionCodes.includes(closeCode));
}

/** Whether the text names an error of a session. */
export function isProtocolErrorCode(text: string): text is ProtocolErrorCode {
  return Object.hasOwn(protocolErrors, text);
}

const codesByCloseCode = new Map<number, ProtocolErrorCode>(
  Object.keys(protocolErrors)
    .filter(isProtocolErrorCode)
    .map((code) => [protocolErrors[code].closeCode, code]),
);

/** Every way a single stream can fail. */
export const streamErrors = {
  CANCELLED: 'The gateway no longer wants the answer: its client has gone.',
  RESPONSE_COMPLETE: 'The answer ended before the request body did; the rest of the body is not wanted.',
  REFUSED: 'The worker did not start the request: it is draining or has no free slot.',
  UPSTREAM_UNREACHABLE: 'The call failed without an answer (network, hook or upstream broke the connection).',
  UPSTREAM_CUT: 'The answer broke off before its end.',
  FIRST_BYTE_TIMEOUT: 'No answer came within the deadline for the first byte.',
  IDLE_TIMEOUT: 'The answer was silent for longer than the deadline between bytes.',
  SESSION_LOST: 'The session ended. Never sent, only reported.',
  INTERNAL: 'A bug in the peer.',
} as const satisfies Record<string, string>;

export type StreamErrorCode = keyof typeof streamErrors;

/** Why a stream failed. */
export class StreamError extends Error {
  readonly code: StreamErrorCode;
  /** Whether the request may have reached the upstream: then only an idempotent call may be tried again. */
  readonly sentUpstream: boolean;

  constructor(code: StreamErrorCode, message: string, options: { sentUpstream: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = 'StreamError';
    this.code = code;
    this.sentUpstream = options.sentUpstream;
  }
}

/** Whether the text names an error of a stream. */
export function isStreamErrorCode(text: string): text is StreamErrorCode {
  return Object.hasOwn(streamErrors, text);
}
