import type { Transport } from '@gemini-proxy/protocol';
import type { WebSocket } from 'ws';

/** What a transport's owner hears; nothing follows `transportClosed`. */
export interface TransportOwner {
  receive(message: Uint8Array<ArrayBuffer>): void;
  transportClosed(code: number, reason: string): void;
}

/** RFC 6455, 7.4.1: data of a type that the endpoint does not take. */
const unsupportedData = 1003;
/** RFC 6455, 7.4.1: a condition that kept the endpoint from going on. */
const internalError = 1011;

const sendOptions = { binary: true, compress: false } as const;

/** The protocol's transport over an accepted WebSocket. */
export class WebSocketTransport implements Transport {
  readonly #socket: WebSocket;
  readonly #onBytes: (byteCount: number) => void;

  /** `onBytes` hears of the size of each message, in both directions. */
  constructor(socket: WebSocket, onBytes: (byteCount: number) => void = () => {}) {
    this.#socket = socket;
    this.#onBytes = onBytes;
  }

  /** Passes the socket's events on. */
  attach(owner: TransportOwner): void {
    this.#socket.on('message', (data: Buffer<ArrayBuffer>, isBinary) => {
      if (isBinary) owner.receive(data);
      else this.#socket.close(unsupportedData, 'binary messages only');
      this.#onBytes(data.length);
    });
    this.#socket.on('close', (code, reason) => owner.transportClosed(code, reason.toString()));
    // `close` follows with the code, which is all that matters.
    this.#socket.on('error', () => {});
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  send(message: Uint8Array<ArrayBuffer>): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(message, sendOptions);
    this.#onBytes(message.length);
  }

  close(code: number, reason: string): void {
    this.#socket.close(toSendableCloseCode(code), reason);
  }
}

/** 1006 stands for a missing close frame, and cannot be sent in one. */
function toSendableCloseCode(code: number): number {
  return code === 1006 ? internalError : code;
}
