import { parseResourceName } from '@gemini-proxy/gemini';
import { apiErrors } from '../errors.ts';
import type { FileMetadata } from './file-metadata.ts';
import { OwnedStore } from './owned-store.ts';
import { type PageLimits, pageOf, toListAnswer } from './page.ts';
import { randomId } from './random-id.ts';
import { formatTimestamp } from './timestamp.ts';

export interface FileOptions {
  /** Largest file that is taken. */
  readonly maxFileBytes: number;
  /** Up to this size a file's bytes are kept for its download. */
  readonly maxKeptFileBytes: number;
  /** How long a file of this type is PROCESSING. */
  readonly processingMs: (mimeType: string) => number;
  /** How long a file exists. */
  readonly lifetimeMs: number;
}

/** What an upload ends with. */
export interface FileContent {
  readonly bytes: number;
  /** Hexadecimal, in small letters. */
  readonly sha256: string;
  /** Undefined where there were too many to keep. */
  readonly kept: Buffer | undefined;
}

export interface StoredFile extends FileContent {
  readonly id: string;
  readonly owner: string;
  readonly displayName: string | undefined;
  readonly mimeType: string;
  readonly createdAtMs: number;
  readonly activeAtMs: number;
  readonly expiresAtMs: number;
}

const ID_LENGTH = 12;
const PAGE_LIMITS: PageLimits = { defaultSize: 10, maxSize: 100 };
const URI_PREFIX = 'https://generativelanguage.googleapis.com/v1beta/files/';
const DEFAULT_MIME_TYPE = 'application/octet-stream';

/** The files of all accounts. */
export class FileStore {
  readonly options: FileOptions;
  readonly #files: OwnedStore<StoredFile>;
  readonly #now: () => number;

  constructor(options: FileOptions, now: () => number) {
    this.options = options;
    this.#files = new OwnedStore(now);
    this.#now = now;
  }

  /** Fails where the client's name is taken already, so that an upload need not be made in vain. */
  requireFree({ id }: FileMetadata): void {
    if (id !== undefined && this.#files.has(id)) throw apiErrors.alreadyExists();
  }

  create(owner: string, metadata: FileMetadata, content: FileContent): StoredFile {
    this.requireFree(metadata);
    const now = this.#now();
    const mimeType = metadata.mimeType ?? DEFAULT_MIME_TYPE;
    const file: StoredFile = {
      ...content,
      id: metadata.id ?? randomId(ID_LENGTH),
      owner,
      displayName: metadata.displayName,
      mimeType,
      createdAtMs: now,
      activeAtMs: now + this.options.processingMs(mimeType),
      expiresAtMs: now + this.options.lifetimeMs,
    };
    this.#files.add(file);
    return file;
  }

  require(owner: string, id: string): StoredFile {
    const file = this.#files.find(owner, id);
    if (file === undefined) throw apiErrors.noFile(id);
    return file;
  }

  /** The file that a prompt refers to; it must be the caller's own, and ready. */
  requireActive(owner: string, uri: string): StoredFile {
    const name = parseResourceName(uri);
    if (name?.collection !== 'files') throw apiErrors.invalidArgument(`Unsupported file uri: ${uri}`);
    const file = this.require(owner, name.id);
    if (!this.#isActive(file)) throw apiErrors.fileNotActive(name.id);
    return file;
  }

  delete(owner: string, id: string): void {
    this.#files.delete(this.require(owner, id).id);
  }

  list(owner: string, query: URLSearchParams): unknown {
    const page = pageOf(this.#files.listOf(owner), ({ sequence }) => sequence, query, PAGE_LIMITS);
    return toListAnswer('files', page, ({ item }) => this.print(item));
  }

  /** The File resource as the service prints it. */
  print(file: StoredFile): unknown {
    const isActive = this.#isActive(file);
    return {
      name: `files/${file.id}`,
      ...(file.displayName === undefined ? {} : { displayName: file.displayName }),
      mimeType: file.mimeType,
      sizeBytes: String(file.bytes),
      createTime: formatTimestamp(file.createdAtMs),
      updateTime: formatTimestamp(isActive ? file.activeAtMs : file.createdAtMs),
      expirationTime: formatTimestamp(file.expiresAtMs, 9),
      sha256Hash: Buffer.from(file.sha256).toString('base64'),
      uri: `${URI_PREFIX}${file.id}`,
      state: isActive ? 'ACTIVE' : 'PROCESSING',
      source: 'UPLOADED',
      ...(isActive && file.mimeType.startsWith('video/') ? { videoMetadata: { videoDuration: '10s' } } : {}),
    };
  }

  #isActive({ activeAtMs }: StoredFile): boolean {
    return this.#now() >= activeAtMs;
  }
}
