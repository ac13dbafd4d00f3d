/** Bounds on what a peer may send: by size and by count. Exceeding one closes the session with the close code of `LIMIT_EXCEEDED`. */
export interface SessionLimits {
  /** Bytes of one message. */
  readonly maxMessageBytes: number;
  /** Frames in one message. */
  readonly maxFramesPerMessage: number;
  /** Bytes of a data frame's payload; larger chunks are split by the sender. */
  readonly maxDataBytes: number;
  /** Bytes of the JSON of `open` or `head`. */
  readonly maxHeadBytes: number;
  /** Bytes of the only frame allowed before `welcome`. */
  readonly maxHelloBytes: number;
  /** Streams open at once. */
  readonly maxStreams: number;
  /** Pings, status and other control frames accepted within ten seconds. */
  readonly maxControlFrames: number;
  /** Milliseconds from the transport's opening to the hello (gateway) or the welcome (worker). */
  readonly helloTimeoutMs: number;
  /** `bufferedAmount` above which no more data frames are handed to the transport until it has drained. */
  readonly maxBufferedBytes: number;
}

export const defaultLimits: SessionLimits = {
  maxMessageBytes: 4 * 1024 * 1024,
  maxFramesPerMessage: 8192,
  maxDataBytes: 64 * 1024,
  maxHeadBytes: 256 * 1024,
  maxHelloBytes: 8 * 1024,
  maxStreams: 1024,
  maxControlFrames: 1000,
  helloTimeoutMs: 5_000,
  maxBufferedBytes: 1024 * 1024,
};
