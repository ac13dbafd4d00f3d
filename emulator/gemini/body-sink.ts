import type { Writable } from 'node:stream';
import { constants, crc32, deflateRawSync } from 'node:zlib';

/** Takes an answer's body piece by piece. */
export interface BodySink {
  /** False: wait for `drained` before the next piece. */
  write(chunk: Uint8Array): boolean;
  /** Rejects when the client has left. */
  drained(): Promise<void>;
  end(): void;
}

export function createPlainSink(target: Writable, signal: AbortSignal): BodySink {
  return {
    write: (chunk) => target.write(chunk),
    drained: () =>
      withAbort(signal, (resolve) => {
        target.once('drain', resolve);
        return () => target.off('drain', resolve);
      }),
    end: () => {
      target.end();
    },
  };
}

const GZIP_HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);
const EMPTY_LAST_BLOCK = Uint8Array.of(3, 0);
/** Small tables and buffers: a piece is a few hundred bytes, and setting up larger ones costs more than compressing it. */
const DEFLATE_OPTIONS = {
  finishFlush: constants.Z_SYNC_FLUSH,
  level: constants.Z_BEST_SPEED,
  windowBits: 12,
  memLevel: 4,
} as const;
const MIN_DEFLATE_BUFFER_BYTES = 512;
const MAX_DEFLATE_BUFFER_BYTES = 16_384;

/**
 * Compresses so that each piece can be read as soon as it is written. Pieces are deflated one by one into blocks of one gzip
 * member: a tenth of the cost of flushing a gzip stream after each of them, and nothing happens behind the caller's back.
 */
export function createGzipSink(target: Writable, signal: AbortSignal): BodySink {
  const plain = createPlainSink(target, signal);
  let checksum = 0;
  let bytes = 0;
  plain.write(GZIP_HEADER);
  return {
    write: (chunk) => {
      checksum = crc32(chunk, checksum);
      bytes += chunk.byteLength;
      const chunkSize = Math.min(Math.max(chunk.byteLength, MIN_DEFLATE_BUFFER_BYTES), MAX_DEFLATE_BUFFER_BYTES);
      return plain.write(deflateRawSync(chunk, { ...DEFLATE_OPTIONS, chunkSize }));
    },
    drained: () => plain.drained(),
    end: () => {
      const trailer = Buffer.alloc(8);
      trailer.writeUInt32LE(checksum, 0);
      trailer.writeUInt32LE(bytes % 2 ** 32, 4);
      plain.write(EMPTY_LAST_BLOCK);
      plain.write(trailer);
      plain.end();
    },
  };
}

/** Waits for something that may never come, but no longer than the client does. */
export function withAbort(signal: AbortSignal, start: (resolve: () => void) => () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const stop = start(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    const onAbort = () => {
      stop();
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
