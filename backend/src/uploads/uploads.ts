import { randomBytes } from 'node:crypto';
import type { Clock } from '@gemini-proxy/protocol';
import { GatewayError, toGatewayError } from '../errors.ts';
import type { CallAnswer, Caller } from '../orchestrator/internal-call.ts';
import { collected, drained, patiently } from './body-pieces.ts';
import { readRelatedBody } from './related-body.ts';
import { Sending } from './sending.ts';
import type { Spool } from './spool.ts';
import { emptyAnswer, errorAnswer, keptAnswer, toKeptError, type UploadStatus } from './upload-answers.ts';
import type { UploadAnswer, UploadCall } from './upload-call.ts';
import { type Dialect, toUploadIntent, type UploadChunk, type UploadIntent, type UploadStart } from './upload-intent.ts';
import type { UploadRecord, UploadRecords, UploadState } from './upload-record.ts';
import { recoveredBytes, type SessionContext, UploadSession } from './upload-session.ts';
import { granularityBytes, maxFileBytes, maxMetadataBytes, maxStoreFileBytes } from './upload-sizes.ts';

export interface UploadsOptions {
  readonly spool: Spool;
  readonly records: UploadRecords;
  readonly call: Caller;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds that a client may be silent within a body. */
  readonly silenceMs: number;
  /** Milliseconds that an upload which is not complete is kept for its client. */
  readonly unfinishedAgeMs: number;
  /** Account that a target belongs to; `undefined`: any will do. */
  readonly accountFor: (target: string) => string | undefined;
  /** Hears of each answer of the Gemini API to a whole upload. */
  readonly onSent: (target: string, answer: CallAnswer) => void;
}

export interface UploadsDebugState {
  /** Uploads that are not complete. */
  readonly sessions: number;
  readonly writing: number;
  readonly sending: number;
}

/** Milliseconds that the answer of a complete upload is kept, for a client that has lost it. */
const finishedAgeMs = 60 * 60 * 1000;
/** Milliseconds between two looks for uploads that nobody goes on with. */
const sweepIntervalMs = 60 * 1000;
/** Uploads at once, those kept for their answer included. */
const maxSessions = 4096;

interface RunningSending {
  readonly controller: AbortController;
  readonly answer: Promise<UploadAnswer>;
}

/** The upload server: takes files in by every protocol of the Gemini API, keeps them on disk, and sends them through workers. */
export class Uploads {
  readonly #options: UploadsOptions;
  readonly #context: SessionContext;
  readonly #sessions = new Map<string, UploadSession>();
  readonly #sendings = new Map<string, RunningSending>();
  #cancelSweep = () => {};
  #isStopped = false;

  constructor(options: UploadsOptions) {
    this.#options = options;
    this.#context = options;
  }

