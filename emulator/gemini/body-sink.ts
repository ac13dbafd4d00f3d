import type { Writable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';

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

/** Compresses so that each piece can be read as soon as it is written. */
export function createGzipSink(target: Writable, signal: AbortSignal): BodySink {
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  gzip.on('data', (chunk: Uint8Array) => {
    if (!target.write(chunk)) gzip.pause();
  });
  gzip.on('end', () => target.end());
  // A destroyed stream reports the premature close to nobody who could use it.
  gzip.on('error', () => {});
  target.on('drain', () => gzip.resume());
  signal.addEventListener('abort', () => gzip.destroy(), { once: true });
  return {
    write: (chunk) => {
      gzip.write(chunk);
      return false;
    },
    drained: () =>
      withAbort(signal, (resolve) => {
        gzip.flush(constants.Z_SYNC_FLUSH, resolve);
        return () => {};
      }),
    end: () => {
      gzip.end();
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
