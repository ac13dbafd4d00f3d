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

interface Writer {
  readonly controller: AbortController;
  readonly done: Promise<void>;
}

/** One upload: where it stands, and the only writer of its file. */
export class UploadSession {
  readonly #context: SessionContext;
  #record: UploadRecord;
  #receivedBytes: number;
  #writer: Writer | undefined;

  constructor(record: UploadRecord, receivedBytes: number, context: SessionContext) {
    this.#record = record;
    this.#receivedBytes = receivedBytes;
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

  get isWriting(): boolean {
    return this.#writer !== undefined;
  }

  /** Tells a client how far it is. From then on these bytes are not asked for again. */
  acknowledge(): number {
    if (this.#receivedBytes !== this.#record.acknowledgedBytes) this.#save({ acknowledgedBytes: this.#receivedBytes });
    return this.#receivedBytes;
  }

  /** Writes a chunk. Of one that breaks off, whole granules count; of one that breaks the rules, nothing. */
  async append(chunk: Pick<UploadChunk, 'dialect' | 'offset' | 'isFinal' | 'declaredLength'>, body: ChunkBody): Promise<void> {
    await this.stopWriting();
    this.#requireState('receiving');
    await this.#seek(chunk.offset);
    this.#requireSize(chunk, body);
    const writer = { controller: new AbortController(), done: Promise.withResolvers<void>() };
    this.#writer = { controller: writer.controller, done: writer.done.promise };
    try {
      await this.#write(chunk, body, writer.controller.signal);
    } finally {
      this.#writer = undefined;
      writer.done.resolve();
    }
  }

  /** Ends the chunk that is being written: its client has come back over another connection, or the upload is over. */
  async stopWriting(): Promise<void> {
    while (this.#writer !== undefined) {
      this.#writer.controller.abort(violation('Another request took this upload over.'));
      await this.#writer.done;
    }
  }

  /** All bytes are here. Throws where they are not as many as was said, at the start or now. */
  complete(totalBytes: number | undefined): void {
    this.#requireState('receiving');
    const declaredBytes = totalBytes ?? this.#record.declaredBytes;
    if (declaredBytes !== undefined && declaredBytes !== this.#receivedBytes) {
      throw violation(`Upload has ${this.#receivedBytes} bytes, but ${declaredBytes} were announced.`);
    }
    this.#save({ state: 'received', acknowledgedBytes: this.#receivedBytes });
  }

  setUpstream(upstream: UpstreamUpload | undefined): void {
    this.#save({ upstream });
  }

  async finish(state: 'final' | 'cancelled', answer: KeptAnswer | undefined): Promise<void> {
    await this.stopWriting();
    this.#save({ state, answer, upstream: undefined });
    await this.#context.spool.remove(this.id);
  }

  async #write(chunk: Pick<UploadChunk, 'dialect' | 'offset' | 'isFinal'>, body: ChunkBody, signal: AbortSignal): Promise<void> {
    const { spool, clock, silenceMs } = this.#context;
    const { id } = this.#record;
    const granularity = granularityBytes[chunk.dialect];
    let size = chunk.offset;
    try {
      const pieces = limited(patiently(body.pieces, { clock, silenceMs, signal }), this.#roomAfter(chunk.offset, body));
      await spool.append(id, {
        offset: size,
        pieces,
        onWritten: (written) => {
          size = written;
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
    if (!chunk.isFinal) this.acknowledge();
  }

  async #keep(bytes: number): Promise<void> {
    await this.#context.spool.truncate(this.id, bytes);
    this.#receivedBytes = bytes;
  }

  /**
   * Puts the writer where a chunk begins. One that broke off may be sent again from its beginning, for nobody was told that a part
   * of it is here; what a dead process left behind that place goes.
   */
  async #seek(offset: number): Promise<void> {
    if (offset !== this.#receivedBytes && offset !== this.#record.acknowledgedBytes) {
      throw violation(`Upload offset ${offset} does not match the ${this.#receivedBytes} bytes received.`);
    }
    await this.#keep(offset);
  }

  /** Says what is wrong before the bytes come, where the length tells. */
  #requireSize(chunk: Pick<UploadChunk, 'dialect' | 'offset' | 'isFinal' | 'declaredLength'>, body: ChunkBody): void {
    const { bodyLength } = body;
    if (bodyLength === undefined) return;
    const granularity = granularityBytes[chunk.dialect];
    if (chunk.declaredLength !== undefined && chunk.declaredLength !== bodyLength) {
      throw violation(`Content-Range says ${chunk.declaredLength} bytes, but the body has ${bodyLength}.`);
    }
    if (!chunk.isFinal && bodyLength % granularity !== 0) throw notWhole(granularity);
    if (bodyLength > this.#roomAfter(chunk.offset, body)) throw tooLarge(body.maxBytes);
  }

  #roomAfter(offset: number, { maxBytes }: ChunkBody): number {
    return maxBytes - offset;
  }

  #requireState(expected: 'receiving'): void {
    if (this.#record.state !== expected) throw violation('Upload has already been terminated.');
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
