import type { HeaderList } from '@gemini-proxy/protocol';
import { GatewayError, toGatewayError } from '../errors.ts';
import type { CallAnswer, Caller } from '../orchestrator/internal-call.ts';
import type { ResourceRecord } from '../store/store.ts';
import { collected, drained, patiently } from './body-pieces.ts';
import type { KeptFiles } from './kept-files.ts';
import { readRelatedBody } from './related-body.ts';
import { passingStatus, Sending } from './sending.ts';
import { isOver, maxBytesOf, SessionShelf, type ShelfOptions } from './session-shelf.ts';
import { emptyAnswer, errorAnswer, keptAnswer, toKeptError, type UploadStatus } from './upload-answers.ts';
import type { UploadAnswer, UploadCall } from './upload-call.ts';
import {
  type Dialect,
  toUploadIntent,
  type UploadChunk,
  type UploadIntent,
  type UploadStart,
  uploadIdOf,
} from './upload-intent.ts';
import type { UploadState } from './upload-record.ts';
import { type UploadSession, WrongSizeError } from './upload-session.ts';
import { granularityBytes, maxMetadataBytes } from './upload-sizes.ts';
import { publicUploadId, toUploadView, type UploadView } from './upload-view.ts';

export interface UploadsOptions extends ShelfOptions {
  readonly call: Caller;
  /** Takes over the bytes of files that were sent. */
  readonly kept: KeptFiles;
  /** Account that a target belongs to; `undefined`: any will do. */
  readonly accountFor: (target: string) => string | undefined;
  /** Hears of each answer of the Gemini API to a whole upload, and returns what was made by it. */
  readonly onSent: (target: string, answer: CallAnswer) => ResourceRecord | undefined;
  /** Hears of disk or store failing while stale uploads are cleared away. */
  readonly onSweepFailed: (error: unknown) => void;
}

export interface UploadsDebugState {
  /** Uploads that are not complete. */
  readonly sessions: number;
  readonly writing: number;
  readonly sending: number;
}

/** Milliseconds that a client waits for the Gemini API at the start of an upload, which can go on without. */
const startPatienceMs = 10_000;
/** Milliseconds between two looks for uploads that nobody goes on with. */
const sweepIntervalMs = 60 * 1000;

interface RunningSending {
  readonly controller: AbortController;
  readonly answer: Promise<UploadAnswer>;
}

/** The upload server: takes files in by every protocol of the Gemini API, keeps them on disk, and sends them through workers. */
export class Uploads {
  readonly #options: UploadsOptions;
  readonly #shelf: SessionShelf;
  readonly #sendings = new Map<string, RunningSending>();
  #cancelSweep = () => {};
  #isStopped = false;

  constructor(options: UploadsOptions) {
    this.#options = options;
    this.#shelf = new SessionShelf(options);
  }

  /** Takes up the uploads of an earlier process, and looks after stale ones from now on. Called once, before the first request. */
  async start(): Promise<void> {
    const { spool, kept } = this.#options;
    const sizes = await spool.list();
    await kept.recover(sizes);
    await this.#shelf.recover(sizes, kept.spoolFiles());
    await this.#sweep();
  }

