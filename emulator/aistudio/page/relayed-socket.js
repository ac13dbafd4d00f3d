/** @import { SocketData, SocketHostMessage, WebSocketOpenMessage } from './messages.ts' */

/** One WebSocket of the frame, opened by the host page through its own server, which adds the session credential. */
export class RelayedSocket {
  #socket;

  /** @param {WebSocketOpenMessage} message @param {(message: SocketHostMessage) => void} post */
  constructor({ id, url, protocols }, post) {
    const socket = new WebSocket(`/rpc/live?url=${encodeURIComponent(url)}`, protocols);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => post({ type: 'websocket_opened', id, protocol: socket.protocol });
    socket.onmessage = (event) => post({ type: 'websocket_message', id, data: event.data });
    socket.onclose = ({ code, reason, wasClean }) => post({ type: 'websocket_closed', id, code, reason, wasClean });
    this.#socket = socket;
  }

  /** @param {SocketData} data */
  send(data) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(data);
  }

  /** @param {number} [code] @param {string} [reason] */
  close(code, reason) {
    // Chromium takes an undefined code before a reason for 0.
    if (code === undefined) this.#socket.close();
    else this.#socket.close(code, reason);
  }
}
