import { writeFrameHeader } from './codec.ts';
import { SendWindow } from './flow-control.ts';
import { endFlag, frameHeaderBytes, frameRules } from './frame.ts';
import { fullMessageBytes } from './limits.ts';

/** What the end of a message costs, in bytes of credit, so that a window bounds the number of messages, too. */
const fullMessageEndBytes = 32;

/** What one stream has to send, in order: its head, its data within the credit, its end. */
export class SendQueue {
  /** Credit that the end of a message costs on this stream: half of a very small window, which could not pay more. */
  readonly messageEndBytes: number;
  readonly #stream: number;
  readonly #maxDataBytes: number;
  readonly #window: SendWindow;
  #headFrame: Uint8Array<ArrayBuffer> | undefined;
  /** Frame that says the end, in place of END. */
  #endFrame: Uint8Array<ArrayBuffer> | undefined;
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  /** For each chunk: 0 for bytes that may be joined with others, or the flags of the message that it is. */
  readonly #flags: number[] = [];
  #firstChunk = 0;
  #firstChunkOffset = 0;
  #pendingBytes = 0;
  #sentBytes = 0;
  #isEnding = false;
  #isEndSent = false;

  constructor(stream: number, windowBytes: number, maxDataBytes: number) {
    this.#stream = stream;
    this.#maxDataBytes = Math.min(maxDataBytes, fullMessageBytes);
    this.#window = new SendWindow(windowBytes);
    this.messageEndBytes = Math.min(fullMessageEndBytes, Math.ceil(windowBytes / 2));
  }

  get window(): SendWindow {
    return this.#window;
  }

  /** Credit that is needed for all that waits for credit, for the socket, or for the next flush. */
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
    if (this.#pendingBytes === 0) return this.#isEnding && !this.#isEndSent;
    const length = this.#turnDataBytes();
    return length > 0 || this.#endsMessage(length);
  }

  /** Queues the frame that goes before all data. */
  pushHead(frame: Uint8Array<ArrayBuffer>): void {
    this.#headFrame = frame;
  }

  /** Queues bytes, or with flags a whole message. */
  push(chunk: Uint8Array<ArrayBuffer>, messageFlags = 0): void {
    if (chunk.byteLength === 0 && messageFlags === 0) return;
    this.#chunks.push(chunk);
    this.#flags.push(messageFlags);
    this.#pendingBytes += chunk.byteLength + (messageFlags === 0 ? 0 : this.messageEndBytes);
  }

  /** Nothing more will be pushed. `frame` says so to the peer; without one the END flag does. */
  end(frame?: Uint8Array<ArrayBuffer>): void {
    this.#endFrame = frame;
    this.#isEnding = true;
  }

  /** The end is said by the head's own flag. */
  markEndSent(): void {
    this.#isEndSent = true;
  }

  clear(): void {
    this.#headFrame = undefined;
    this.#endFrame = undefined;
    this.#chunks.length = 0;
    this.#flags.length = 0;
    this.#firstChunk = 0;
    this.#firstChunkOffset = 0;
    this.#pendingBytes = 0;
  }

  /** Bytes that the next turn takes in a message. */
  get turnBytes(): number {
    const headBytes = this.#headFrame?.byteLength ?? 0;
    if (this.#isEndFrameDue) return headBytes + (this.#endFrame?.byteLength ?? 0);
    const dataBytes = this.#turnDataBytes();
    const isFrame = dataBytes > 0 || this.#endsMessage(dataBytes) || this.#endsWith(dataBytes);
    return headBytes + (isFrame ? frameHeaderBytes + dataBytes : 0);
  }

  /** Writes one turn: the head, if it waits, and a data frame of one or several chunks, or the end's own frame. Returns the offset behind it. */
  writeTurn(message: Uint8Array<ArrayBuffer>, view: DataView, offset: number): number {
    let position = offset;
    if (this.#headFrame !== undefined) {
      message.set(this.#headFrame, position);
      position += this.#headFrame.byteLength;
      this.#headFrame = undefined;
    }
    if (this.#isEndFrameDue) return this.#writeEndFrame(message, position);
    const length = this.#turnDataBytes();
    const isMessageEnd = this.#endsMessage(length);
    const isEnd = this.#endsWith(length);
    if (length === 0 && !isMessageEnd && !isEnd) return position;
    const flags = isMessageEnd ? this.#firstFlags : isEnd ? endFlag : 0;
    position = writeFrameHeader(view, position, frameRules.data.type, flags, this.#stream, length);
    this.#shiftInto(message, position, length);
    if (isMessageEnd) this.#shiftMessage();
    const creditBytes = isMessageEnd ? length + this.messageEndBytes : length;
    this.#pendingBytes -= creditBytes;
    this.#window.use(creditBytes);
    this.#sentBytes += creditBytes;
    if (isEnd) this.#isEndSent = true;
    return position + length;
  }

  /** Flags of the message whose turn it is; 0 where it is the turn of bytes. */
  get #firstFlags(): number {
    return this.#flags[this.#firstChunk] ?? 0;
  }

  /** Bytes of the message whose turn it is. */
  get #firstRestBytes(): number {
    return (this.#chunks[this.#firstChunk]?.byteLength ?? 0) - this.#firstChunkOffset;
  }

  get #isEndFrameDue(): boolean {
    return this.#endFrame !== undefined && this.#pendingBytes === 0 && !this.#isEndSent;
  }

  #writeEndFrame(message: Uint8Array<ArrayBuffer>, position: number): number {
    const frame = this.#endFrame ?? nothing;
    message.set(frame, position);
    this.#isEndSent = true;
    return position + frame.byteLength;
  }

  #turnDataBytes(): number {
    const waitingBytes = this.#firstFlags === 0 ? this.#pendingBytes : this.#firstRestBytes;
    return Math.min(waitingBytes, this.#window.creditBytes, this.#maxDataBytes);
  }

  /** Whether a piece of so many bytes is the last of its message, and its end can be paid for. */
  #endsMessage(dataBytes: number): boolean {
    if (this.#firstFlags === 0 || dataBytes !== this.#firstRestBytes) return false;
    return this.#window.creditBytes >= dataBytes + this.messageEndBytes;
  }

  #endsWith(dataBytes: number): boolean {
    return this.#isEnding && !this.#isEndSent && this.#endFrame === undefined && dataBytes === this.#pendingBytes;
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
      // A message stays until its end is said, which may be in a frame of its own.
      if (to < chunk.byteLength || this.#firstFlags !== 0) this.#firstChunkOffset = to;
      else this.#shiftChunk();
    }
    this.#dropSentChunks();
  }

  #shiftMessage(): void {
    this.#shiftChunk();
    this.#dropSentChunks();
  }

  #shiftChunk(): void {
    this.#chunks[this.#firstChunk] = nothing;
    this.#firstChunk++;
    this.#firstChunkOffset = 0;
  }

  /** Shortens the array now and then instead of moving its rest for each chunk. */
  #dropSentChunks(): void {
    if (this.#firstChunk === this.#chunks.length) {
      this.#chunks.length = 0;
      this.#flags.length = 0;
      this.#firstChunk = 0;
    } else if (this.#firstChunk >= 64) {
      this.#chunks.splice(0, this.#firstChunk);
      this.#flags.splice(0, this.#firstChunk);
      this.#firstChunk = 0;
    }
  }
}

/** Stands in the place of a chunk that was sent, whose bytes must not be held. */
const nothing = new Uint8Array(0);
