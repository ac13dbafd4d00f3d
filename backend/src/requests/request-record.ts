import type { OperationName } from '@gemini-proxy/gemini';
import type { HeaderList, ResponseHead } from '@gemini-proxy/protocol';
import type { GatewayError } from '../errors.ts';
import { PackedAnswer } from '../metrics/packed-answer.ts';
import { AnswerTail, readTokenCounts, type TokenCounts } from '../metrics/token-counts.ts';
import type { AnsweringWorker } from '../orchestrator/client-exchange.ts';
import type { RequestTrace, TraceEnd } from '../orchestrator/request-trace.ts';
import { CapturedBody } from './captured-body.ts';
import { type HeaderLists, type PackedHeaders, packed, unpacked } from './packed-headers.ts';

/** What is known of a request as it comes in. */
export interface RequestFacts {
  readonly kind: 'http' | 'live';
  readonly method: string;
  /** With query, without credentials. */
  readonly path: string;
  /** `models.generateContent`, … */
  readonly operation: string;
  /** Without credentials. */
  readonly headers: HeaderList;
  /** Id of the record whose request this is, sent again. */
  readonly replayOf?: string;
}

/** The same without the headers, of which the record keeps what fits. */
export type RecordedFacts = Omit<RequestFacts, 'headers'>;

export interface AttemptRecord extends AnsweringWorker {
  /** Milliseconds from the start. */
  readonly startedMs: number;
  endedMs: number | undefined;
  error: string | undefined;
}

/** How it ended. Of an error what is shown of it: an `Error` holds on to all that its stack saw, requests and sockets among it. */
export interface RecordedEnd extends Omit<TraceEnd, 'error'> {
  readonly error: Pick<GatewayError, 'reason' | 'httpStatus' | 'logMessage'> | undefined;
}

/** Who keeps the records. */
export interface RecordKeeper {
  /** Milliseconds since an arbitrary point. */
  elapsed(): number;
  onChanged(record: RequestRecord): void;
  onEnded(record: RequestRecord): void;
  /** The tokens of a request that has ended are known only now. */
  onTokens(record: RequestRecord, tokens: TokenCounts): void;
  /** A place for bodies; `undefined` while they are not kept. */
  readonly bodies: BodyPlace | undefined;
}

/** Bodies of one request, and the bytes of each at most. */
export interface BodyPlace {
  readonly maxBodyBytes: number;
  onKept(byteCount: number): void;
}

/** Characters of a path, and of all headers together, that are kept. */
const maxPathLength = 2_048;
const maxHeaderLength = 16 * 1024;

/** One request from its arrival to its end: who, where, when, how it went. */
export class RequestRecord implements RequestTrace {
  readonly id: string;
  readonly facts: RecordedFacts;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly requestBody: CapturedBody | undefined;
  readonly attempts: AttemptRecord[] = [];
  readonly #keeper: RecordKeeper;
  readonly #startedMs: number;
  readonly #place: BodyPlace | undefined;
  #answerBody: CapturedBody | undefined;
  #tail: AnswerTail | PackedAnswer | undefined;
  #headers: HeaderLists | PackedHeaders;
  #status: number | undefined;
  queuedMs: number | undefined;
  sentMs: number | undefined;
  firstByteMs: number | undefined;
  endedMs: number | undefined;
  end: RecordedEnd | undefined;
  tokens: TokenCounts | undefined;

