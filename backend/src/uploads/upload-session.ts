import type { Clock } from '@gemini-proxy/protocol';
import { GatewayError } from '../errors.ts';
import { patiently } from './body-pieces.ts';
import type { Spool } from './spool.ts';
import type { UploadChunk } from './upload-intent.ts';
import type { KeptAnswer, UploadRecord, UploadRecords, UpstreamUpload } from './upload-record.ts';
import { granularityBytes } from './upload-sizes.ts';

type Pieces = AsyncIterable<Uint8Array<ArrayBuffer>>;

/** What all sessions share. */
export interface SessionContext {
  readonly spool: Spool;
  readonly records: UploadRecords;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds that a client may be silent within a chunk. */
  readonly silenceMs: number;
}

export interface ChunkBody {
  readonly pieces: Pieces;
  /** `undefined` when it comes in chunks. */
  readonly bodyLength: number | undefined;
  readonly maxBytes: number;
}

/** What a session needs to know of a chunk. */
export type SessionChunk = Pick<UploadChunk, 'dialect' | 'offset' | 'isFinal' | 'declaredLength' | 'totalBytes'>;

/** The file has not as many bytes as was announced, which ends its upload. */
export class WrongSizeError extends GatewayError {
  constructor(message: string) {
    super('UPLOAD_PROTOCOL_VIOLATION', message);
  }
}

interface Turn {
  readonly controller: AbortController;
  readonly over: Promise<void>;
}

/**
 * One upload: where it stands, and the only writer of its file. What changes it waits for its turn, and a later one ends the writing
 * of those before it.
 */
export class UploadSession {
  readonly #context: SessionContext;
  #record: UploadRecord;
  #receivedBytes: number;
  #writtenBytes: number;
  /** The turn that others wait for; those before it are over, or about to be. */
  #lastTurn: Turn | undefined;

  constructor(record: UploadRecord, receivedBytes: number, context: SessionContext) {
    this.#record = record;
    this.#receivedBytes = receivedBytes;
    this.#writtenBytes = receivedBytes;
    this.#context = context;
  }

  get id(): string {
    return this.#record.id;
  }

  get record(): UploadRecord {
    return this.#record;
  }

