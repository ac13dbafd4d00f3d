import { createHash, type Hash, hash } from 'node:crypto';

export interface BodyDigest {
  readonly sha256: string;
  readonly bytes: number;
}

/** Measures a body as it passes. Small bodies come in one chunk and are hashed in one call, which is several times cheaper. */
export class DigestMeter {
  #bytes = 0;
  #only: Uint8Array | undefined;
  #hash: Hash | undefined;

  update(chunk: Uint8Array): void {
    this.#bytes += chunk.byteLength;
    if (this.#hash !== undefined) {
      this.#hash.update(chunk);
    } else if (this.#only === undefined) {
      this.#only = chunk;
    } else {
      this.#hash = createHash('sha256').update(this.#only).update(chunk);
      this.#only = undefined;
    }
  }

  digest(): BodyDigest {
    const sha256 = this.#hash?.digest('hex') ?? hash('sha256', this.#only ?? new Uint8Array(0), 'hex');
    return { sha256, bytes: this.#bytes };
  }
}
