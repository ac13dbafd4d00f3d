import type { StreamError } from './errors.ts';
import type { RequestHead, ResponseHead } from './messages.ts';

/**
 * What a stream tells its user. All calls are synchronous, from within `Session.receive` or a flush; none follows `onReset` or the end of both
 * directions. A handler that throws ends its own stream with `INTERNAL`, on both sides, and `onReset` brings the exception as `cause`.
 */
export interface StreamEvents {
  /** The answer's head; once, before any data. Only on the gateway's side. */
  onHead(head: ResponseHead): void;
  /** A piece of the peer's body, in order; `end` marks the last (which may be empty). Its bytes count against the window until `consumed`. */
  onData(chunk: Uint8Array<ArrayBuffer>, end: boolean): void;
  /** After `write` returned false: all that was written is on its way, and there is credit again. */
  onWritable(): void;
  /** The stream failed: reset by the peer, or its session is lost. */
  onReset(error: StreamError): void;
  /** The session lost its transport: nothing moves until `onResumed`, or `onReset` with `SESSION_LOST` when it does not come back. What is written waits; a reset is delivered later. */
  onSuspended?(): void;
  /** The session is back, and goes on where it stopped. */
  onResumed?(): void;
}

/** One exchange: a byte stream in each direction, ended separately (half-close) or reset together. */
export interface Stream {
  readonly id: number;
  /** Body bytes put on the wire so far: the place where a resumed session would go on. */
  readonly bytesSent: number;
  /** Body bytes received so far. */
  readonly bytesReceived: number;
  /** True once both directions ended or the stream was reset. */
  readonly closed: boolean;
  /** Queues a chunk of any size, without a copy, so it may not change. Returns false when the caller must stop until `onWritable`: the window or the socket is full. Ignored after a reset. Chunks of one turn may arrive joined, large ones split. */
  write(chunk: Uint8Array<ArrayBuffer>): boolean;
  /** Ends this side's body, after an optional last chunk. Idempotent. */
  end(chunk?: Uint8Array<ArrayBuffer>): void;
  /** Gives credit back for bytes that are out of this process. Throws `RangeError` when the sum exceeds what was received. */
  consumed(byteCount: number): void;
  /** Ends both directions at once and tells the peer; what was not sent yet is dropped. Idempotent; no event follows. On the worker's side, with `RESPONSE_COMPLETE` after `end`, the answer's rest is sent first. */
  reset(error: StreamError): void;
}

/** What a websocket stream tells its user. While the answer is a refusal, `onHead` and `onData` bring it as on any other stream. */
export interface SocketStreamEvents extends StreamEvents {
  /** A whole message, in order; only after a head of 101. It counts against the window until `taken`. */
  onMessage(message: Uint8Array<ArrayBuffer>, isText: boolean): void;
  /** The peer's socket was closed, and brings no more. The stream ends once this side has closed, too. */
  onClose(code: number, reason: string): void;
}

/** One WebSocket: messages in each direction, each direction ended by a close, or both by a reset. */
export interface SocketStream extends Stream {
  /** Bytes that wait to be sent, the cost of message ends included. */
  readonly queuedBytes: number;
  /** Queues a whole message, without a copy. Returns false when the caller should stop until `onWritable`. Throws before the head of 101. Ignored after `close` and after a reset. */
  send(message: Uint8Array<ArrayBuffer>, isText: boolean): boolean;
  /** Says, after all messages, how this side's socket was closed; nothing can be sent after it. Idempotent. */
  close(code: number, reason: string): void;
  /** Gives credit back for the oldest message that was not taken yet: it is out of this process. */
  taken(): void;
}

/** A stream as the worker sees it: opened by the gateway, answered with a head and a body. */
export interface ServedStream extends Stream {
  readonly request: RequestHead;
  /** True when the request has no body: `onData` will not come. */
  readonly bodyless: boolean;
  /** Once, before the first `write` or `end`. Throws `ProtocolError` when the peer would not take the head, for its size or its form. */
  sendHead(head: ResponseHead): void;
}

/** A websocket stream as the worker sees it. A head of 101 says that the socket is open; any other, with a body, why it is not. */
export interface ServedSocketStream extends SocketStream, ServedStream {}
