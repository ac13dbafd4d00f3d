import type { Clock, HeaderList } from '@gemini-proxy/protocol';
import { GatewayError, type GatewayErrorReason, toGatewayError } from '../errors.ts';
import type { Call, CallAnswer, Caller } from '../orchestrator/internal-call.ts';
import { pause } from './pause.ts';
import type { UploadRecord, UpstreamUpload } from './upload-record.ts';
import { maxAnswerBytes, maxWholeFileBytes, sentChunkBytes } from './upload-sizes.ts';
import { readUpstreamStart } from './upstream-start.ts';

/** A file, which is here as a whole before its bytes are sent. */
export interface SendableUpload {
  readonly record: Pick<
    UploadRecord,
    'id' | 'target' | 'contentType' | 'fileName' | 'metadata' | 'declaredBytes' | 'state' | 'upstream'
  >;
  /** Bytes that are here. */
  readonly totalBytes: number;
  setUpstream(upstream: UpstreamUpload | undefined): void;
  read(offset: number, end: number): AsyncIterable<Uint8Array<ArrayBuffer>>;
}

export interface SendingOptions {
  readonly call: Caller;
  readonly clock: Clock;
  /** Account that a target belongs to; `undefined`: any will do. */
  readonly accountFor: (target: string) => string | undefined;
  readonly signal: AbortSignal;
}

interface Command {
  readonly name: string;
  /** Bytes that go with it. */
  readonly part?: { readonly offset: number; readonly end: number };
}

/** Tries at most without any progress between them. */
const maxFruitlessTries = 5;
/** Milliseconds before the next try, by how many have failed: none but for want of a worker, one, … */
const pausesMs = [500, 100, 500, 1_000, 2_000];
/** Milliseconds that the account which began an upload gets to come back, before another one begins it anew. */
const ownerPatienceMs = 5_000;
/** Milliseconds that an upload waits for any worker. */
const workerPatienceMs = 30_000;

/** A worker or a connection was lost on the way: the upload goes on where it stopped. */
const passing: ReadonlySet<GatewayErrorReason> = new Set<GatewayErrorReason>([
  'WORKER_LOST',
  'UPSTREAM_UNREACHABLE',
  'UPSTREAM_CUT',
  'FIRST_BYTE_TIMEOUT',
  'IDLE_TIMEOUT',
]);
const absent: ReadonlySet<GatewayErrorReason> = new Set<GatewayErrorReason>([
  'NO_WORKER_READY',
  'ALL_WORKERS_BUSY',
  'RESOURCE_OWNER_OFFLINE',
]);
/** Answers of an upstream that may do better next time. A 429 is none: it is the client's to see. */
export const passingStatus: ReadonlySet<number> = new Set([408, 409, 500, 502, 503, 504]);

/** The way of one file to the Gemini API, through as many workers as it takes. */
export class Sending {
  readonly #upload: SendableUpload;
  readonly #options: SendingOptions;
  #fruitlessTries = 0;
  #absentSinceMs: number | undefined;

  constructor(upload: SendableUpload, options: SendingOptions) {
    this.#upload = upload;
    this.#options = options;
  }

  /** Resolves with the upstream's last word, errors included; rejects where there is none. */
  async run(): Promise<CallAnswer> {
    for (;;) {
      const outcome = await this.#try();
      if ('answer' in outcome && !passingStatus.has(outcome.answer.status)) return outcome.answer;
      this.#options.signal.throwIfAborted();
      if (this.#shallGiveUp('error' in outcome ? outcome.error : undefined)) {
        if ('answer' in outcome) return outcome.answer;
        throw outcome.error;
      }
      const { clock, signal } = this.#options;
      await pause(clock, pausesMs[this.#fruitlessTries] ?? 2_000, signal);
    }
  }

  /** Begins the upload at the Gemini API, and resolves with what that says. */
  async start(): Promise<CallAnswer> {
    const { record, totalBytes } = this.#upload;
    const knownBytes = record.state === 'receiving' ? record.declaredBytes : totalBytes;
    const answer = await this.#call({
      method: 'POST',
      path: record.target,
      headers: [
        ['x-goog-upload-protocol', 'resumable'],
        ['x-goog-upload-command', 'start'],
        ...optional('x-goog-upload-header-content-length', knownBytes?.toString()),
        ...optional('x-goog-upload-header-content-type', record.contentType),
        ...optional('x-goog-upload-file-name', record.fileName),
        ['content-type', 'application/json'],
      ],
      body: record.metadata,
      account: this.#options.accountFor(record.target),
    });
    if (isOk(answer)) this.#upload.setUpstream(readUpstreamStart(answer));
    return answer;
  }

  /** Tells the Gemini API that nothing more comes, where it knows of the upload. */
  async cancel(): Promise<void> {
    const { upstream } = this.#upload.record;
    if (upstream?.path !== undefined) await this.#command(upstream, upstream.path, { name: 'cancel' });
  }

  async #try(): Promise<{ readonly answer: CallAnswer } | { readonly error: GatewayError }> {
    try {
      return { answer: await this.#send() };
    } catch (error) {
      return { error: toGatewayError(error) };
    }
  }

