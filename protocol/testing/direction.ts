import type { Stream, StreamEvents } from '@gemini-proxy/protocol';
import { expect } from 'vitest';

/** One direction of one stream: a writer that heeds back-pressure, and a reader that consumes when it is told to. */
export class Direction {
  readonly received: number[] = [];
  readonly expected: number[] = [];
  isEnded = false;
  unconsumedBytes = 0;
  #isPaused = false;
  #isWritten = false;
  readonly #pieces: Uint8Array<ArrayBuffer>[];
  readonly #windowBytes: number;
  #writer: Stream | undefined;

  constructor(sizes: readonly number[], seed: number, windowBytes: number) {
    this.#windowBytes = windowBytes;
    let next = seed;
    this.#pieces = sizes.map((size) => Uint8Array.from({ length: size }, () => next++ % 251));
    this.expected = this.#pieces.flatMap((piece) => [...piece]);
  }

  writeFrom(stream: Stream): void {
    this.#writer = stream;
  }

  write(): void {
    if (this.#writer === undefined || this.#isPaused || this.#isWritten) return;
    const piece = this.#pieces.shift();
    if (piece !== undefined) {
      this.#isPaused = !this.#writer.write(piece);
      return;
    }
    this.#isWritten = true;
    this.#writer.end();
  }

  resume(): void {
    expect(this.#isPaused).toBe(true);
    this.#isPaused = false;
  }

  read(chunk: Uint8Array<ArrayBuffer>, end: boolean): void {
    expect(this.isEnded).toBe(false);
    this.received.push(...chunk);
    this.isEnded = end;
    this.unconsumedBytes += chunk.byteLength;
    expect(this.unconsumedBytes).toBeLessThanOrEqual(this.#windowBytes);
  }

  consume(reader: Stream | undefined, byteCount: number): void {
    const consumed = Math.min(byteCount, this.unconsumedBytes);
    this.unconsumedBytes -= consumed;
    reader?.consumed(consumed);
  }
}

/** Handlers of the side that reads `incoming` and writes `outgoing`. */
export function directionEvents(incoming: Direction, outgoing: Direction): StreamEvents {
  return {
    onHead: () => {},
    onData: (chunk, end) => incoming.read(chunk, end),
    onWritable: () => outgoing.resume(),
    onReset: (error) => {
      throw error;
    },
  };
}
