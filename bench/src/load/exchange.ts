/** One call as a load generator saw it. Times are those of `performance.now()`. */
export interface Exchange {
  readonly status: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly pieces: readonly Piece[];
}

/** Bytes of the body, as they came. */
export interface Piece {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** POSTs the benchmark's request body to the path of the target. Rejects when the answer does not come to its end. */
export type Send = (path: string) => Promise<Exchange>;
