import { z } from 'zod';
import type { KeptFileRecord, KeptFileTable, ResourceRecord } from '../store/store.ts';
import type { Spool } from './spool.ts';
import type { UploadRecord } from './upload-record.ts';

export interface KeptFilesOptions {
  readonly table: KeptFileTable;
  readonly spool: Spool;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Whether files are kept from now on; else those of an earlier process go. */
  readonly isOn: boolean;
  /** Hears of disk or store failing: files are lost here then, no request. */
  readonly onFailed: (error: unknown) => void;
}

/** A file that the Gemini API has, and whose bytes are here. */
export interface KeptFile extends Pick<UploadRecord, 'target' | 'contentType' | 'fileName' | 'metadata'> {
  readonly name: string;
  readonly spoolFile: string;
  readonly byteCount: number;
  /** Account → name of a copy that was made there. */
  readonly copies: ReadonlyMap<string, string>;
}

/** Files that are kept at most; of more the oldest go. */
const maxKeptFiles = 10_000;
/** Milliseconds that the Gemini API keeps a file which does not say it. */
const fileAgeMs = 48 * 60 * 60 * 1000;

/** The bytes of files that were sent, for as long as the Gemini API has the files and no upload needs the room. */
export class KeptFiles {
  readonly #options: KeptFilesOptions;
  /** Name → where its bytes are, oldest first. */
  readonly #files = new Map<string, { readonly spoolFile: string; readonly expiresAtMs: number }>();

  constructor(options: KeptFilesOptions) {
    this.#options = options;
  }

  /** Takes up the files of an earlier process; called once, with the ids that the spool lists, before uploads are taken up. */
  async recover(spooled: ReadonlyMap<string, number>): Promise<void> {
    const { table, isOn } = this.#options;
    for (const record of table.all()) {
      const isWhole = spooled.get(record.spoolFile) === record.byteCount;
      if (isOn && isWhole) this.#take(record);
      else await this.#forget(record.name, record.spoolFile);
    }
    await this.sweep();
  }

  /** Ids of the kept files in the spool. */
  spoolFiles(): ReadonlySet<string> {
    return new Set(Array.from(this.#files.values(), ({ spoolFile }) => spoolFile));
  }

  /** Keeps the bytes of an upload that has made a file; resolves with `false` where they are of no use. */
  async keep(upload: UploadRecord, byteCount: number, created: ResourceRecord | undefined): Promise<boolean> {
    const { spool, table, now, isOn } = this.#options;
    if (!isOn || created?.kind !== 'files') return false;
    const spoolFile = `${prefix}${upload.id}`;
    const nowMs = now();
    const record: KeptFileRecord = {
      name: created.name,
      spoolFile,
      byteCount,
      keptAtMs: nowMs,
      expiresAtMs: created.expiresAtMs ?? nowMs + fileAgeMs,
      details: formatDetails({ ...upload, copies: new Map() }),
    };
    try {
      await this.forget(created.name);
      table.put(record);
      await spool.rename(upload.id, spoolFile);
    } catch (error) {
      this.#options.onFailed(error);
      return false;
    }
    this.#take(record);
    for (const [oldest, { spoolFile: oldestFile }] of this.#files) {
      if (this.#files.size <= maxKeptFiles) break;
      await this.#forget(oldest, oldestFile);
    }
    return true;
  }

  has(name: string): boolean {
    const file = this.#files.get(name);
    return file !== undefined && file.expiresAtMs > this.#options.now();
  }

  find(name: string): KeptFile | undefined {
    if (!this.has(name)) return undefined;
    const record = this.#trying(() => this.#options.table.get(name));
    const details = record && parseDetails(record.details);
    if (record === undefined || details === undefined) return undefined;
    return { ...details, name, spoolFile: record.spoolFile, byteCount: record.byteCount };
  }

  /** Notes that another account has the file, too, under a name of its own. */
  addCopy(name: string, account: string, copy: string): void {
    const { table } = this.#options;
    this.#trying(() => {
      const record = table.get(name);
      const details = record && parseDetails(record.details);
      if (record === undefined || details === undefined) return;
      const copies = new Map([...details.copies, [account, copy]]);
      table.put({ ...record, details: formatDetails({ ...details, copies }) });
    });
  }

  /** The file is deleted, or of no use any more. */
  async forget(name: string): Promise<void> {
    const file = this.#files.get(name);
    if (file !== undefined) await this.#forget(name, file.spoolFile);
  }

  /** Forgets what the Gemini API has forgotten. */
  async sweep(): Promise<void> {
    const nowMs = this.#options.now();
    for (const [name, { spoolFile, expiresAtMs }] of this.#files) if (expiresAtMs <= nowMs) await this.#forget(name, spoolFile);
  }

  #take({ name, spoolFile, expiresAtMs }: KeptFileRecord): void {
    this.#files.set(name, { spoolFile, expiresAtMs });
    this.#options.spool.release(spoolFile, () => this.#drop(name));
  }

  async #forget(name: string, spoolFile: string): Promise<void> {
    this.#drop(name);
    await this.#options.spool.remove(spoolFile).catch(this.#options.onFailed);
  }

  #drop(name: string): void {
    this.#files.delete(name);
    this.#trying(() => this.#options.table.delete(name));
  }

  #trying<Result>(action: () => Result): Result | undefined {
    try {
      return action();
    } catch (error) {
      this.#options.onFailed(error);
      return undefined;
    }
  }
}

/** Begins the ids of kept files in the spool. */
const prefix = 'kept-';

type Details = Omit<KeptFile, 'name' | 'spoolFile' | 'byteCount'>;

const detailsSchema = z.object({
  target: z.string(),
  contentType: z.string().optional(),
  fileName: z.string().optional(),
  metadata: z.base64(),
  copies: z.record(z.string(), z.string()),
});

function formatDetails({ target, contentType, fileName, metadata, copies }: Details): string {
  const details: z.input<typeof detailsSchema> = {
    target,
    contentType,
    fileName,
    metadata: Buffer.from(metadata).toString('base64'),
    copies: Object.fromEntries(copies),
  };
  return JSON.stringify(details);
}

function parseDetails(text: string): Details | undefined {
  const { success, data } = detailsSchema.safeParse(JSON.parse(text));
  if (!success) return undefined;
  const { target, contentType, fileName, metadata, copies } = data;
  return { target, contentType, fileName, metadata: Buffer.from(metadata, 'base64'), copies: new Map(Object.entries(copies)) };
}
