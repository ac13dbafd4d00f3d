import type { IncomingMessage } from 'node:http';
import { stripCredentialQuery } from '@gemini-proxy/gemini';
import { defaultLimits, isSendableCloseCode, type RequestHead, toCloseReason } from '@gemini-proxy/protocol';
import { WebSocket } from 'ws';
import { fromUpstreamHeaders, toUpstreamHeaders } from '../headers.ts';
import { offeredProtocols } from '../socket/offered-protocols.ts';
import type { ExecuteSocket, UpstreamSocket, UpstreamSocketEvents } from '../socket/upstream-socket.ts';

export interface WsExecutorOptions {
  /** As for HTTP calls: `https://…`, or `http://…` for what stands in. */
  readonly upstreamUrl: string;
  /** Official key, sent as `?key=`; `undefined`: none. */
  readonly apiKey: string | undefined;
}

/** Bytes of a refusal's body that are passed on. */
const maxRefusalBytes = 64 * 1024;

/** Opens sockets by the `ws` package. */
export function createWsExecutor({ upstreamUrl, apiKey }: WsExecutorOptions): ExecuteSocket {
  const base = upstreamUrl.replace(/^http/, 'ws').replace(/\/+$/, '');
  return (request, events) => {
    const socket = new WebSocket(base + withKey(stripCredentialQuery(request.path), apiKey), offeredProtocols(request.headers), {
      headers: headersOf(request),
      perMessageDeflate: false,
      maxPayload: defaultLimits.maxSocketMessageBytes,
      followRedirects: false,
    });
    return new WsSocket(socket, events);
  };
}

class WsSocket implements UpstreamSocket {
  readonly #socket: WebSocket;
  #failure = '';
  #isRefused = false;

  constructor(socket: WebSocket, events: UpstreamSocketEvents) {
    this.#socket = socket;
    socket.on('open', () => events.onOpen(socket.protocol === '' ? [] : [['sec-websocket-protocol', socket.protocol]]));
    // `ws` cuts messages out of what it read from the socket: never shared memory, and not used again.
    socket.on('message', (data, isBinary) => events.onMessage(data as Buffer<ArrayBuffer>, !isBinary));
    socket.on('error', (error) => {
      this.#failure = error.message;
    });
    socket.on('unexpected-response', (_request, response) => {
      this.#isRefused = true;
      readRefusal(response).then(
        (body) => events.onRefused({ status: response.statusCode ?? 502, headers: headersFrom(response), body }),
        () => events.onClose(1006, 'The refusal broke off.'),
      );
    });
    socket.on('close', (code, reason) => {
      if (!this.#isRefused) events.onClose(code, reason.toString() || this.#failure);
    });
  }

  send(message: Uint8Array<ArrayBuffer>, isText: boolean, onSent: () => void): void {
    // A failed send closes the socket, which is reported there.
    this.#socket.send(message, { binary: !isText }, onSent);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(code: number, reason: string): void {
    // What is still to come, the close among it, must be read.
    this.#socket.resume();
    if (code === 1005) this.#socket.close();
    else if (isSendableCloseCode(code)) this.#socket.close(code, toCloseReason(reason));
    else this.#socket.terminate();
  }

  terminate(): void {
    this.#socket.terminate();
  }
}

/** Everything else of the query stays as it was. */
function withKey(path: string, apiKey: string | undefined): string {
  if (apiKey === undefined) return path;
  return `${path}${path.includes('?') ? '&' : '?'}key=${encodeURIComponent(apiKey)}`;
}

function headersOf({ headers }: RequestHead): Record<string, string> {
  return Object.fromEntries(toUpstreamHeaders(headers));
}

async function readRefusal(response: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Buffer<ArrayBuffer>[] = [];
  let byteCount = 0;
  for await (const piece of response) {
    byteCount += piece.byteLength;
    if (byteCount > maxRefusalBytes) break;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** Without the length where the body may be cut: the answer is sent whole, so that its length is known anyway. */
function headersFrom({ rawHeaders }: IncomingMessage) {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    pairs.push([rawHeaders[index]?.toLowerCase() ?? '', rawHeaders[index + 1] ?? '']);
  }
  return fromUpstreamHeaders(pairs).filter(([name]) => name !== 'content-length');
}