  /** Answers a request; `undefined` where it speaks no upload protocol, and goes to a worker unseen. Never rejects. */
  async handle(call: UploadCall): Promise<UploadAnswer | undefined> {
    let session: UploadSession | undefined;
    try {
      if (this.#isStopped) throw new GatewayError('SHUTTING_DOWN', 'The gateway is stopping; try again when it is back.');
      const id = uploadIdOf(call.path);
      if (id !== undefined) session = this.#shelf.find(id);
      const intent = toUploadIntent(call);
      if (intent.kind === 'unseen') return undefined;
      requireDialect(intent, session);
      return await this.#answer(intent, session, call);
    } catch (error) {
      return this.#toErrorAnswer(toGatewayError(error), session);
    }
  }

  /** All uploads that are known, newest first. */
  list(): readonly UploadView[] {
    return this.#shelf
      .sessions()
      .map(toUploadView)
      .sort((one, other) => other.createdAtMs - one.createdAtMs);
  }

  /** Gives an upload up in its client's place; `false`: none that is under way has this public id. */
  async giveUp(publicId: string): Promise<boolean> {
    const session = this.#shelf.sessions().find(({ id }) => publicUploadId(id) === publicId);
    if (session === undefined || isOver(session.record.state)) return false;
    await this.#cancel(session, session.record.dialect);
    return true;
  }

  /** Stops what runs. What was acknowledged stays for the next process. */
  async destroy(): Promise<void> {
    this.#isStopped = true;
    this.#cancelSweep();
    const reason = new GatewayError('SHUTTING_DOWN', 'The gateway is stopping; go on with the upload when it is back.');
    const sendings = [...this.#sendings.values()];
    for (const { controller } of sendings) controller.abort(reason);
    await Promise.all(this.#shelf.sessions().map((session) => session.stopWriting()));
    await Promise.allSettled(sendings.map(({ answer }) => answer));
  }

  debugState(): UploadsDebugState {
    const sessions = this.#shelf.sessions();
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
    if (session === undefined || intent.kind === 'unseen') throw terminated();
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
    const session = await this.#shelf.create(start, dialect, metadata);
    const refusal = await this.#startUpstream(session);
    if (refusal !== undefined) {
      await this.#shelf.forget(session);
      return keptAnswer(refusal, 'final');
    }
    const { id } = session;
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

  /**
   * Begins the upload at the Gemini API, so that the client hears at once what is wrong with it; resolves with that. Where nobody
   * answers now, it begins when all bytes are here.
   */
  async #startUpstream(session: UploadSession): Promise<CallAnswer | undefined> {
    try {
      const answer = await this.#shortly(session, (sending) => sending.start());
      return answer.status >= 400 && !passingStatus.has(answer.status) ? answer : undefined;
    } catch {
      return undefined;
    }
  }

  /** Tells the Gemini API of an upload that ends here. That nobody hears it does not matter: it forgets the upload by itself. */
  #cancelUpstream(session: UploadSession): Promise<void> {
    return this.#shortly(session, (sending) => sending.cancel()).catch(() => {});
  }

  async #shortly<Result>(session: UploadSession, action: (sending: Sending) => Promise<Result>): Promise<Result> {
    const controller = new AbortController();
    const onTimeout = () => controller.abort(new GatewayError('FIRST_BYTE_TIMEOUT', 'The Gemini API did not answer in time.'));
    const cancelTimer = this.#options.clock.schedule(onTimeout, startPatienceMs);
    try {
      return await action(this.#sendingOf(session, controller.signal));
    } finally {
      cancelTimer();
    }
  }

  async #takeWhole(
    start: UploadStart,
    metadata: Uint8Array<ArrayBuffer>,
    file: AsyncIterable<Uint8Array<ArrayBuffer>>,
  ): Promise<UploadAnswer> {
    const session = await this.#shelf.create(start, 'command', metadata);
    try {
      const chunk = { dialect: 'command', offset: 0, isFinal: true, declaredLength: undefined, totalBytes: undefined } as const;
      await session.append(chunk, { pieces: file, bodyLength: start.declaredBytes, maxBytes: maxBytesOf(session.record) });
      return await this.#finished(session);
    } finally {
      // Nobody has its id to come back with.
      await this.#shelf.forget(session);
    }
  }

  async #takeChunk(session: UploadSession, chunk: UploadChunk, call: UploadCall): Promise<UploadAnswer> {
    const { body: pieces, bodyLength } = call;
    const body = { pieces, bodyLength, maxBytes: maxBytesOf(session.record) };
    const isTaken = await this.#orEnd(session, session.append(chunk, body));
    if (!isTaken) await drained(this.#patiently(call));
    return chunk.isFinal ? this.#finished(session) : toProgress(session, chunk.dialect);
  }

  async #finalize(session: UploadSession, totalBytes: number | undefined): Promise<UploadAnswer> {
    await this.#orEnd(session, session.complete(totalBytes));
    return this.#finished(session);
  }