  /** Bytes that are here for good: where the next chunk has to begin. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** The same, with what may still be cut off again. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  get isWriting(): boolean {
    return this.#lastTurn !== undefined;
  }

  /** Tells a client how far it is: it has lost the connection over which the bytes came. From then on they are not asked for again. */
  acknowledge(): Promise<void> {
    return this.#inTurn(() => {
      if (this.#record.state === 'receiving') this.#acknowledge();
    });
  }

  /**
   * Writes a chunk; the final one completes the upload. Of one that breaks off, whole granules count; of one that breaks the rules,
   * nothing. Resolves with `false`, the body unread, where it is the final one of a complete upload, whose answer was lost.
   */
  append(chunk: SessionChunk, body: ChunkBody): Promise<boolean> {
    return this.#inTurn(async (signal) => {
      const { state } = this.#record;
      if (chunk.isFinal && (state === 'received' || state === 'final')) return false;
      signal.throwIfAborted();
      if (state !== 'receiving') throw violation('Upload has already been terminated.');
      this.#requireOffset(chunk.offset);
      requireSize(chunk, body);
      await this.#keep(chunk.offset);
      await this.#write(chunk, body, signal);
      if (chunk.isFinal) this.#complete(chunk.totalBytes);
      return true;
    });
  }

  /** Ends the chunk that is being written: its client has come back over another connection, or the upload is over. */
  stopWriting(): Promise<void> {
    return this.#inTurn(() => {});
  }

  /** All bytes are here. Rejects with `WrongSizeError` where they are not as many as was said, at the start or now. */
  complete(totalBytes: number | undefined): Promise<void> {
    return this.#inTurn(() => {
      if (this.#record.state === 'receiving') this.#complete(totalBytes);
    });
  }

  setUpstream(upstream: UpstreamUpload | undefined): void {
    this.#save({ upstream });
  }

  /** The upload is over. Its bytes go, unless `keep` resolves with `true`: then they are others'. */
  finish(state: 'final' | 'cancelled', answer: KeptAnswer | undefined, keep?: () => Promise<boolean>): Promise<void> {
    return this.#inTurn(async () => {
      const kept = answer === undefined ? undefined : { ...answer, body: new Uint8Array(answer.body) };
      this.#save({ state, answer: kept, upstream: undefined });
      const isKept = await keep?.();
      if (isKept !== true) await this.#context.spool.remove(this.id);
    });
  }

  /** Waits until those before are over, which are told to end. The place in the row is taken at once. */
  async #inTurn<Result>(action: (signal: AbortSignal) => Result | Promise<Result>): Promise<Result> {
    const previous = this.#lastTurn;
    const over = Promise.withResolvers<void>();
    const turn = { controller: new AbortController(), over: over.promise };
    this.#lastTurn = turn;
    previous?.controller.abort(violation('Another request took this upload over.'));
    await previous?.over;
    try {
      return await action(turn.controller.signal);
    } finally {
      if (this.#lastTurn === turn) this.#lastTurn = undefined;
      over.resolve();
    }
  }

  #acknowledge(): void {
    if (this.#receivedBytes !== this.#record.acknowledgedBytes) this.#save({ acknowledgedBytes: this.#receivedBytes });
  }

  #complete(totalBytes: number | undefined): void {
    const declaredBytes = totalBytes ?? this.#record.declaredBytes;
    if (declaredBytes !== undefined && declaredBytes !== this.#receivedBytes) {
      throw new WrongSizeError(`Upload has ${this.#receivedBytes} bytes, but ${declaredBytes} were announced.`);
    }
    this.#save({ state: 'received', acknowledgedBytes: this.#receivedBytes });
  }

  async #write(chunk: SessionChunk, body: ChunkBody, signal: AbortSignal): Promise<void> {
    const { spool, clock, silenceMs } = this.#context;
    const { id } = this.#record;
    const granularity = granularityBytes[chunk.dialect];
    let size = chunk.offset;
    try {
      const pieces = limited(patiently(body.pieces, { clock, silenceMs, signal }), body.maxBytes - chunk.offset);
      await spool.append(id, {
        offset: size,
        pieces,
        onWritten: (written) => {
          size = written;
          this.#writtenBytes = written;
        },
      });
    } catch (error) {
      const isViolation = error instanceof GatewayError && error.reason === 'BODY_TOO_LARGE';
      await this.#keep(isViolation ? chunk.offset : chunk.offset + wholeGranules(size - chunk.offset, granularity));
      throw error;
    }
    const isWhole = chunk.isFinal || (size - chunk.offset) % granularity === 0;
    await this.#keep(isWhole ? size : chunk.offset);
    if (!isWhole) throw notWhole(granularity);
    if (!chunk.isFinal) this.#acknowledge();
  }

  async #keep(bytes: number): Promise<void> {
    await this.#context.spool.cut(this.id, bytes);
    this.#receivedBytes = bytes;
    this.#writtenBytes = bytes;
  }

  /**
   * A chunk that broke off may be sent again from its beginning, for nobody was told that a part of it is here; what a dead process
   * left behind that place goes.
   */
  #requireOffset(offset: number): void {
    if (offset === this.#receivedBytes || offset === this.#record.acknowledgedBytes) return;
    throw violation(`Upload offset ${offset} does not match the ${this.#receivedBytes} bytes received.`);
  }

  #save(changes: Partial<UploadRecord>): void {
    this.#record = { ...this.#record, ...changes, touchedAtMs: this.#context.now() };
    this.#context.records.save(this.#record);
  }
}

/**
 * What counts of a file that a dead process wrote: whole granules, and all that was acknowledged. `undefined` where bytes are missing
 * that the upload cannot do without.
 */
export function recoveredBytes(record: UploadRecord, fileBytes: number | undefined): number | undefined {
  const { state, acknowledgedBytes, dialect } = record;
  if (fileBytes === undefined || fileBytes < acknowledgedBytes) return undefined;
  return state === 'received'
    ? acknowledgedBytes
    : Math.max(acknowledgedBytes, wholeGranules(fileBytes, granularityBytes[dialect]));
}

/** Says what is wrong before the bytes come, where the length tells. */
function requireSize(chunk: SessionChunk, { bodyLength, maxBytes }: ChunkBody): void {
  if (bodyLength === undefined) return;
  const granularity = granularityBytes[chunk.dialect];
  if (chunk.declaredLength !== undefined && chunk.declaredLength !== bodyLength) {
    throw violation(`Content-Range says ${chunk.declaredLength} bytes, but the body has ${bodyLength}.`);
  }
  if (!chunk.isFinal && bodyLength % granularity !== 0) throw notWhole(granularity);
  if (bodyLength > maxBytes - chunk.offset) throw tooLarge(maxBytes);
}

async function* limited(pieces: Pieces, maxBytes: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let byteCount = 0;
  for await (const piece of pieces) {
    byteCount += piece.length;
    if (byteCount > maxBytes) throw tooLarge(maxBytes);
    yield piece;
  }
}

function wholeGranules(bytes: number, granularity: number): number {
  return bytes - (bytes % granularity);
}

function notWhole(granularity: number): GatewayError {
  return violation(`Chunk size must be a multiple of ${granularity} bytes.`);
}

function tooLarge(maxBytes: number): GatewayError {
  const message = `The file is larger than the ${maxBytes} bytes that are allowed here.`;
  return new GatewayError('BODY_TOO_LARGE', message, { metadata: { maxBodyBytes: String(maxBytes) } });
}

function violation(message: string): GatewayError {
  return new GatewayError('UPLOAD_PROTOCOL_VIOLATION', message);
}
