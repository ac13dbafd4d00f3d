import type { Transport } from '@gemini-proxy/protocol';
import type { WebSocket } from 'ws';

/** What a transport's owner hears; nothing follows `transportClosed`. */
export interface TransportOwner {
  receive(message: Uint8Array<ArrayBuffer>): void;
  transportClosed(code: number, reason: string): void;
}

/** RFC 6455, 5.5: a control frame's payload has at most 125 bytes, two of them the code. */
const maxReasonBytes = 123;
/** RFC 6455, 7.4.1: data of a type that the endpoint does not take. */
const unsupportedData = 1003;

const sendOptions = { binary: true, compress: false } as const;

/** The protocol's transport over an accepted WebSocket. */
export class WebSocketTransport implements Transport {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** Passes the socket's events on. */
  attach(owner: TransportOwner): void {
    this.#socket.on('message', (data: Buffer<ArrayBuffer>, isBinary) => {
      if (isBinary) owner.receive(data);
      else this.#socket.close(unsupportedData, 'binary messages only');
    });
    this.#socket.on('close', (code, reason) => owner.transportClosed(code, reason.toString()));
    // `close` follows with the code, which is all that matters.
    this.#socket.on('error', () => {});
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  send(message: Uint8Array<ArrayBuffer>): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(message, sendOptions);
  }

  close(code: number, reason: string): void {
    this.#socket.close(isSendable(code) ? code : 1011, truncate(reason));
  }
}

function isSendable(code: number): boolean {
  return (code >= 3000 && code <= 4999) || (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code));
}

function truncate(reason: string): string {
  const bytes = Buffer.from(reason);
  return bytes.length <= maxReasonBytes ? reason : new TextDecoder().decode(bytes.subarray(0, maxReasonBytes), { stream: true });
}
