/**
 * A frame: a header of ten bytes, then the payload. A message holds one or more whole frames, end to end. Big endian.
 *
 * ```
 *  0       1       2               6               10
 *  | type  | flags | stream        | length        | payload …
 *  | u8    | u8    | u32           | u32           | `length` bytes
 * ```
 */
export const frameHeaderBytes = 10;

/** The sender's last frame in this direction of the stream. */
export const endFlag = 1;

/** The last piece of a binary message, on a websocket stream. */
export const messageEndFlag = 2;

/** The last piece of a text message: always together with `messageEndFlag`. */
export const textFlag = 4;

/** What is known of a frame type; the codec and docs/protocol.md follow this table. */
export interface FrameRule {
  readonly type: number;
  /** `session`: stream is 0. `stream`: stream is not 0. */
  readonly scope: 'session' | 'stream';
  readonly sentBy: 'gateway' | 'worker' | 'both';
  /** Every value that the flags may have. */
  readonly flags: readonly number[];
  readonly payload: 'json' | 'u32' | 'u64' | 'bytes';
  /** The limit on the payload's length, or its only length. */
  readonly length: 'maxHelloBytes' | 'maxControlBytes' | 'maxHeadBytes' | 'maxDataBytes' | number;
}

/** Every frame type of version 1. */
export const frameRules = {
  hello: { type: 1, scope: 'session', sentBy: 'worker', flags: [0], payload: 'json', length: 'maxHelloBytes' },
  welcome: { type: 2, scope: 'session', sentBy: 'gateway', flags: [0], payload: 'json', length: 'maxHelloBytes' },
  ping: { type: 3, scope: 'session', sentBy: 'both', flags: [0], payload: 'bytes', length: 8 },
  pong: { type: 4, scope: 'session', sentBy: 'both', flags: [0], payload: 'bytes', length: 8 },
  goaway: { type: 5, scope: 'session', sentBy: 'both', flags: [0], payload: 'json', length: 'maxControlBytes' },
  status: { type: 6, scope: 'session', sentBy: 'worker', flags: [0], payload: 'json', length: 'maxControlBytes' },
  ack: { type: 7, scope: 'session', sentBy: 'both', flags: [0], payload: 'u64', length: 8 },
  hold: { type: 8, scope: 'session', sentBy: 'gateway', flags: [0], payload: 'json', length: 'maxControlBytes' },
  open: { type: 16, scope: 'stream', sentBy: 'gateway', flags: [0, endFlag], payload: 'json', length: 'maxHeadBytes' },
  head: { type: 17, scope: 'stream', sentBy: 'worker', flags: [0], payload: 'json', length: 'maxHeadBytes' },
  data: {
    type: 18,
    scope: 'stream',
    sentBy: 'both',
    flags: [0, endFlag, messageEndFlag, messageEndFlag | textFlag],
    payload: 'bytes',
    length: 'maxDataBytes',
  },
  credit: { type: 19, scope: 'stream', sentBy: 'both', flags: [0], payload: 'u32', length: 4 },
  reset: { type: 20, scope: 'stream', sentBy: 'both', flags: [0], payload: 'json', length: 'maxControlBytes' },
  close: { type: 21, scope: 'stream', sentBy: 'both', flags: [0], payload: 'json', length: 'maxControlBytes' },
} as const satisfies Record<string, FrameRule>;

export type FrameName = keyof typeof frameRules;

/** The number of a frame type, on its own for switches and headers. */
export type FrameType = (typeof frameRules)[FrameName]['type'];
