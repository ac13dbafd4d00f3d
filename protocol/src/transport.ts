/** A connected, message-oriented, ordered, binary pipe: a WebSocket, or one end of a pair in memory. */
export interface Transport {
  /** Sends one message. Nobody changes its bytes from here on: they may be sent again over another transport. Sending on a closed transport does nothing. */
  send(message: Uint8Array<ArrayBuffer>): void;
  /** Starts to close; `TransportEvents.onClose` follows. Idempotent. A browser may only say 1000 and 3000 to 4999: its transport says 1000 for any other. */
  close(code: number, reason: string): void;
  /** Bytes accepted by `send` and not yet handed to the network. */
  readonly bufferedAmount: number;
}

/** What a transport tells its owner. After `onClose` nothing follows. */
export interface TransportEvents {
  onOpen(): void;
  /** One binary message; a text message is reported by closing with code 1003. The bytes may be kept, and are never changed. */
  onMessage(message: Uint8Array<ArrayBuffer>): void;
  onClose(code: number, reason: string): void;
}

/** Starts a connection. Events may fire only after this has returned. */
export type Connect = (events: TransportEvents) => Transport;
