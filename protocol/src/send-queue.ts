import { writeFrameHeader } from './codec.ts';
import { SendWindow } from './flow-control.ts';
import { endFlag, frameHeaderBytes, frameRules } from './frame.ts';

/** What one stream has to send, in order: its head, its data within the credit, its end. */
export class SendQueue {
  readonly #stream: number;
  readonly #maxDataBytes: number;
  readonly #window: SendWindow;
  #headFrame: Uint8Array<ArrayBuffer> | undefined;
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  #firstChunk = 0;
  #firstChunkOffset = 0;
  #pendingBytes = 0;
  #sentBytes = 0;
  #isEnding = false;
  #isEndSent = false;

  constructor(stream: number, windowBytes: number, maxDataBytes: number) {
    this.#stream = stream;
    this.#maxDataBytes = maxDataBytes;
    this.#window = new SendWindow(windowBytes);
  }

  get window(): SendWindow {
    return this.#window;
  }

  /** Data bytes that wait for credit, for the socket, or for the next flush. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  get sentBytes(): number {
    return this.#sentBytes;
  }

  get isEnding(): boolean {
    return this.#isEnding;
  }

  get isEndSent(): boolean {
    return this.#isEndSent;
  }

  get isHeadPending(): boolean {
    return this.#headFrame !== undefined;
  }

  get hasCreditToSpare(): boolean {
    return this.#pendingBytes < this.#window.creditBytes;
  }

  /** Whether a turn would put anything on the wire. */
  get isReady(): boolean {
    if (this.#headFrame !== undefined) return true;
    return this.#pendingBytes > 0 ? this.#window.creditBytes > 0 : this.#isEnding && !this.#isEndSent;
  }

  /** Queues the frame that goes before all data. */
  pushHead(frame: Uint8Array<ArrayBuffer>): void {
    this.#headFrame = frame;
  }

  push(chunk: Uint8Array<ArrayBuffer>): void {
    if (chunk.byteLength === 0) return;
    this.#chunks.push(chunk);
    this.#pendingBytes += chunk.byteLength;
  }

  end(): void {
    this.#isEnding = true;
  }

  /** The end is said by the head's own flag. */
  markEndSent(): void {
    this.#isEndSent = true;
  }

  clear(): void {
    this.#headFrame = undefined;
    this.#chunks.length = 0;
    this.#firstChunk = 0;
    this.#firstChunkOffset = 0;
    this.#pendingBytes = 0;
  }

  /** Bytes that the next turn takes in a message. */
  get turnBytes(): number {
    const headBytes = this.#headFrame?.byteLength ?? 0;
    const dataBytes = this.#turnDataBytes();
    return headBytes + (dataBytes > 0 || this.#endsWith(dataBytes) ? frameHeaderBytes + dataBytes : 0);
  }

  /** Writes one turn: the head, if it waits, and one data frame, which may join several chunks. Returns the offset behind it. */
  writeTurn(message: Uint8Array<ArrayBuffer>, view: DataView, offset: number): number {
    let position = offset;
    if (this.#headFrame !== undefined) {
      message.set(this.#headFrame, position);
      position += this.#headFrame.byteLength;
      this.#headFrame = undefined;
    }
    const length = this.#turnDataBytes();
    const isEnd = this.#endsWith(length);
    if (length === 0 && !isEnd) return position;
    const flags = isEnd ? endFlag : 0;
    position = writeFrameHeader(view, position, { type: frameRules.data.type, flags, stream: this.#stream, length });
    this.#shiftInto(message, position, length);
    this.#window.use(length);
    this.#sentBytes += length;
    if (isEnd) this.#isEndSent = true;
    return position + length;
  }

  #turnDataBytes(): number {
    return Math.min(this.#pendingBytes, this.#window.creditBytes, this.#maxDataBytes);
  }

  #endsWith(dataBytes: number): boolean {
    return this.#isEnding && !this.#isEndSent && dataBytes === this.#pendingBytes;
  }

  #shiftInto(message: Uint8Array<ArrayBuffer>, offset: number, length: number): void {
    let position = offset;
    const end = offset + length;
    while (position < end) {
      const chunk = this.#chunks[this.#firstChunk];
      if (chunk === undefined) break;
      const from = this.#firstChunkOffset;
      const to = Math.min(chunk.byteLength, from + (end - position));
      message.set(from === 0 && to === chunk.byteLength ? chunk : chunk.subarray(from, to), position);
      position += to - from;
      if (to < chunk.byteLength) {
        this.#firstChunkOffset = to;
      } else {
        this.#chunks[this.#firstChunk] = nothing;
        this.#firstChunk++;
        this.#firstChunkOffset = 0;
      }
    }
    this.#pendingBytes -= length;
    this.#dropSentChunks();
  }

  /** Shortens the array now and then instead of moving its rest for each chunk. */
  #dropSentChunks(): void {
    if (this.#firstChunk === this.#chunks.length) {
      this.#chunks.length = 0;
      this.#firstChunk = 0;
    } else if (this.#firstChunk >= 64) {
      this.#chunks.splice(0, this.#firstChunk);
      this.#firstChunk = 0;
    }
  }
}

/** Stands in the place of a chunk that was sent, whose bytes must not be held. */
const nothing = new Uint8Array(0);
