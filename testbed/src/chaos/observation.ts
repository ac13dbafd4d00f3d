/** What a client saw of one request. */
export interface Observation {
  readonly id: number;
  /** Times of `performance.now()`. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly end: Ending;
}

export type Ending =
  /** The answer came to its own end. */
  | ({ readonly kind: 'complete' } & Received)
  /** The connection broke; `status` is there when the answer had begun. */
  | ({ readonly kind: 'broken'; readonly error: string } & Partial<Received>)
  /** The client went away on purpose. */
  | { readonly kind: 'left' }
  /** Nothing had come to an end within the deadline. */
  | { readonly kind: 'overdue'; readonly doing: string }
  /** An upload or a Live session, judged by its own client. */
  | { readonly kind: 'right' | 'gave-up' | 'wrong'; readonly text: string };

export interface Received {
  readonly status: number;
  readonly contentType: string;
  readonly bytes: number;
  readonly sha256: string;
  /** First bytes of the body, enough for an error. */
  readonly beginning: string;
  /** Last bytes of the body, enough for an error behind an answer. */
  readonly ending: string;
}
