import type { HeaderList, RequestHead } from '@gemini-proxy/protocol';

type Bytes = Uint8Array<ArrayBuffer>;

/** Opens one WebSocket to the upstream for a handshake's request. Events fire only after this has returned. May throw: then nothing was sent. */
export type ExecuteSocket = (request: RequestHead, events: UpstreamSocketEvents) => UpstreamSocket;

/** What a socket tells its owner. Nothing follows `onRefused` or `onClose`. */
export interface UpstreamSocketEvents {
  /** The socket is open; the headers name the subprotocol, if one was chosen. */
  onOpen(headers: HeaderList): void;
  /** The upstream answered the handshake with something else. Where the platform hides that, `onClose` comes instead. */
  onRefused(refusal: SocketRefusal): void;
  onMessage(message: Bytes, isText: boolean): void;
  /** 1005: closed without a code; 1006: broken, or never open. */
  onClose(code: number, reason: string): void;
}

export interface SocketRefusal {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Bytes;
}

export interface UpstreamSocket {
  /** `onSent` is called once, in order, when the message is out of this process, or near enough to the network. */
  send(message: Bytes, isText: boolean, onSent: () => void): void;
  /** Stops and starts the upstream's messages, as far as the platform can. */
  pause(): void;
  resume(): void;
  /** Closes as the other end was closed; `onClose` follows. A platform that may not say the code says 1000. */
  close(code: number, reason: string): void;
  /** Breaks the connection, or comes as close to it as the platform can. */
  terminate(): void;
}
