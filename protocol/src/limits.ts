import { frameHeaderBytes } from './frame.ts';

/**
 * Bounds on what a peer may send: by size and by count. Exceeding one closes the session with the close code of `LIMIT_EXCEEDED`.
 * A sender keeps within the defaults, so a receiver may raise a limit on sizes and counts, and lowers one only together with its peer.
 */
export interface SessionLimits {
  /** Bytes of one message. */
  readonly maxMessageBytes: number;
  /** Frames in one message. */
  readonly maxFramesPerMessage: number;
  /** Bytes of a data frame's payload; larger chunks are split by the sender. */
  readonly maxDataBytes: number;
  /** Bytes of the JSON of `open` or `head`. */
  readonly maxHeadBytes: number;
  /** Bytes of the JSON of `hello`, the only frame allowed before `welcome`, and of `welcome`. */
  readonly maxHelloBytes: number;
  /** Bytes of the JSON of `goaway`, `status`, `hold` or `reset`. */
  readonly maxControlBytes: number;
  /** Bytes of one message of a websocket stream; its pieces are put together on arrival. */
  readonly maxSocketMessageBytes: number;
  /** Streams open at once. */
  readonly maxStreams: number;
  /** `ping`, `status`, `goaway`, `hold` and small `credit` frames accepted within ten seconds; each 256 KiB of data received allows one more. */
  readonly maxControlFrames: number;
  /** Milliseconds from the transport's opening to the hello (gateway) or the welcome (worker). */
  readonly helloTimeoutMs: number;
  /** `bufferedAmount` above which no more data frames are handed to the transport until it has drained. */
  readonly maxBufferedBytes: number;
  /** Bytes kept of messages that the peer has not acknowledged, with 256 for each message. At half of it data waits; a peer that lets it be exceeded acknowledges nothing. */
  readonly maxUnackedBytes: number;
}

//** A message is full at so many bytes, and so is a data frame. Larger ones cost Chromium's network process a fifth more CPU. */
export const fullMessageBytes = 32 * 1024;

export const defaultLimits: SessionLimits = {
  maxMessageBytes: 4 * 1024 * 1024,
  maxFramesPerMessage: 8192,
  maxDataBytes: 64 * 1024,
  maxHeadBytes: 256 * 1024,
  maxHelloBytes: 8 * 1024,
  maxControlBytes: 8 * 1024,
  maxSocketMessageBytes: 16 * 1024 * 1024,
  maxStreams: 1024,
  maxControlFrames: 1000,
  helloTimeoutMs: 5_000,
  maxBufferedBytes: 1024 * 1024,
  maxUnackedBytes: 16 * 1024 * 1024,
};

/** Twice what a ping and a pong take in a socket: below that they would hold back the data that they wait for, and call for each other without end. */
export const minBufferedBytes = 128;

/** Throws `RangeError` when no message could hold the largest frame, or a socket could never count as drained. */
export function assertLimits(limits: SessionLimits): void {
  const largestTurnBytes = limits.maxHeadBytes + limits.maxDataBytes + 2 * frameHeaderBytes;
  if (limits.maxMessageBytes < largestTurnBytes) {
    throw new RangeError(`maxMessageBytes: expected at least ${largestTurnBytes}, for a head and a data frame at their limits`);
  }
  if (limits.maxFramesPerMessage < 2) throw new RangeError('maxFramesPerMessage: expected at least 2');
  if (limits.maxDataBytes < 1) throw new RangeError('maxDataBytes: expected at least 1');
  const minUnackedBytes = 4 * largestTurnBytes;
  if (limits.maxUnackedBytes < minUnackedBytes) throw new RangeError(`maxUnackedBytes: expected at least ${minUnackedBytes}`);
  if (limits.maxBufferedBytes < minBufferedBytes) throw new RangeError(`maxBufferedBytes: expected at least ${minBufferedBytes}`);
}
