import type { Clock } from '../clock.ts';
import { CacheStore } from './cache-store.ts';
import { FileStore } from './file-store.ts';
import { RecordStore } from './record-store.ts';

export interface ResourceOptions {
  /** Default 2 GiB. */
  readonly maxFileBytes?: number;
  /** Up to this size a file's bytes are kept in memory for its download. Default 1 MiB. */
  readonly maxKeptFileBytes?: number;
  /** How long a file of a type is PROCESSING. Default 1 s for `video/*`, else not at all. */
  readonly processingMs?: (mimeType: string) => number;
  /** Default 48 h. */
  readonly fileLifetimeMs?: number;
  /** How long an operation takes, such as a batch. Default 1 s. */
  readonly operationMs?: number;
}

/** Everything that belongs to accounts. */
export interface Resources {
  readonly files: FileStore;
  readonly caches: CacheStore;
  /** Batches, operations, file search stores and tuned models. */
  readonly records: RecordStore;
  /** The accounts behind the ephemeral tokens that Live takes in place of a key. */
  readonly authTokens: Map<string, string>;
}

const DEFAULT_MAX_FILE_BYTES = 2 * 1024 ** 3;
const DEFAULT_MAX_KEPT_FILE_BYTES = 1024 ** 2;
const DEFAULT_VIDEO_PROCESSING_MS = 1000;
const DEFAULT_OPERATION_MS = 1000;
const DEFAULT_FILE_LIFETIME_MS = 48 * 3_600_000;

export function createResources(options: ResourceOptions, clock: Clock): Resources {
  const startedAtMs = Date.now() - clock.now();
  const now = () => startedAtMs + clock.now();
  const files = new FileStore(
    {
      maxFileBytes: options.maxFileBytes ?? DEFAULT_MAX_FILE_BYTES,
      maxKeptFileBytes: options.maxKeptFileBytes ?? DEFAULT_MAX_KEPT_FILE_BYTES,
      processingMs: options.processingMs ?? ((type) => (type.startsWith('video/') ? DEFAULT_VIDEO_PROCESSING_MS : 0)),
      lifetimeMs: options.fileLifetimeMs ?? DEFAULT_FILE_LIFETIME_MS,
    },
    now,
  );
  return {
    files,
    caches: new CacheStore(now),
    records: new RecordStore(now, options.operationMs ?? DEFAULT_OPERATION_MS),
    authTokens: new Map(),
  };
}