  constructor(
    id: string,
    facts: RequestFacts,
    keeper: RecordKeeper,
    start: { readonly atMs: number; readonly elapsedMs: number },
  ) {
    this.id = id;
    const { kind, method, path, operation, replayOf } = facts;
    this.facts = { kind, method, path: path.slice(0, maxPathLength), operation, ...(replayOf !== undefined && { replayOf }) };
    this.#headers = { request: bounded(facts.headers), answer: noHeaders };
    this.atMs = start.atMs;
    this.#keeper = keeper;
    this.#startedMs = start.elapsedMs;
    this.#place = keeper.bodies;
    if (this.#place !== undefined) this.requestBody = new CapturedBody(this.#place);
  }

  /** The worker that answers, or was tried last. */
  get worker(): AnsweringWorker | undefined {
    return this.attempts.at(-1);
  }

  get requestHeaders(): HeaderList {
    return unpacked(this.#headers).request;
  }

  /** Status of the answer's head, once that has come. */
  get status(): number | undefined {
    return this.#status;
  }

  get answerHeaders(): HeaderList {
    return unpacked(this.#headers).answer;
  }

  get answerBody(): CapturedBody | undefined {
    return this.#answerBody;
  }

  get isCaptured(): boolean {
    return this.requestBody?.isKept === true;
  }

  /** Why it counts as failed: a reason of the gateway's, or a status of the upstream's. */
  get failure(): string | undefined {
    if (this.end?.error !== undefined) return this.end.error.reason;
    const status = this.#status ?? 0;
    return status >= 400 ? `HTTP_${status}` : undefined;
  }

  forgetBodies(): void {
    this.requestBody?.forget();
    this.#answerBody?.forget();
  }

  onQueued(): void {
    this.queuedMs ??= this.#elapsed();
    this.#keeper.onChanged(this);
  }

  onLeased({ id, account }: AnsweringWorker): void {
    this.attempts.push({ id, account, startedMs: this.#elapsed(), endedMs: undefined, error: undefined });
    this.#keeper.onChanged(this);
  }

  onSent(): void {
    this.sentMs = this.#elapsed();
  }

  onAttemptFailed(error: Error): void {
    const attempt = this.attempts.at(-1);
    if (attempt === undefined) return;
    attempt.endedMs = this.#elapsed();
    attempt.error = error.message;
  }

  onRequestBody(chunk: Uint8Array): void {
    this.requestBody?.push(chunk);
  }

  onHead(head: ResponseHead): void {
    this.firstByteMs = this.#elapsed();
    this.#status = head.status;
    this.#headers = { ...unpacked(this.#headers), answer: bounded(head.headers) };
    this.#tail = tailFor(this.facts.operation, head);
    if (this.#place !== undefined && this.isCaptured) this.#answerBody = new CapturedBody(this.#place);
    this.#keeper.onChanged(this);
  }

  onAnswerBody(chunk: Uint8Array): void {
    this.#tail?.push(chunk);
    this.#answerBody?.push(chunk);
  }

  onEnded(end: TraceEnd): void {
    const { error } = end;
    this.end = { ...end, error: error && factsOf(error) };
    this.endedMs = this.#elapsed();
    const attempt = this.attempts.at(-1);
    if (attempt !== undefined) attempt.endedMs ??= this.endedMs;
    const tail = this.#tail;
    this.#tail = undefined;
    if (tail instanceof AnswerTail) this.tokens = readTokenCounts(tail.bytes());
    this.#headers = packed(this.#headers);
    this.#keeper.onEnded(this);
    if (tail instanceof PackedAnswer) void this.#readTokensOf(tail);
  }

  async #readTokensOf(answer: PackedAnswer): Promise<void> {
    const tokens = await answer.read();
    if (tokens === undefined) return;
    this.tokens = tokens;
    this.#keeper.onTokens(this, tokens);
  }

  #elapsed(): number {
    return this.#keeper.elapsed() - this.#startedMs;
  }
}

function factsOf({ reason, httpStatus, logMessage }: GatewayError): RecordedEnd['error'] {
  return { reason, httpStatus, logMessage };
}

/** What an answer's token counts can be read from; `undefined` where it has none. */
function tailFor(operation: string, { status, headers }: ResponseHead): AnswerTail | PackedAnswer | undefined {
  if (status !== 200 || !countingOperations.has(operation)) return undefined;
  const encoding = headers.find(([name]) => name === 'content-encoding')?.[1];
  if (encoding === 'gzip') return new PackedAnswer();
  return encoding === undefined || encoding === 'identity' ? new AnswerTail() : undefined;
}

const countingOperations: ReadonlySet<string> = new Set<OperationName>([
  'models.generateContent',
  'models.streamGenerateContent',
  'openai.chatCompletions',
]);

const noHeaders: HeaderList = [];

/** Headers as they are, and as many of them as fit. */
function bounded(headers: HeaderList): HeaderList {
  let length = 0;
  for (let index = 0; index < headers.length; index += 1) {
    const [name, value] = headers[index] ?? ['', ''];
    length += name.length + value.length;
    if (length > maxHeaderLength) return headers.slice(0, index);
  }
  return headers;
}
