import type { BodyPlace } from './request-record.ts';

/** The beginning of a body, copied as it passes. */
export class CapturedBody {
  readonly #place: BodyPlace;
  #pieces: Uint8Array[] = [];
  #keptBytes = 0;
  #byteCount = 0;
  #isForgotten = false;

  constructor(place: BodyPlace) {
    this.#place = place;
  }

  /** Of the whole body. */
  get byteCount(): number {
    return this.#byteCount;
  }

  get isKept(): boolean {
    return !this.#isForgotten;
  }

  get isWhole(): boolean {
    return !this.#isForgotten && this.#keptBytes === this.#byteCount;
  }

  /** What is kept of it; `undefined` once it was forgotten. */
  get content(): Buffer | undefined {
    return this.#isForgotten ? undefined : Buffer.concat(this.#pieces);
  }

  push(chunk: Uint8Array): void {
    this.#byteCount += chunk.length;
    const room = this.#place.maxBodyBytes - this.#keptBytes;
    if (this.#isForgotten || room <= 0) return;
    // A copy: the piece may be a small part of a large message.
    const piece = Uint8Array.prototype.slice.call(chunk, 0, room);
    this.#pieces.push(piece);
    this.#keptBytes += piece.length;
    this.#place.onKept(piece.length);
  }

  forget(): void {
    if (this.#isForgotten) return;
    this.#isForgotten = true;
    this.#pieces = [];
    this.#place.onKept(-this.#keptBytes);
    this.#keptBytes = 0;
  }
}
