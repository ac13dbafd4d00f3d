import type { Socket } from 'node:net';
import type { SeededRandom } from '../seeded-random.ts';
import type { LinkFaults } from './link-faults.ts';

/** Held back at most before the sender is no longer read from, as a network's buffers do. */
const maxHeldBytes = 1024 * 1024;
/** The share of a second's bytes that a throttled lane lets through at once. */
const throttleTickMs = 20;

interface Held {
  readonly bytes: Buffer;
  readonly dueAtMs: number;
}

/** One direction of a connection: takes bytes from one socket and gives them to the other, in order, late or slowly if it must. */
export class Lane {
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #random: SeededRandom;
  #faults: LinkFaults;
  #held: Held[] = [];
  #heldBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #isSinkFull = false;
  #hasEnded = false;
  #isSwallowing = false;
  #corruptionsDue = 0;
  /** When a throttled lane may send again. */
  #freeAtMs = 0;
  passedBytes = 0;
  swallowedBytes = 0;
  corruptedBytes = 0;

  constructor(source: Socket, sink: Socket, faults: LinkFaults, random: SeededRandom) {
    this.#source = source;
    this.#sink = sink;
    this.#faults = faults;
    this.#random = random;
    source.on('data', (bytes: Buffer) => this.#take(bytes));
    source.on('end', () => {
      this.#hasEnded = true;
      this.#move();
    });
    sink.on('drain', () => {
      this.#isSinkFull = false;
      this.#move();
    });
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  change(faults: LinkFaults): void {
    this.#faults = faults;
    this.#freeAtMs = 0;
    this.#move();
  }

  /** From now on bytes are taken and thrown away, and an end is not passed on. For good: what is lost cannot be made up for. */
  swallow(): void {
    this.#isSwallowing = true;
    this.swallowedBytes += this.#heldBytes;
    this.#held = [];
    this.#heldBytes = 0;
    this.#stopTimer();
    this.#source.resume();
  }

  /** Flips one bit of one byte of what comes next. */
  corrupt(): void {
    this.#corruptionsDue += 1;
  }

  stop(): void {
    this.#stopTimer();
    this.#held = [];
    this.#heldBytes = 0;
  }

  #take(received: Buffer): void {
    if (this.#isSwallowing) {
      this.swallowedBytes += received.byteLength;
      return;
    }
    const bytes = this.#corruptionsDue > 0 ? this.#flipBit(received) : received;
    const lastDueAtMs = this.#held.at(-1)?.dueAtMs ?? 0;
    this.#held.push({ bytes, dueAtMs: Math.max(performance.now() + this.#faults.delayMs, lastDueAtMs) });
    this.#heldBytes += bytes.byteLength;
    this.#move();
    if (this.#heldBytes >= maxHeldBytes) this.#source.pause();
  }

  #flipBit(received: Buffer): Buffer {
    const bytes = Buffer.from(received);
    const position = this.#random.between(0, bytes.byteLength - 1);
    bytes.writeUInt8(bytes.readUInt8(position) ^ (1 << this.#random.between(0, 7)), position);
    this.#corruptionsDue -= 1;
    this.corruptedBytes += 1;
    return bytes;
  }

  /** Gives on what is due, as far as the rate and the receiver allow. */
  #move(): void {
    this.#stopTimer();
    if (this.#sink.destroyed || this.#isSwallowing) return;
    for (let first = this.#held[0]; first !== undefined && !this.#isSinkFull; first = this.#held[0]) {
      const nowMs = performance.now();
      const waitMs = Math.max(first.dueAtMs, this.#freeAtMs) - nowMs;
      if (this.#faults.bytesPerSecond === 0) return;
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#move(), waitMs);
        return;
      }
      this.#send(first, nowMs);
    }
    if (this.#heldBytes < maxHeldBytes) this.#source.resume();
    if (this.#hasEnded && this.#held.length === 0 && !this.#sink.writableEnded) this.#sink.end();
  }

  #send(first: Held, nowMs: number): void {
    const { bytesPerSecond } = this.#faults;
    const mostBytes = bytesPerSecond === null ? first.bytes.byteLength : Math.ceil((bytesPerSecond * throttleTickMs) / 1000);
    const piece = first.bytes.subarray(0, mostBytes);
    if (piece.byteLength < first.bytes.byteLength) {
      this.#held[0] = { ...first, bytes: first.bytes.subarray(piece.byteLength) };
    } else {
      this.#held.shift();
    }
    if (bytesPerSecond !== null) this.#freeAtMs = Math.max(nowMs, this.#freeAtMs) + (piece.byteLength / bytesPerSecond) * 1000;
    this.#heldBytes -= piece.byteLength;
    this.passedBytes += piece.byteLength;
    this.#isSinkFull = !this.#sink.write(piece);
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