  /** Takes up the uploads of an earlier process, and looks after stale ones from now on. Called once, before the first request. */
  async start(): Promise<void> {
    const { spool, records } = this.#options;
    const sizes = await spool.list();
    for (const record of records.all()) await this.#recover(record, sizes.get(record.id));
    const staleBeforeMs = this.#options.now() - this.#options.unfinishedAgeMs;
    for (const id of sizes.keys()) if (!this.#sessions.has(id)) await spool.removeIfOlder(id, staleBeforeMs);
    await this.#sweep();
  }

  /** Answers a request; `undefined` where it speaks no upload protocol, and goes to a worker unseen. Never rejects. */
  async handle(call: UploadCall): Promise<UploadAnswer | undefined> {
    let session: UploadSession | undefined;
    try {
      if (this.#isStopped) throw new GatewayError('SHUTTING_DOWN', 'The gateway is stopping; try again when it is back.');
      const intent = toUploadIntent(call);
      if (intent.kind === 'unseen') return undefined;
      if ('id' in intent) session = this.#find(intent.id);
      return await this.#answer(intent, session, call);
    } catch (error) {
      return this.#toErrorAnswer(toGatewayError(error), session);
    }
  }

  /** Stops what runs. What was acknowledged stays for the next process. */
  async destroy(): Promise<void> {
    this.#isStopped = true;
    this.#cancelSweep();
    const reason = new GatewayError('SHUTTING_DOWN', 'The gateway is stopping; go on with the upload when it is back.');
    const sendings = [...this.#sendings.values()];
    for (const { controller } of sendings) controller.abort(reason);
    await Promise.all([...this.#sessions.values()].map((session) => session.stopWriting()));
    await Promise.allSettled(sendings.map(({ answer }) => answer));
  }

  debugState(): UploadsDebugState {
    const sessions = [...this.#sessions.values()];
    return {
      sessions: sessions.filter(({ record }) => !isOver(record.state)).length,
      writing: sessions.filter(({ isWriting }) => isWriting).length,
      sending: this.#sendings.size,
    };
  }

  async #answer(intent: UploadIntent, session: UploadSession | undefined, call: UploadCall): Promise<UploadAnswer> {
    if (intent.kind === 'start') return this.#begin(intent.start, intent.dialect, call);
    if (intent.kind === 'raw') return this.#takeWhole(intent.start, new Uint8Array(0), call.body);
    if (intent.kind === 'multipart') {
      const { metadata, contentType, file } = await readRelatedBody(this.#patiently(call), intent.boundary);
      return this.#takeWhole({ ...intent.start, contentType }, metadata, file);
    }
    if (session === undefined || intent.kind === 'unseen') throw notFound();
    switch (intent.kind) {
      case 'chunk':
        return this.#takeChunk(session, intent, call);
      case 'finalize':
        return this.#finalize(session, undefined);
      case 'query':
        return this.#query(session, intent);
      case 'cancel':
        return this.#cancel(session, intent.dialect);
      default:
        return intent satisfies never;
    }
  }

  async #begin(start: UploadStart, dialect: Dialect, call: UploadCall): Promise<UploadAnswer> {
    const metadata = await collected(this.#patiently(call), maxMetadataBytes);
    const { id } = await this.#create(start, dialect, metadata);
    const path = start.target.split('?', 1)[0] ?? '';
    if (dialect === 'range') {
      const location = `${call.publicUrl}${path}?uploadType=resumable&upload_id=${id}`;
      return emptyAnswer({ id, status: 'active', headers: [['location', location]] });
    }
    const url = `${call.publicUrl}${path}?upload_id=${id}&upload_protocol=resumable`;
    return emptyAnswer({
      id,
      status: 'active',
      headers: [
        ['x-goog-upload-url', url],
        ['x-goog-upload-control-url', url],
        ['x-goog-upload-chunk-granularity', String(granularityBytes.command)],
        ['x-goog-upload-header-vary', 'Origin, X-Origin, Referer'],
        ['x-goog-upload-header-content-type', 'application/json; charset=UTF-8'],
      ],
    });
  }

  async #takeWhole(
    start: UploadStart,
    metadata: Uint8Array<ArrayBuffer>,
    file: AsyncIterable<Uint8Array<ArrayBuffer>>,
  ): Promise<UploadAnswer> {
    const session = await this.#create(start, 'command', metadata);
    try {
      const chunk = { dialect: 'command', offset: 0, isFinal: true, declaredLength: undefined } as const;
      await session.append(chunk, { pieces: file, bodyLength: start.declaredBytes, maxBytes: maxBytesOf(session.record) });
      return await this.#finalize(session, undefined);
    } finally {
      // Nobody has its id to come back with.
      await this.#forget(session);
    }
  }

  async #takeChunk(session: UploadSession, chunk: UploadChunk, call: UploadCall): Promise<UploadAnswer> {
    const { state } = session.record;
    if (chunk.isFinal && (state === 'received' || state === 'final')) {
      // The answer to it was lost: the client sends it once more.
      await drained(this.#patiently(call));
      return this.#finished(session);
    }
    const { body: pieces, bodyLength } = call;
    await session.append(chunk, { pieces, bodyLength, maxBytes: maxBytesOf(session.record) });
    return chunk.isFinal ? this.#finalize(session, chunk.totalBytes) : toProgress(session, chunk.dialect);
  }

  async #finalize(session: UploadSession, totalBytes: number | undefined): Promise<UploadAnswer> {
    await session.stopWriting();
    if (session.record.state === 'receiving') {
      try {
        session.complete(totalBytes);
      } catch (error) {
        await session.finish('final', toKeptError(toGatewayError(error)));
        throw error;
      }
    }
    return this.#finished(session);
  }

  async #query(session: UploadSession, { dialect, totalBytes }: UploadIntent & { kind: 'query' }): Promise<UploadAnswer> {
    // Whoever asks has lost the connection over which the bytes came.
    await session.stopWriting();
    if (session.record.state === 'cancelled') return emptyAnswer({ id: session.id, status: 'cancelled' });
    if (session.record.state !== 'receiving') return this.#finished(session);
    if (dialect === 'range' && totalBytes === session.receivedBytes) return this.#finalize(session, totalBytes);
    return toProgress(session, dialect, [['x-goog-upload-size-received', String(session.acknowledge())]]);
  }

  async #cancel(session: UploadSession, dialect: Dialect): Promise<UploadAnswer> {
    if (session.record.state === 'final') throw terminated();
    const sending = this.#sendings.get(session.id);
    sending?.controller.abort(new GatewayError('UPLOAD_PROTOCOL_VIOLATION', 'The upload was cancelled.'));
    await sending?.answer.catch(() => {});
    await session.finish('cancelled', undefined);
    return emptyAnswer({ id: session.id, status: 'cancelled', httpStatus: dialect === 'range' ? 499 : 200 });
  }

  /** The answer that the upload ends with, which all who ask for it wait for together. */
  #finished(session: UploadSession): Promise<UploadAnswer> {
    const { state, answer } = session.record;
    if (answer !== undefined) return Promise.resolve(keptAnswer(answer, 'final'));
    if (state !== 'received') throw terminated();
    const running = this.#sendings.get(session.id);
    if (running !== undefined) return running.answer;
    const controller = new AbortController();
    const sending = this.#send(session, controller.signal).finally(() => this.#sendings.delete(session.id));
    this.#sendings.set(session.id, { controller, answer: sending });
    return sending;
  }

  async #send(session: UploadSession, signal: AbortSignal): Promise<UploadAnswer> {
    const { spool, call, clock, accountFor, onSent } = this.#options;
    const upload = {
      get record() {
        return session.record;
      },
      totalBytes: session.receivedBytes,
      setUpstream: session.setUpstream.bind(session),
      read: (offset: number, end: number) => spool.read(session.id, offset, end),
    };
    const answer = await new Sending(upload, { call, clock, accountFor, signal }).run();
    const { status, headers, body } = answer;
    // The client may ask for another try.
    if (status === 429 || status >= 500) return keptAnswer({ status, headers, body }, 'active');
    onSent(session.record.target, answer);
    await session.finish('final', { status, headers, body });
    return keptAnswer({ status, headers, body }, 'final');
  }

