import type { HeaderList, ResponseHead } from '@gemini-proxy/protocol';
import type { GatewayError } from '../errors.ts';
import type { RequestTrace } from './request-trace.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** A client's WebSocket, as the orchestrator sees it; live implements it. Until `accept` it is a request that waits for its answer. */
export interface ClientSocket {
  /** Path with query, without credentials. */
  readonly path: string;
  /** End-to-end headers without credentials; of the handshake only `sec-websocket-protocol`. */
  readonly headers: HeaderList;
  /** Name of the operation, for display. */
  readonly operation: string;
  /** Who keeps its record, if anybody does. */
  readonly trace?: RequestTrace | undefined;
  /** Account whose workers alone will do, where the client's first message decides that; rejects with `GatewayError`. */
  readonly account?: Promise<string | undefined>;

  /** Says who hears of the client from now on; called once, first. */
  bind(events: ClientSocketEvents): void;
  /** Completes the handshake; the head names the subprotocol, if one was chosen. */
  accept(head: ResponseHead): void;
  /** Answers the handshake with what the upstream answered. `onClosed` follows. */
  refuse(head: ResponseHead, body: Bytes): void;
  /** Ends it with an error of the gateway's own: an HTTP answer, or a close. `onClosed` follows. */
  fail(error: GatewayError): void;
  /** Sends a message; `onSent` is called once, in order, when it is out of this process. */
  send(message: Bytes, isText: boolean, onSent: () => void): void;
  pause(): void;
  resume(): void;
  /** Closes as the upstream was closed. `onClosed` follows. */
  close(code: number, reason: string): void;
  /** Cuts the connection. `onClosed` follows. */
  terminate(): void;
}

/** What a client does. Nothing follows `onClosed`. */
export interface ClientSocketEvents {
  onClientMessage(message: Bytes, isText: boolean): void;
  /** 1005: closed without a code; 1006: gone without a close. */
  onClientClosed(code: number, reason: string): void;
}
