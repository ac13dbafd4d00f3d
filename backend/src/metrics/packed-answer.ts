import { promisify } from 'node:util';
import { constants, gunzip } from 'node:zlib';
import { readTokenCounts, type TokenCounts, tailBytes } from './token-counts.ts';

/** Compressed bytes of an answer that are kept for its token counts; longer answers go without. */
export const maxPackedBytes = 256 * 1024;
/** Bytes that they may be unpacked. */
const maxUnpackedBytes = 8 * 1024 ** 2;
/** Answers that are unpacked or wait for it at once; others go without. */
const maxUnpacking = 128;

const unpack = promisify(gunzip);
let unpacking = 0;

/** A short answer that came in gzip. Its end cannot be read without its beginning, so it is kept whole, and unpacked once it is over. */
export class PackedAnswer {
  #pieces: Uint8Array[] = [];
  #byteCount = 0;

  push(piece: Uint8Array): void {
    this.#byteCount += piece.length;
    // A copy: the piece may be a small part of a large message.
    if (this.#byteCount <= maxPackedBytes) this.#pieces.push(Uint8Array.prototype.slice.call(piece));
    else this.#pieces = [];
  }

  /** The token counts at its end; `undefined` where there are none to be had. Never rejects. */
  async read(): Promise<TokenCounts | undefined> {
    const pieces = this.#pieces;
    this.#pieces = [];
    if (pieces.length === 0 || unpacking >= maxUnpacking) return undefined;
    unpacking += 1;
    try {
      // A stream that its client left has no proper end, and may have had counts all the same.
      const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: maxUnpackedBytes };
      const answer = await unpack(Buffer.concat(pieces), options);
      return readTokenCounts(answer.subarray(-tailBytes));
    } catch {
      return undefined;
    } finally {
      unpacking -= 1;
    }
  }
}
