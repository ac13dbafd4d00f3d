import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError } from '../errors.ts';

/** Bytes read at once from a spooled file. */
const readBytes = 256 * 1024;

export interface SpoolOptions {
  /** Created with mode 0700 when the first upload comes. */
  readonly folder: string;
  /** Bytes of all files together. */
  readonly maxBytes: number;
  /** Hears of bytes that are written or read. */
  readonly onBytes?: (byteCount: number) => void;
}

/**
 * The files of uploads under way, and released ones, which go when those need their room. A byte is in its file when `append` has moved
 * past it, so that the end of this process loses none.
 */
export class Spool {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #onBytes: (byteCount: number) => void;
  /** Bytes that each file has, or is promised. */
  readonly #bytesOf = new Map<string, number>();
  /** Released files and who hears when they are dropped, in the order in which they go. */
  readonly #released = new Map<string, () => void>();
  readonly #pins = new Map<string, number>();
  #totalBytes = 0;

  constructor({ folder, maxBytes, onBytes = () => {} }: SpoolOptions) {
    this.#folder = folder;
    this.#onBytes = onBytes;
    this.#maxBytes = maxBytes;
  }

  /** Bytes in use and promised. */
  get usedBytes(): number {
    return this.#totalBytes;
  }

  /** Sizes of the files that are there, from an earlier process too. */
  async list(): Promise<ReadonlyMap<string, number>> {
    const names = await readdir(this.#folder).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    });
    const sizes = new Map<string, number>();
    for (const name of names) sizes.set(name, (await stat(join(this.#folder, name))).size);
    for (const [name, bytes] of sizes) this.#account(name, bytes);
    return sizes;
  }

  /** Removes a file that nobody has written to since then; one of another gateway over the same folder may be in use. */
  async removeIfOlder(id: string, thanMs: number): Promise<void> {
    const facts = await stat(this.#pathOf(id)).catch(() => undefined);
    if (facts === undefined || facts.mtimeMs < thanMs) await this.remove(id);
  }

  /** Makes an empty file, and keeps room for the bytes that are promised. */
  async create(id: string, promisedBytes: number): Promise<void> {
    this.#requireRoom(id, promisedBytes);
    this.#account(id, promisedBytes);
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await (await open(this.#pathOf(id), 'wx', 0o600)).close();
    } catch (error) {
      this.#account(id, 0);
      throw toSpoolError(error);
    }
  }

  /** Writes pieces from an offset on, as they come; `onWritten` hears of the file's new size after each. */
  async append(
    id: string,
    options: {
      readonly offset: number;
      readonly pieces: AsyncIterable<Uint8Array<ArrayBuffer>>;
      readonly onWritten: (size: number) => void;
    },
  ): Promise<void> {
    const handle = await open(this.#pathOf(id), 'r+').catch(toSpoolRejection);
    try {
      let size = options.offset;
      for await (const piece of options.pieces) {
        this.#requireRoom(id, size + piece.length);
        await this.#makingRoom(() => writeAll(handle, piece, size));
        size += piece.length;
        this.#account(id, Math.max(size, this.#bytesOf.get(id) ?? 0));
        this.#onBytes(piece.length);
        options.onWritten(size);
      }
    } finally {
      await handle.close();
    }
  }

  /** Cuts a file to so many bytes, which have to be there. What it was promised stays promised. */
  async cut(id: string, bytes: number): Promise<void> {
    const handle = await open(this.#pathOf(id), 'r+');
    try {
      if ((await handle.stat()).size < bytes) throw new Error(tooShort(bytes));
      await handle.truncate(bytes);
    } finally {
      await handle.close();
    }
  }

  /** A part of a file, piece by piece. */
  async *read(id: string, offset: number, end: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const handle = await open(this.#pathOf(id), 'r');
    try {
      for (let position = offset; position < end; ) {
        const buffer = new Uint8Array(Math.min(readBytes, end - position));
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
        if (bytesRead === 0) throw new Error(tooShort(end));
        position += bytesRead;
        this.#onBytes(bytesRead);
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await handle.close();
    }
  }

  /** Gives a file another id. */
  async rename(id: string, newId: string): Promise<void> {
    await rename(this.#pathOf(id), this.#pathOf(newId));
    this.#account(newId, this.#bytesOf.get(id) ?? 0);
    this.#account(id, 0);
  }

  /** Lets a file go when an upload needs its room, after those that were released before it. */
  release(id: string, onDropped: () => void): void {
    this.#released.set(id, onDropped);
  }

  /** Keeps a released file as long as it is read. */
  pin(id: string): Disposable {
    this.#pins.set(id, (this.#pins.get(id) ?? 0) + 1);
    return {
      [Symbol.dispose]: () => {
        const pins = (this.#pins.get(id) ?? 0) - 1;
        if (pins > 0) this.#pins.set(id, pins);
        else this.#pins.delete(id);
      },
    };
  }

  async remove(id: string): Promise<void> {
    this.#released.delete(id);
    this.#account(id, 0);
    await rm(this.#pathOf(id), { force: true });
  }

  #requireRoom(id: string, bytes: number): void {
    const others = () => this.#totalBytes - (this.#bytesOf.get(id) ?? 0);
    if (others() + bytes > this.#maxBytes) void this.#dropReleased(() => others() + bytes <= this.#maxBytes);
    const usedBytes = others();
    if (usedBytes + bytes <= this.#maxBytes) return;
    const metadata = { maxSpoolBytes: String(this.#maxBytes), usedBytes: String(usedBytes) };
    const message = `Uploads under way may take ${this.#maxBytes} bytes of disk together, and there is no room for this one. Try again when others are through, or start the gateway with a larger --max-spool.`;
    throw new GatewayError('SPOOL_FULL', message, { metadata });
  }

  /** Drops released files until there is enough room. One that cannot be removed is found at the next start. */
  #dropReleased(isEnough: () => boolean): Promise<unknown> {
    const removals: Promise<void>[] = [];
    for (const [id, onDropped] of this.#released) {
      if (isEnough()) break;
      if (this.#pins.has(id)) continue;
      removals.push(this.remove(id));
      onDropped();
    }
    return Promise.allSettled(removals);
  }

  /** Writes; where the disk is full, once more without the released files. */
  async #makingRoom(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!isDiskFull(error) || this.#released.size === 0) throw toSpoolError(error);
      await this.#dropReleased(() => false);
      await write().catch(toSpoolRejection);
    }
  }

  #account(id: string, bytes: number): void {
    this.#totalBytes += bytes - (this.#bytesOf.get(id) ?? 0);
    if (bytes === 0) this.#bytesOf.delete(id);
    else this.#bytesOf.set(id, bytes);
  }

  #pathOf(id: string): string {
    return join(this.#folder, id);
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}

function tooShort(bytes: number): string {
  return `The spooled file of an upload is shorter than ${bytes} bytes.`;
}

function toSpoolRejection(error: unknown): never {
  throw toSpoolError(error);
}

/** A full disk is something that a client may be told; anything else is for the log. */
function toSpoolError(error: unknown): unknown {
  if (!isDiskFull(error)) return error;
  return new GatewayError('SPOOL_FULL', "The disk of the gateway's data folder is full. Free some space and try again.", {
    cause: error,
  });
}

function isDiskFull(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
