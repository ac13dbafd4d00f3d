import { createHash, type Hash } from 'node:crypto';
import { apiErrors } from '../errors.ts';
import type { FileContent } from '../resources/file-store.ts';

/** Where a content can be taken back to. */
export interface ContentMark {
  readonly bytes: number;
  readonly hash: Hash;
}

export interface ContentLimits {
  readonly maxFileBytes: number;
  /** Up to this size the bytes are kept. */
  readonly maxKeptFileBytes: number;
}

/** Takes a file's bytes as they come: hashed all, kept only while they are few. Memory stays the same whatever the size. */
export class ContentMeter {
  readonly #maxBytes: number;
  readonly #maxKeptBytes: number;
  #hash = createHash('sha256');
  #bytes = 0;
  #kept: Buffer[] | undefined = [];

  constructor({ maxFileBytes, maxKeptFileBytes }: ContentLimits) {
    this.#maxBytes = maxFileBytes;
    this.#maxKeptBytes = maxKeptFileBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  update(chunk: Buffer): void {
    this.#bytes += chunk.byteLength;
    if (this.#bytes > this.#maxBytes) throw apiErrors.mediaTooLarge(this.#maxBytes);
    this.#hash.update(chunk);
    if (this.#bytes > this.#maxKeptBytes) this.#kept = undefined;
    this.#kept?.push(chunk);
  }

  mark(): ContentMark {
    return { bytes: this.#bytes, hash: this.#hash.copy() };
  }

  /** Forgets what came after the mark. */
  rewind({ bytes, hash }: ContentMark): void {
    this.#bytes = bytes;
    this.#hash = hash.copy();
    if (this.#kept !== undefined) this.#kept = [Buffer.concat(this.#kept).subarray(0, bytes)];
  }

  content(): FileContent {
    const kept = this.#kept === undefined ? undefined : Buffer.concat(this.#kept);
    return { bytes: this.#bytes, sha256: this.#hash.copy().digest('hex'), kept };
  }
}