  /** An upload of a wrong size is over, here and at the Gemini API. */
  async #orEnd<Result>(session: UploadSession, action: Promise<Result>): Promise<Result> {
    try {
      return await action;
    } catch (error) {
      if (error instanceof WrongSizeError) {
        await this.#cancelUpstream(session);
        await session.finish('final', toKeptError(error, session.id));
      }
      throw error;
    }
  }

  async #query(session: UploadSession, { dialect, totalBytes }: UploadIntent & { kind: 'query' }): Promise<UploadAnswer> {
    await session.acknowledge();
    const { state } = session.record;
    if (state === 'cancelled') return emptyAnswer({ id: session.id, status: 'cancelled', headers: toSize(session) });
    if (state !== 'receiving') return withSize(await this.#finished(session), session);
    if (dialect === 'range' && totalBytes === session.receivedBytes) return this.#finalize(session, totalBytes);
    return toProgress(session, dialect, toSize(session));
  }

  async #cancel(session: UploadSession, dialect: Dialect): Promise<UploadAnswer> {
    if (session.record.state === 'final') throw terminated();
    const sending = this.#sendings.get(session.id);
    sending?.controller.abort(new GatewayError('UPLOAD_PROTOCOL_VIOLATION', 'The upload was cancelled.'));
    await sending?.answer.catch(() => {});
    await this.#cancelUpstream(session);
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
    const answer = await this.#sendingOf(session, signal).run();
    const { status, headers, body } = answer;
    // The client may ask for another try.
    if (status === 429 || status >= 500) return keptAnswer({ status, headers, body }, 'active');
    const { onSent, kept } = this.#options;
    const created = onSent(session.record.target, answer);
    const keep = () => kept.keep(session.record, session.receivedBytes, created);
    await session.finish('final', { status, headers, body }, keep);
    return keptAnswer({ status, headers, body }, 'final');
  }

  #sendingOf(session: UploadSession, signal: AbortSignal): Sending {
    const { spool, call, clock, accountFor } = this.#options;
    const upload = {
      get record() {
        return session.record;
      },
      totalBytes: session.receivedBytes,
      setUpstream: session.setUpstream.bind(session),
      read: (offset: number, end: number) => spool.read(session.id, offset, end),
    };
    return new Sending(upload, { call, clock, accountFor, signal });
  }

  async #sweep(): Promise<void> {
    try {
      await this.#shelf.sweep((session) => session.isWriting || this.#sendings.has(session.id));
      await this.#options.kept.sweep();
    } catch (error) {
      this.#options.onSweepFailed(error);
    }
    if (!this.#isStopped) this.#cancelSweep = this.#options.clock.schedule(() => void this.#sweep(), sweepIntervalMs);
  }

  #patiently({ body }: UploadCall): AsyncIterable<Uint8Array<ArrayBuffer>> {
    const { clock, silenceMs } = this.#options;
    return patiently(body, { clock, silenceMs });
  }

  #toErrorAnswer(error: GatewayError, session: UploadSession | undefined): UploadAnswer {
    if (session === undefined) return errorAnswer(error, { id: undefined, status: 'final' });
    return errorAnswer(error, { id: session.id, status: toStatus(session.record.state), headers: toSize(session) });
  }
}

function toProgress({ id, receivedBytes }: UploadSession, dialect: Dialect, headers: UploadAnswer['headers'] = []): UploadAnswer {
  if (dialect === 'command') return emptyAnswer({ id, status: 'active', headers });
  const range = receivedBytes === 0 ? [] : [['range', `bytes=0-${receivedBytes - 1}`] as const];
  return emptyAnswer({ id, status: 'active', httpStatus: 308, headers: range });
}

function toSize({ receivedBytes }: UploadSession): HeaderList {
  return [['x-goog-upload-size-received', String(receivedBytes)]];
}

function withSize(answer: UploadAnswer, session: UploadSession): UploadAnswer {
  const others = answer.headers.filter(([name]) => name !== 'x-goog-upload-size-received');
  return { ...answer, headers: [...others, ...toSize(session)] };
}

/** A session that was begun with commands takes no others. */
function requireDialect(intent: UploadIntent, session: UploadSession | undefined): void {
  if (session?.record.dialect !== 'command' || !('dialect' in intent) || intent.dialect === 'command') return;
  throw new GatewayError('UPLOAD_PROTOCOL_VIOLATION', 'Invalid X-Goog-Upload-Command header.');
}

function toStatus(state: UploadState): UploadStatus {
  return state === 'final' || state === 'cancelled' ? state : 'active';
}

function terminated(): GatewayError {
  return new GatewayError('UPLOAD_PROTOCOL_VIOLATION', 'Upload has already been terminated.');
}