  async #send(): Promise<CallAnswer> {
    const { upstream } = this.#upload.record;
    if (upstream === undefined) return this.#begin();
    const { account, path } = upstream;
    if (path === undefined) return this.#sendWhole(account);
    const state = await this.#command(upstream, path, { name: 'query' });
    this.#absentSinceMs = undefined;
    if (passingStatus.has(state.status)) return state;
    const status = headerOf(state.headers, 'x-goog-upload-status');
    if (isOk(state) && status === 'final' && state.body.length > 0) return state;
    const offset = Number(headerOf(state.headers, 'x-goog-upload-size-received') ?? Number.NaN);
    if (isOk(state) && status === 'active' && offset <= this.#upload.totalBytes) return this.#sendFrom(upstream, path, offset);
    // The upstream no longer knows the upload.
    this.#upload.setUpstream(undefined);
    return this.#begin();
  }

  async #begin(): Promise<CallAnswer> {
    const answer = await this.start();
    this.#absentSinceMs = undefined;
    const { upstream } = this.#upload.record;
    if (!isOk(answer) || upstream === undefined) return answer;
    return upstream.path === undefined ? this.#sendWhole(upstream.account) : this.#sendFrom(upstream, upstream.path, 0);
  }

  async #sendFrom(upstream: UpstreamUpload, path: string, start: number): Promise<CallAnswer> {
    const { totalBytes } = this.#upload;
    const chunkBytes = Math.ceil(sentChunkBytes / upstream.granularityBytes) * upstream.granularityBytes;
    for (let offset = start; ; ) {
      const end = Math.min(offset + chunkBytes, totalBytes);
      const isLast = end === totalBytes;
      const answer = await this.#command(upstream, path, { name: isLast ? 'upload, finalize' : 'upload', part: { offset, end } });
      if (isLast || !isOk(answer)) return answer;
      this.#fruitlessTries = 0;
      offset = end;
    }
  }

  #command({ account }: UpstreamUpload, path: string, { name, part }: Command): Promise<CallAnswer> {
    const length = part === undefined ? 0 : part.end - part.offset;
    return this.#call({
      method: 'POST',
      path,
      headers: [
        ['x-goog-upload-command', name],
        ...(part === undefined ? [] : [['x-goog-upload-offset', String(part.offset)] as const]),
        ['content-length', String(length)],
      ],
      body:
        part === undefined || length === 0 ? undefined : { bytes: length, read: () => this.#upload.read(part.offset, part.end) },
      account,
    });
  }

  /** Where a hook keeps the upload's address back, the file goes in one request, as the legacy SDK sends it. */
  #sendWhole(account: string): Promise<CallAnswer> {
    const { record, totalBytes } = this.#upload;
    if (totalBytes > maxWholeFileBytes) {
      const message = `The worker gets no upload address from the Gemini API, so that a file has to go in one request, of ${maxWholeFileBytes} bytes at most. Use a worker of another kind, or a smaller file.`;
      throw new GatewayError('BODY_TOO_LARGE', message, { metadata: { maxBodyBytes: String(maxWholeFileBytes) } });
    }
    const boundary = `gemini-proxy-${record.id.slice(-16)}`;
    const type = record.contentType ?? 'application/octet-stream';
    const head = Buffer.concat([
      Buffer.from(`--${boundary}\r\ncontent-type: application/json; charset=utf-8\r\n\r\n`),
      record.metadata.length === 0 ? Buffer.from('{}') : record.metadata,
      Buffer.from(`\r\n--${boundary}\r\ncontent-type: ${type}\r\n\r\n`),
    ]);
    const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
    const file = () => this.#upload.read(0, totalBytes);
    return this.#call({
      method: 'POST',
      path: record.target,
      headers: [
        ['x-goog-upload-protocol', 'multipart'],
        ['content-type', `multipart/related; boundary=${boundary}`],
        ['content-length', String(head.length + totalBytes + tail.length)],
      ],
      body: { bytes: head.length + totalBytes + tail.length, read: () => enclosed(head, file(), tail) },
      account,
    });
  }

  #call(call: Omit<Call, 'maxAnswerBytes' | 'signal'>): Promise<CallAnswer> {
    return this.#options.call({ ...call, maxAnswerBytes, signal: this.#options.signal });
  }

  #shallGiveUp(error: GatewayError | undefined): boolean {
    if (error !== undefined && absent.has(error.reason)) return this.#isTiredOfWaiting(error);
    if (error !== undefined && !passing.has(error.reason)) return true;
    this.#fruitlessTries += 1;
    return this.#fruitlessTries >= maxFruitlessTries;
  }

  #isTiredOfWaiting(error: GatewayError): boolean {
    const nowMs = this.#options.clock.now();
    this.#absentSinceMs ??= nowMs;
    const waitedMs = nowMs - this.#absentSinceMs;
    if (error.reason === 'RESOURCE_OWNER_OFFLINE' && waitedMs >= ownerPatienceMs) this.#upload.setUpstream(undefined);
    return waitedMs >= workerPatienceMs;
  }
}

async function* enclosed(
  head: Uint8Array<ArrayBuffer>,
  file: AsyncIterable<Uint8Array<ArrayBuffer>>,
  tail: Uint8Array<ArrayBuffer>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  yield head;
  yield* file;
  yield tail;
}

function optional(name: string, value: string | undefined): HeaderList {
  return value === undefined ? [] : [[name, value]];
}

function headerOf(headers: HeaderList, wanted: string): string | undefined {
  return headers.find(([name]) => name === wanted)?.[1];
}

function isOk({ status }: CallAnswer): boolean {
  return status >= 200 && status < 300;
}