  async #create(start: UploadStart, dialect: Dialect, metadata: Uint8Array<ArrayBuffer>): Promise<UploadSession> {
    if (this.#sessions.size >= maxSessions)
      throw new GatewayError('SPOOL_FULL', 'Too many uploads are under way. Try again later.');
    const nowMs = this.#options.now();
    const record: UploadRecord = {
      ...start,
      id: randomBytes(24).toString('hex'),
      dialect,
      metadata,
      state: 'receiving',
      createdAtMs: nowMs,
      touchedAtMs: nowMs,
      acknowledgedBytes: 0,
      upstream: undefined,
      answer: undefined,
    };
    if ((start.declaredBytes ?? 0) > maxBytesOf(record)) throw tooLarge(maxBytesOf(record));
    await this.#options.spool.create(record.id, start.declaredBytes ?? 0);
    const session = new UploadSession(record, 0, this.#context);
    this.#options.records.save(record);
    this.#sessions.set(record.id, session);
    return session;
  }

  async #recover(record: UploadRecord, fileBytes: number | undefined): Promise<void> {
    const { spool, records } = this.#options;
    if (isOver(record.state)) {
      this.#sessions.set(record.id, new UploadSession(record, record.acknowledgedBytes, this.#context));
      return;
    }
    const receivedBytes = recoveredBytes(record, fileBytes ?? 0);
    const isLost = fileBytes === undefined || (record.state === 'received' && receivedBytes !== record.acknowledgedBytes);
    if (isLost) {
      records.delete(record.id);
      await spool.remove(record.id);
      return;
    }
    this.#sessions.set(record.id, new UploadSession(record, receivedBytes, this.#context));
  }

