/** What the protocol needs of time: a monotonic reading and one-shot timers. Both are arguments, so that tests run on a clock of their own. */
export interface Clock {
  /** Milliseconds since an arbitrary fixed point; never goes backwards. */
  now(): number;
  /** Calls back once after `delayMs`; returns a function that cancels it. */
  schedule(callback: () => void, delayMs: number): () => void;
}
