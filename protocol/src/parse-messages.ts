import { maxCloseReasonBytes } from './close-reason.ts';
import { isStreamErrorCode, ProtocolError, StreamError } from './errors.ts';
import { decodeJson, type JsonObject } from './json-payload.ts';
import type {
  Goaway,
  HeaderList,
  Hello,
  Hold,
  RequestHead,
  ResponseHead,
  ResumeOffer,
  ResumeRequest,
  SocketClose,
  StreamKind,
  Welcome,
  WorkerStatus,
} from './messages.ts';

/** The version that this package speaks. */
export const protocolVersion = 1;

/** Of a worker that takes `hold`, which the first peers of this version do not know. */
export const holdCapability = 'hold';

/** Longest text for people in `goaway`, `status` and `reset`; senders cut it. */
const maxTextLength = 1000;

const streamKinds: readonly StreamKind[] = ['http', 'websocket'];
const minCloseCode = 1000;
const maxCloseCode = 4999;
const maxTimerMs = 0x7fff_ffff;
const maxHeaders = 2048;
const maxSessionIdLength = 128;
const maxSecretLength = 128;
const maxSlots = 1024;
const methodPattern = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,32}$/;
const pathPattern = /^\/[^\0-\x20\x7f]*$/;
const headerNamePattern = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;
const lineBreak = /[\0\r\n]/;

/** Checks a `hello`. Another version is told apart from a wrong payload, for its members may be others. */
export function parseHello(payload: Uint8Array<ArrayBuffer>): Hello {
  const hello = decodeJson(payload, 'hello');
  return {
    version: parseVersion(hello),
    token: hello.text('token', 1, 1024),
    workerId: hello.matching('workerId', /^[A-Za-z0-9._-]{1,64}$/, '1 to 64 characters of A-Z a-z 0-9 . _ -'),
    account: hello.text('account', 1, 128),
    kind: hello.oneOf('kind', ['aistudio', 'keyed', 'emulator']),
    slots: hello.integer('slots', 1, maxSlots),
    capabilities: hello.list('capabilities', 64, { isItem: isShortText, expected: 'a string of at most 64 characters' }),
    resume: parseResumeRequest(hello.object('resume')),
  };
}

export function parseWelcome(payload: Uint8Array<ArrayBuffer>): Welcome {
  const welcome = decodeJson(payload, 'welcome');
  return {
    version: parseVersion(welcome),
    sessionId: welcome.text('sessionId', 1, maxSessionIdLength),
    windowBytes: welcome.integer('windowBytes', 1, 1024 * 1024 * 1024),
    pingIntervalMs: welcome.integer('pingIntervalMs', 1, maxTimerMs),
    resume: parseResumeOffer(welcome.object('resume')),
  };
}

export function parseStatus(payload: Uint8Array<ArrayBuffer>): WorkerStatus {
  const status = decodeJson(payload, 'status');
  return {
    state: status.oneOf('state', ['probing', 'ready', 'needs-interaction', 'refused', 'paused']),
    reason: status.text('reason', 0, maxTextLength),
    ...(!status.is('slots', undefined) && { slots: status.integer('slots', 1, maxSlots) }),
  };
}

export function parseGoaway(payload: Uint8Array<ArrayBuffer>): Goaway {
  return { reason: decodeJson(payload, 'goaway').text('reason', 0, maxTextLength) };
}

export function parseHold(payload: Uint8Array<ArrayBuffer>): Hold {
  return { isHeld: decodeJson(payload, 'hold').boolean('isHeld') };
}

export function parseRequestHead(payload: Uint8Array<ArrayBuffer>): RequestHead {
  const open = decodeJson(payload, 'open');
  return {
    attempt: open.text('attempt', 1, 128),
    method: open.matching('method', methodPattern, 'a method name'),
    path: open.matching('path', pathPattern, 'a path that starts with / and has no spaces or control characters'),
    headers: parseHeaders(open),
    operation: open.text('operation', 1, 128),
    ...(!open.is('kind', undefined) && { kind: open.oneOf('kind', streamKinds) }),
  };
}

