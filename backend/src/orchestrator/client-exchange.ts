import type { OperationName } from '@gemini-proxy/gemini';
import type { HeaderList, ResponseHead } from '@gemini-proxy/protocol';
import type { GatewayError } from '../errors.ts';
import type { RequestTrace } from './request-trace.ts';

/** A client's request and the place of its answer, as the orchestrator sees them; http implements it. */
export interface ClientExchange {
  readonly method: string;
  /** Path with query, without credentials. */
  readonly path: string;
  /** End-to-end headers without credentials. */
  readonly headers: HeaderList;
  readonly operation: OperationName;
  /** What was found out about the request before it was handled, for its record; no values of it. */
  readonly notes?: readonly string[] | undefined;
  /** Who keeps its record, if anybody does. */
  readonly trace?: RequestTrace | undefined;
  /** Bytes of the body where the client says so, 0 when there is none, `undefined` when it comes in chunks. */
  readonly bodyLength: number | undefined;

  /** Says who hears of the client from now on; called once, first. */
  bind(events: ClientEvents): void;
  /** Lets the body come; called once, and only where there is one. */
  startBody(): void;
  pauseBody(): void;
  resumeBody(): void;

  /** Takes the answer's head, and who answers (`undefined`: the gateway itself); it goes out with the first bytes, or alone when none follow at once. */
  sendHead(head: ResponseHead, from: AnsweringWorker | undefined): void;
  /** Sends a piece of the answer. `false`: no more until `onDrain`. */
  write(chunk: Uint8Array): boolean;
  /** Sends the last piece, which may be empty. */
  end(chunk: Uint8Array): void;
  /** Ends the answer with an error of the gateway's own, in the form that fits what the client has seen. */
  fail(error: GatewayError): void;
  /** Cuts the connection. */
  destroy(): void;
}

/** Who answers, and with whose account. */
export interface AnsweringWorker {
  readonly id: string;
  readonly account: string;
}

/** What a client does. Nothing follows `onClosed`. */
export interface ClientEvents {
  onBody(chunk: Uint8Array<ArrayBuffer>): void;
  onBodyEnd(): void;
  /** All that was written is out of this process. */
  onDrain(): void;
  /** The answer cannot be sent, or the request broke. */
  onBroken(error: GatewayError): void;
  /** The exchange is over: the whole answer is out, or the client has gone. */
  onClosed(isDelivered: boolean): void;
}
