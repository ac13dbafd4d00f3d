import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';

const readBytes = 64 * 1024;

export interface HeldBodyOptions {
  /** Of the file; made when it is needed. */
  readonly folder: string;
  /** Bytes in memory; what is more goes to the file. */
  readonly maxMemoryBytes: number;
  /** Follows each `false` of `append`, whether the disk took the bytes or failed. */
  readonly onWritten: () => void;
}

/** A request's body, whole or so far, in memory and in a file that has no name. */
export class HeldBody {
  readonly #options: HeldBodyOptions;
  #tail: Uint8Array<ArrayBuffer>[] = [];
  #tailBytes = 0;
  #file: FileHandle | undefined;
  #fileBytes = 0;
  #writing: Promise<void> | undefined;
  #failure: Error | undefined;
  #isDisposed = false;

  constructor(options: HeldBodyOptions) {
    this.#options = options;
  }

  get byteCount(): number {
    return this.#fileBytes + this.#tailBytes;
  }

  get isWriting(): boolean {
    return this.#writing !== undefined;
  }

  /** How the disk failed, if it did: the body cannot be read then. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Takes a piece. `false`: no more until `onWritten`. */
  append(chunk: Uint8Array<ArrayBuffer>): boolean {
    this.#tailBytes += chunk.length;
    // Of a body that cannot be read only the length is of use.
    if (this.#failure !== undefined) return true;
    this.#tail.push(chunk);
    if (this.#writing === undefined && this.#tailBytes > this.#options.maxMemoryBytes) this.#writing = this.#writeTail();
    return this.#writing === undefined;
  }

  /** Resolves once nothing is being written any more; rejects when the disk failed. */
  async whole(): Promise<void> {
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** From its beginning, with the pieces that come meanwhile. */
  async *read(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    let position = 0;
    while (position < this.byteCount && !this.#isDisposed) {
      await this.whole();
      if (position < this.#fileBytes) {
        const piece = await this.#readAt(position);
        if (piece === undefined) return;
        position += piece.length;
        yield piece;
      } else if (this.#writing === undefined) {
        const tail = this.#tail;
        for (const chunk of tail) {
          position += chunk.length;
          yield chunk;
          // What is left of this tail goes into the file, and is read from there.
          if (tail !== this.#tail) break;
        }
      }
    }
  }

  /** Idempotent. */
  dispose(): void {
    this.#isDisposed = true;
    this.#tail = [];
    if (this.#writing === undefined) void this.#closeFile();
  }

  /** `undefined` once the body is disposed of. */
  async #readAt(position: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const length = Math.min(readBytes, this.#fileBytes - position);
    const result = await this.#file?.read({ buffer: new Uint8Array(length), position, length });
    if (result?.bytesRead === 0) throw new Error('The held body is shorter than it was.');
    return result?.buffer.subarray(0, result.bytesRead);
  }

  async #writeTail(): Promise<void> {
    const { folder, maxMemoryBytes, onWritten } = this.#options;
    try {
      while (this.#tailBytes > maxMemoryBytes && !this.#isDisposed) {
        const piece = Buffer.concat(this.#tail);
        this.#tail = [];
        this.#file ??= await openNameless(folder);
        await this.#file.writeFile(piece);
        this.#fileBytes += piece.length;
        this.#tailBytes -= piece.length;
      }
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
      this.#tail = [];
    }
    this.#writing = undefined;
    if (this.#isDisposed) await this.#closeFile();
    else onWritten();
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    // Nobody needs the bytes any more: a disk that fails only now has nothing to tell.
    await file?.close().catch(() => {});
  }
}

/** Nothing is left of it when it is closed, or the process dies. */
async function openNameless(folder: string): Promise<FileHandle> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, randomUUID());
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return file;
}
