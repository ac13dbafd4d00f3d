import { stripCredentialQuery } from '@gemini-proxy/gemini';
import type { Clock, HeaderList } from '@gemini-proxy/protocol';
import { offeredProtocols } from './offered-protocols.ts';
import type { ExecuteSocket, UpstreamSocket, UpstreamSocketEvents } from './upstream-socket.ts';

export interface BrowserSocketOptions {
  /** Asked at each call: a hook may replace `window.WebSocket` at any time. */
  readonly WebSocket: () => typeof WebSocket;
  /** `wss://generativelanguage.googleapis.com`, or what stands in for it. */
  readonly baseUrl: string;
  readonly clock: Clock;
}

/** Bytes in the socket up to which a message counts as sent. */
const maxBufferedBytes = 256 * 1024;
/** Milliseconds between looks at a socket that holds more. */
const drainCheckMs = 50;

/** Opens sockets by a page's WebSocket, the hooked one in the main case. */
export function createBrowserSocketExecutor({ WebSocket, baseUrl, clock }: BrowserSocketOptions): ExecuteSocket {
  const base = baseUrl.replace(/\/+$/, '');
  return (request, events) => {
    const url = base + stripCredentialQuery(request.path);
    return new BrowserSocket(new (WebSocket())(url, offeredProtocols(request.headers)), clock, events);
  };
}

/** A page's WebSocket as the engine needs it. It has no pause, and does not tell when it has sent. */
class BrowserSocket implements UpstreamSocket {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  /** Calls that are owed, oldest first, while the socket holds too much. */
  #unsent: (() => void)[] = [];
  #cancelCheck: (() => void) | undefined;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(socket: WebSocket, clock: Clock, events: UpstreamSocketEvents) {
    const encoder = new TextEncoder();
    this.#socket = socket;
    this.#clock = clock;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => events.onOpen(toHeaders(socket.protocol));
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (typeof data === 'string') events.onMessage(encoder.encode(data), true);
      else if (data instanceof ArrayBuffer) events.onMessage(new Uint8Array(data), false);
    };
    socket.onclose = ({ code, reason }) => {
      this.#cancelCheck?.();
      events.onClose(code, reason);
    };
  }

  send(message: Uint8Array<ArrayBuffer>, isText: boolean, onSent: () => void): void {
    this.#socket.send(isText ? this.#decoder.decode(message) : message);
    this.#unsent.push(onSent);
    this.#check();
  }

  pause(): void {
    // A page cannot: the engine bounds what waits.
  }

  resume(): void {}

  close(code: number, reason: string): void {
    if (code === 1005) this.#socket.close();
    else this.#socket.close(isPageCloseCode(code) ? code : 1000, reason);
  }

  terminate(): void {
    this.#cancelCheck?.();
    this.#socket.close();
  }

  #check(): void {
    if (this.#socket.bufferedAmount <= maxBufferedBytes) {
      const sent = this.#unsent;
      this.#unsent = [];
      for (const onSent of sent) onSent();
      return;
    }
    this.#cancelCheck ??= this.#clock.schedule(() => {
      this.#cancelCheck = undefined;
      this.#check();
    }, drainCheckMs);
  }
}

/** The only codes that a page may close with; `close` throws on any other. */
function isPageCloseCode(code: number): boolean {
  return code === 1000 || (code >= 3000 && code <= 4999);
}

function toHeaders(protocol: string): HeaderList {
  return protocol === '' ? [] : [['sec-websocket-protocol', protocol]];
}
