import { HeldBody } from './held-body.ts';
import type { ReplayRoom } from './replay-room.ts';

/** How much of a body is kept for another attempt, and where. */
export interface Retention {
  readonly memory: ReplayRoom;
  /** Bytes of one body in memory. */
  readonly maxMemoryBytes: number;
  /** For what does not fit into memory; `undefined`: a larger body is not kept. */
  readonly disk: { readonly room: ReplayRoom; readonly folder: string } | undefined;
}

export interface RetainedBodyEvents {
  /** Follows each `false` of `add`; with an error where the disk failed, and the body is not kept any more. */
  onKept(failure: Error | undefined): void;
}

/** Bytes on their way into a file that may be collected for one write. */
const maxGatheredBytes = 64 * 1024;

/** What a request's body has been so far, kept for another attempt: its beginning in memory, what does not fit there in a file, and nothing where there is no room. */
export class RetainedBody {
  readonly #retention: Retention;
  readonly #events: RetainedBodyEvents;
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  #memoryBytes = 0;
  #diskBytes = 0;
  /** Made when the memory is used up, which most bodies never see. */
  #rest: HeldBody | undefined;
  #isComplete = true;

  constructor(retention: Retention, events: RetainedBodyEvents) {
    this.#retention = retention;
    this.#events = events;
  }

  /** The beginning. */
  get chunks(): readonly Uint8Array<ArrayBuffer>[] {
    return this.#chunks;
  }

  /** Whether every byte that came is still here. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  get isWriting(): boolean {
    return this.#rest?.isWriting ?? false;
  }

  /** What follows the chunks, where something does, with what comes meanwhile; rejects when the disk fails. */
  readRest(): AsyncIterable<Uint8Array<ArrayBuffer>> | undefined {
    return this.#rest?.read();
  }

  /** `false`: no more until `onKept`. */
  add(chunk: Uint8Array<ArrayBuffer>): boolean {
    if (!this.#isComplete) return true;
    if (this.#rest !== undefined || !this.#takeMemory(chunk.length)) return this.#addToRest(chunk);
    this.#chunks.push(chunk);
    return true;
  }

  /** Idempotent; `onKept` does not follow. */
  drop(): void {
    this.#retention.memory.give(this.#memoryBytes);
    this.#memoryBytes = 0;
    this.#chunks = [];
    this.#isComplete = false;
    if (this.#rest !== undefined) this.#dropRest(this.#rest);
  }

  #addToRest(chunk: Uint8Array<ArrayBuffer>): boolean {
    const { disk } = this.#retention;
    if (disk?.room.take(chunk.length) !== true) {
      this.drop();
      return true;
    }
    this.#diskBytes += chunk.length;
    this.#rest ??= this.#createRest(disk.folder);
    return this.#rest.append(chunk);
  }

  #createRest(folder: string): HeldBody {
    // Where memory is used up by others nothing is gathered: each piece is written at once, in many writes.
    const hasRoom = this.#retention.memory.take(maxGatheredBytes);
    if (hasRoom) this.#memoryBytes += maxGatheredBytes;
    const rest = new HeldBody({ folder, maxMemoryBytes: hasRoom ? maxGatheredBytes : 0, onWritten: () => this.#onWritten(rest) });
    return rest;
  }

  #dropRest(rest: HeldBody): void {
    this.#retention.disk?.room.give(this.#diskBytes);
    this.#diskBytes = 0;
    this.#rest = undefined;
    rest.dispose();
  }

  #takeMemory(byteCount: number): boolean {
    const { memory, maxMemoryBytes } = this.#retention;
    if (this.#memoryBytes + byteCount > maxMemoryBytes || !memory.take(byteCount)) return false;
    this.#memoryBytes += byteCount;
    return true;
  }

  #onWritten({ failure }: HeldBody): void {
    if (failure !== undefined) this.drop();
    this.#events.onKept(failure);
  }
}
