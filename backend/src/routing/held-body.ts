import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of a held body in memory; what is more lies in a file that has no name. */
export const maxHeldMemoryBytes = 1024 * 1024;
const readBytes = 64 * 1024;

/** A request's body that waits, whole, for its worker to be chosen. */
export class HeldBody {
  readonly #folder: string;
  readonly #onWritten: () => void;
  #tail: Uint8Array<ArrayBuffer>[] = [];
  #tailBytes = 0;
  #file: FileHandle | undefined;
  #fileBytes = 0;
  #writing: Promise<void> | undefined;
  #failure: Error | undefined;
  #isDisposed = false;

  /** `onWritten` follows each `false` of `append`. The folder is made when it is needed. */
  constructor(folder: string, onWritten: () => void) {
    this.#folder = folder;
    this.#onWritten = onWritten;
  }

  get byteCount(): number {
    return this.#fileBytes + this.#tailBytes;
  }

  /** Takes a piece. `false`: no more until `onWritten`. */
  append(chunk: Uint8Array<ArrayBuffer>): boolean {
    this.#tail.push(chunk);
    this.#tailBytes += chunk.length;
    if (this.#writing === undefined && this.#failure === undefined && this.#tailBytes > maxHeldMemoryBytes)
      this.#writing = this.#writeTail();
    return this.#writing === undefined;
  }

  /** Resolves once nothing is being written any more; rejects when the disk failed. */
  async whole(): Promise<void> {
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async *read(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for (let position = 0; position < this.#fileBytes && this.#file !== undefined; ) {
      const { bytesRead, buffer } = await this.#file.read({ buffer: new Uint8Array(readBytes), position, length: readBytes });
      if (bytesRead === 0) throw new Error('The held body is shorter than it was.');
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
    yield* this.#tail;
  }

  /** Idempotent. */
  dispose(): void {
    this.#isDisposed = true;
    this.#tail = [];
    if (this.#writing === undefined) void this.#closeFile();
  }

  async #writeTail(): Promise<void> {
    try {
      while (this.#tailBytes > maxHeldMemoryBytes && !this.#isDisposed) {
        const piece = Buffer.concat(this.#tail);
        this.#tail = [];
        this.#file ??= await openNameless(this.#folder);
        await this.#file.writeFile(piece);
        this.#fileBytes += piece.length;
        this.#tailBytes -= piece.length;
      }
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    }
    this.#writing = undefined;
    if (this.#isDisposed) await this.#closeFile();
    else this.#onWritten();
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
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