export function parseResponseHead(payload: Uint8Array<ArrayBuffer>): ResponseHead {
  const head = decodeJson(payload, 'head');
  const status = head.is('status', 101) ? 101 : head.integer('status', 200, 599);
  return { status, headers: parseHeaders(head) };
}

export function parseClose(payload: Uint8Array<ArrayBuffer>): SocketClose {
  const close = decodeJson(payload, 'close');
  return { code: close.integer('code', minCloseCode, maxCloseCode), reason: close.text('reason', 0, maxCloseReasonBytes) };
}

/** Whether a `close` may carry this code. */
export function isCloseCode(code: number): boolean {
  return Number.isInteger(code) && code >= minCloseCode && code <= maxCloseCode;
}

/** Whether the peer would take this head. The sender asks, so that an odd request fails without its session. */
export function isRequestHead(head: RequestHead): boolean {
  return (
    isText(head.attempt, 128) &&
    methodPattern.test(head.method) &&
    pathPattern.test(head.path) &&
    areHeaders(head.headers) &&
    isText(head.operation, 128)
  );
}

/** Whether the peer would take this head. */
export function isResponseHead(head: ResponseHead): boolean {
  return isStatus(head.status) && areHeaders(head.headers);
}

/** The error that a `reset` stands for. A code that is not known here, or not for the wire, becomes `INTERNAL`. */
export function parseReset(payload: Uint8Array<ArrayBuffer>): StreamError {
  const reset = decodeJson(payload, 'reset');
  const code = reset.text('code', 1, 64);
  const message = reset.text('message', 0, maxTextLength);
  const sentUpstream = reset.boolean('sentUpstream');
  if (isStreamErrorCode(code) && code !== 'SESSION_LOST') return new StreamError(code, message, { sentUpstream });
  return new StreamError('INTERNAL', `${code}: ${message}`, { sentUpstream });
}

/** Cuts a text for people to what the wire takes. */
export function toWireText(text: string): string {
  return text.length > maxTextLength ? `${text.slice(0, maxTextLength - 1)}…` : text;
}

function parseResumeRequest(resume: JsonObject | null): ResumeRequest | null {
  if (resume === null) return null;
  return {
    sessionId: resume.text('sessionId', 1, maxSessionIdLength),
    secret: resume.text('secret', 1, maxSecretLength),
    receivedMessages: resume.integer('receivedMessages', 0, Number.MAX_SAFE_INTEGER),
  };
}

function parseResumeOffer(resume: JsonObject | null): ResumeOffer | null {
  if (resume === null) return null;
  return {
    isResumed: resume.boolean('isResumed'),
    secret: resume.text('secret', 1, maxSecretLength),
    graceMs: resume.integer('graceMs', 1, maxTimerMs),
    receivedMessages: resume.integer('receivedMessages', 0, Number.MAX_SAFE_INTEGER),
  };
}

function parseVersion(message: JsonObject): number {
  const version = message.integer('version', 1, maxTimerMs);
  if (version !== protocolVersion) {
    throw new ProtocolError('UNSUPPORTED_VERSION', `the peer speaks version ${version}, this side version ${protocolVersion}`);
  }
  return version;
}

function parseHeaders(message: JsonObject): HeaderList {
  return message.list('headers', maxHeaders, {
    isItem: isHeader,
    expected: 'a pair of a name in lower case and a value on one line',
  });
}

function isStatus(status: number): boolean {
  return Number.isInteger(status) && (status === 101 || (status >= 200 && status <= 599));
}

function areHeaders(headers: HeaderList): boolean {
  return headers.length <= maxHeaders && headers.every(isHeader);
}

function isHeader(value: unknown): value is HeaderList[number] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [name, content]: unknown[] = value;
  return typeof name === 'string' && typeof content === 'string' && headerNamePattern.test(name) && !lineBreak.test(content);
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 64;
}

function isText(text: string, maximum: number): boolean {
  return text.length > 0 && text.length <= maximum;
}
