import { type Connect, defaultLimits, isSendableCloseCode, subprotocol } from '@gemini-proxy/protocol';
import { WebSocket } from 'ws';

/** Close code for a text message: the protocol is binary. */
const UNSUPPORTED_DATA = 1003;

/** Connects by the `ws` package, without compression: it costs several times the CPU and delays chunks. */
export function websocketConnect(url: string): Connect {
  return (events) => {
    const socket = new WebSocket(url, subprotocol, {
      perMessageDeflate: false,
      maxPayload: defaultLimits.maxMessageBytes,
      // The certificate of a gateway on this machine is for the name that others use.
      rejectUnauthorized: !isLoopback(url),
    });
    let failure = '';
    socket.on('open', () => events.onOpen());
    socket.on('message', (data, isBinary) => {
      // `ws` cuts messages out of what it read from the socket: never shared memory, and not used again.
      if (isBinary && data instanceof Uint8Array) events.onMessage(data as Buffer<ArrayBuffer>);
      else socket.close(UNSUPPORTED_DATA, 'binary messages only');
    });
    socket.on('error', (error) => {
      failure = error.message;
    });
    socket.on('close', (code, reason) => events.onClose(code, reason.toString() || failure));
    return {
      send: (message) => {
        // A failed send closes the socket, which is reported there.
        if (socket.readyState === WebSocket.OPEN) socket.send(message, { binary: true }, ignore);
      },
      close: (code, reason) => socket.close(toSendableCloseCode(code), reason),
      get bufferedAmount() {
        return socket.bufferedAmount;
      },
    };
  };
}

function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** Codes that say that no close frame came cannot be sent in one. */
function toSendableCloseCode(code: number): number {
  return isSendableCloseCode(code) ? code : 1000;
}

function ignore(): void {}
