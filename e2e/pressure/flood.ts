import { setTimeout as delay } from 'node:timers/promises';

const chunkBytes = 16 * 1024;
/** No byte asked for in this time: everything between the emulator and its reader is full. */
const quietMs = 500;

/** A long answer that is made as it is asked for, and counted. */
export interface Flood extends AsyncIterable<Uint8Array> {
  readonly totalBytes: number;
  readonly madeBytes: number;
  /** Resolves when no more is asked for, though there is more. */
  untilStalled(): Promise<void>;
}

/** Each chunk differs from all others, so that a lost or swapped one shows in a digest. */
export function createFlood(totalBytes: number): Flood {
  let madeBytes = 0;
  return {
    totalBytes,
    get madeBytes() {
      return madeBytes;
    },
    async untilStalled() {
      for (let before = -1; before !== madeBytes || madeBytes === 0; ) {
        before = madeBytes;
        await delay(quietMs);
      }
      if (madeBytes >= totalBytes) throw new Error('The flood ran to its end.');
    },
    async *[Symbol.asyncIterator]() {
      while (madeBytes < totalBytes) {
        const chunk = Buffer.alloc(Math.min(chunkBytes, totalBytes - madeBytes), `${madeBytes} `);
        madeBytes += chunk.length;
        yield chunk;
      }
    },
  };
}
