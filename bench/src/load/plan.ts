/** What one run of a load generator does: a closed loop of `lanes`, each starting its next call when the last has ended. */
export type Plan = UnaryPlan | StreamPlan;

export interface UnaryPlan {
  readonly kind: 'unary';
  readonly lanes: number;
  readonly durationMs: number;
}

export interface StreamPlan extends StreamShape {
  readonly kind: 'streams';
  readonly lanes: number;
  /** Streams in all, shared by the lanes. */
  readonly streams: number;
  /** The lanes start one after the other over this time, so that paced chunks of different streams do not come in step. */
  readonly rampMs: number;
}

/** What the upstream sends on one stream; it travels in the model's name, so that URLs are stable and preflights cached. */
export interface StreamShape {
  readonly chunks: number;
  /** Bytes of a chunk, the same for each. */
  readonly chunkBytes: number;
  /** Milliseconds between chunks; 0: as fast as they go. */
  readonly intervalMs: number;
}

export function unaryPath(): string {
  return '/v1beta/models/bench-unary:generateContent';
}

export function streamPath(shape: StreamShape): string {
  return `/v1beta/models/bench-${shape.chunks}x${shape.chunkBytes}-${shape.intervalMs}ms:streamGenerateContent?alt=sse`;
}

/** Inverse of `streamPath`; `undefined` for every other path. */
export function parseStreamPath(path: string): StreamShape | undefined {
  const match = /^\/v1beta\/models\/bench-(\d+)x(\d+)-(\d+)ms:streamGenerateContent\?alt=sse$/.exec(path);
  if (match === null) return undefined;
  const [, chunks, chunkBytes, intervalMs] = match;
  return { chunks: Number(chunks), chunkBytes: Number(chunkBytes), intervalMs: Number(intervalMs) };
}
