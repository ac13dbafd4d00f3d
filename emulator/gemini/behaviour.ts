/** What goes wrong on purpose. `afterChunks` counts events of a stream; a whole answer is two chunks, its first and second half. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'cut'; readonly afterChunks: number }
  | { readonly kind: 'hang'; readonly afterChunks: number }
  | { readonly kind: 'mid-stream-error'; readonly afterChunks: number; readonly code: number };

/** How one API call is answered. */
export interface Behaviour {
  /** Wait before the first byte. Default 0. */
  readonly delayMs?: number | undefined;
  /** Number of text chunks. With `chunkBytes` the text has exactly their product as its length. */
  readonly chunkCount?: number | undefined;
  /** Length of a text chunk, in characters (bytes, where the text is ASCII). Default 40 where `chunkCount` is not given. */
  readonly chunkBytes?: number | undefined;
  /** Wait between chunks. Default 0: as fast as the client reads. */
  readonly chunkIntervalMs?: number | undefined;
  readonly fault?: Fault | undefined;
  /** Sent as the body in place of the answer, byte for byte and never compressed; with a `status` fault, under that status. */
  readonly rawBody?: string | Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** Lower-case names; they win over the emulator's own. */
  readonly responseHeaders?: Readonly<Record<string, string>> | undefined;
}

/** What a behaviour can be chosen by. */
export interface BehaviourRequest {
  readonly method: string;
  readonly path: string;
  readonly model: string | undefined;
  /** The parsed body; undefined where the request has none. */
  readonly body: unknown;
}

export type ChooseBehaviour = (request: BehaviourRequest) => Behaviour | undefined;
