import type { Transport, TransportEvents } from '@gemini-proxy/protocol';
import type { RawData, WebSocket } from 'ws';

/** A transport over an open socket of `ws`, on either side. */
export function wsTransport(socket: WebSocket): { transport: Transport; listen: (events: TransportEvents) => void } {
  socket.binaryType = 'arraybuffer';
  const transport: Transport = {
    send: (message) => socket.send(message),
    close: (code, reason) => {
      // 1006 is for a socket that is gone already.
      if (code === 1006) socket.terminate();
      else socket.close(code, reason);
    },
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
  };
  const listen = (events: TransportEvents): void => {
    socket.on('message', (data: RawData) => {
      if (data instanceof ArrayBuffer) events.onMessage(new Uint8Array(data));
    });
    socket.on('close', (code, reason) => events.onClose(code, reason.toString()));
    socket.on('error', () => {});
  };
  return { transport, listen };
}
