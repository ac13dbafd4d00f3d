import type { HeaderList } from '@gemini-proxy/protocol';
import type { Dialect, UploadStart } from './upload-intent.ts';

/**
 * `receiving`: the client sends bytes. `received`: all are here, and go or shall go to the Gemini API. `final`: it has answered.
 * `cancelled`: by the client.
 */
export type UploadState = 'receiving' | 'received' | 'final' | 'cancelled';

/** An upload as it outlives the process; the bytes lie in the spool. */
export interface UploadRecord extends UploadStart {
  readonly id: string;
  readonly dialect: Dialect;
  readonly metadata: Uint8Array<ArrayBuffer>;
  readonly state: UploadState;
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
  /** When the client or the upstream last did something, milliseconds since 1970. */
  readonly touchedAtMs: number;
  /** Bytes that the client was told are here. */
  readonly acknowledgedBytes: number;
  /** Upload that was begun at the Gemini API, as long as it goes on. */
  readonly upstream: UpstreamUpload | undefined;
  /** What the client gets, now and whenever it asks again. */
  readonly answer: KeptAnswer | undefined;
}

/** A resumable upload at the Gemini API. */
export interface UpstreamUpload {
  /** Account that began it: its workers alone can go on. */
  readonly account: string;
  /** Path with query of its calls; `undefined` where a hook keeps it back, so that nobody can go on with it. */
  readonly path: string | undefined;
  readonly granularityBytes: number;
}

export interface KeptAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Where records are kept; the store implements it. A record is durable when `save` returns. */
export interface UploadRecords {
  all(): Iterable<UploadRecord>;
  save(record: UploadRecord): void;
  delete(id: string): void;
}