  async #sweep(): Promise<void> {
    const nowMs = this.#options.now();
    for (const session of [...this.#sessions.values()]) {
      const { state, touchedAtMs } = session.record;
      const maxAgeMs = isOver(state) ? finishedAgeMs : this.#options.unfinishedAgeMs;
      const isIdle = !session.isWriting && !this.#sendings.has(session.id);
      if (isIdle && nowMs - touchedAtMs > maxAgeMs) await this.#forget(session);
    }
    if (!this.#isStopped) this.#cancelSweep = this.#options.clock.schedule(() => void this.#sweep(), sweepIntervalMs);
  }

  async #forget(session: UploadSession): Promise<void> {
    this.#sessions.delete(session.id);
    this.#options.records.delete(session.id);
    await this.#options.spool.remove(session.id);
  }

  #find(id: string): UploadSession {
    const session = this.#sessions.get(id);
    if (session === undefined) throw notFound();
    return session;
  }

  #patiently({ body }: UploadCall): AsyncIterable<Uint8Array<ArrayBuffer>> {
    const { clock, silenceMs } = this.#options;
    return patiently(body, { clock, silenceMs });
  }

  #toErrorAnswer(error: GatewayError, session: UploadSession | undefined): UploadAnswer {
    if (session === undefined) return errorAnswer(error, { id: undefined, status: 'final' });
    const headers = [['x-goog-upload-size-received', String(session.receivedBytes)]] as const;
    return errorAnswer(error, { id: session.id, status: toStatus(session.record.state), headers });
  }
}

function toProgress({ id, receivedBytes }: UploadSession, dialect: Dialect, headers: UploadAnswer['headers'] = []): UploadAnswer {
  if (dialect === 'command') return emptyAnswer({ id, status: 'active', headers });
  const range = receivedBytes === 0 ? [] : [['range', `bytes=0-${receivedBytes - 1}`] as const];
  return emptyAnswer({ id, status: 'active', httpStatus: 308, headers: range });
}

function isOver(state: UploadState): boolean {
  return state === 'final' || state === 'cancelled';
}

function toStatus(state: UploadState): UploadStatus {
  return state === 'final' || state === 'cancelled' ? state : 'active';
}

function maxBytesOf({ target }: UploadStart): number {
  return target.includes('/fileSearchStores/') ? maxStoreFileBytes : maxFileBytes;
}

function notFound(): GatewayError {
  return new GatewayError(
    'UPLOAD_NOT_FOUND',
    'No such upload is known here: it may have expired, or have been complete for long.',
  );
}

function terminated(): GatewayError {
  return new GatewayError('UPLOAD_PROTOCOL_VIOLATION', 'Upload has already been terminated.');
}

function tooLarge(maxBytes: number): GatewayError {
  const message = `The file is larger than the ${maxBytes} bytes that are allowed here.`;
  return new GatewayError('BODY_TOO_LARGE', message, { metadata: { maxBodyBytes: String(maxBytes) } });
}
