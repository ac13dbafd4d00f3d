import { randomBytes } from 'node:crypto';
import { GatewayError } from '../errors.ts';
import type { Dialect, UploadStart } from './upload-intent.ts';
import type { UploadRecord, UploadState } from './upload-record.ts';
import { recoveredBytes, type SessionContext, UploadSession } from './upload-session.ts';
import { maxFileBytes, maxStoreFileBytes } from './upload-sizes.ts';

export interface ShelfOptions extends SessionContext {
  /** Milliseconds that an upload which is not complete is kept for its client. */
  readonly unfinishedAgeMs: number;
}

/** Milliseconds that the answer of a complete upload is kept, for a client that has lost it. */
const finishedAgeMs = 60 * 60 * 1000;
/** Uploads at once, those kept for their answer included. */
const maxSessions = 4096;

/** All uploads that are known, from their beginning until they are forgotten, over the ends of processes. */
export class SessionShelf {
  readonly #options: ShelfOptions;
  readonly #sessions = new Map<string, UploadSession>();

  constructor(options: ShelfOptions) {
    this.#options = options;
  }

  sessions(): readonly UploadSession[] {
    return [...this.#sessions.values()];
  }

  /** Throws where no upload has this id. */
  find(id: string): UploadSession {
    const session = this.#sessions.get(id);
    if (session !== undefined) return session;
    throw new GatewayError(
      'UPLOAD_NOT_FOUND',
      'No such upload is known here: it may have expired, or have been complete for long.',
    );
  }

  async create(start: UploadStart, dialect: Dialect, metadata: Uint8Array<ArrayBuffer>): Promise<UploadSession> {
    const { spool, records, now } = this.#options;
    if (this.#sessions.size >= maxSessions) await this.#forgetOldestAnswer();
    if (this.#sessions.size >= maxSessions)
      throw new GatewayError('SPOOL_FULL', 'Too many uploads are under way. Try again later.');
    const nowMs = now();
    const record: UploadRecord = {
      ...start,
      // 192 random bits: whoever has the id may go on with the upload.
      id: randomBytes(24).toString('hex'),
      dialect,
      // As received they may be a view of a buffer many times as large, which would live as long as the record.
      metadata: new Uint8Array(metadata),
      state: 'receiving',
      createdAtMs: nowMs,
      touchedAtMs: nowMs,
      acknowledgedBytes: 0,
      upstream: undefined,
      answer: undefined,
    };
    if ((start.declaredBytes ?? 0) > maxBytesOf(record)) throw tooLarge(maxBytesOf(record));
    await spool.create(record.id, start.declaredBytes ?? 0);
    const session = new UploadSession(record, 0, this.#options);
    records.save(record);
    this.#sessions.set(record.id, session);
    return session;
  }

  async forget({ id }: UploadSession): Promise<void> {
    this.#sessions.delete(id);
    this.#options.records.delete(id);
    await this.#options.spool.remove(id);
  }

  async #forgetOldestAnswer(): Promise<void> {
    const oldest = this.sessions().find(({ record }) => isOver(record.state));
    if (oldest !== undefined) await this.forget(oldest);
  }

  /**
   * Takes up the uploads of an earlier process, with the sizes of the spool's files. A record without its bytes, and old bytes that
   * nobody has a record of, are of no use.
   */
  async recover(sizes: ReadonlyMap<string, number>, others: ReadonlySet<string>): Promise<void> {
    const { spool, records, now, unfinishedAgeMs } = this.#options;
    for (const record of records.all()) {
      const receivedBytes = isOver(record.state) ? record.acknowledgedBytes : recoveredBytes(record, sizes.get(record.id));
      if (receivedBytes !== undefined) {
        this.#sessions.set(record.id, new UploadSession(record, receivedBytes, this.#options));
        if (isOver(record.state)) await spool.remove(record.id);
      } else {
        records.delete(record.id);
        await spool.remove(record.id);
      }
    }
    const unknown = [...sizes.keys()].filter((id) => !this.#sessions.has(id) && !others.has(id));
    for (const id of unknown) await spool.removeIfOlder(id, now() - unfinishedAgeMs);
  }

  /** Forgets what nobody goes on with. */
  async sweep(isBusy: (session: UploadSession) => boolean): Promise<void> {
    const nowMs = this.#options.now();
    for (const session of this.sessions()) {
      const { state, touchedAtMs } = session.record;
      const maxAgeMs = isOver(state) ? finishedAgeMs : this.#options.unfinishedAgeMs;
      if (nowMs - touchedAtMs > maxAgeMs && !isBusy(session)) await this.forget(session);
    }
  }
}

export function isOver(state: UploadState): boolean {
  return state === 'final' || state === 'cancelled';
}

/** What the Gemini API takes at a target. */
export function maxBytesOf({ target }: Pick<UploadStart, 'target'>): number {
  return target.includes('/fileSearchStores/') ? maxStoreFileBytes : maxFileBytes;
}

function tooLarge(maxBytes: number): GatewayError {
  const message = `The file is larger than the ${maxBytes} bytes that are allowed here.`;
  return new GatewayError('BODY_TOO_LARGE', message, { metadata: { maxBodyBytes: String(maxBytes) } });
}
