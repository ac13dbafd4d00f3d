/** What travels between the frame's shim, the host page and the simulator's server. Types only. */

import type { AiStudioSwitches } from '../switches.ts';

export type HeaderPairs = [name: string, value: string][];
export type InputKind = 'mousemove' | 'keydown' | 'pointerdown';

/** Posted once by the host page to the frame's window, with a MessagePort. */
export interface BootstrapMessage {
  type: 'bootstrap';
  urlPatterns: string[];
}

export interface FetchMessage {
  type: 'fetch';
  id: number;
  url: string;
  method: string;
  headers: HeaderPairs;
  body: ArrayBuffer | null;
}

/** What a socket's message is: text, or bytes. */
export type SocketData = string | ArrayBuffer;

export interface WebSocketOpenMessage {
  type: 'websocket_open';
  id: number;
  url: string;
  protocols: string[];
}

/** Over the port, from the frame's shim to the host page. */
export type ShimMessage =
  | FetchMessage
  | WebSocketOpenMessage
  | { type: 'websocket_send'; id: number; data: SocketData }
  | { type: 'websocket_close'; id: number; code: number | undefined; reason: string }
  | { type: 'cancel'; id: number }
  | { type: 'body_credit'; id: number; bytes: number }
  | { type: 'input'; kind: InputKind; hasBeenActive: boolean };

/** Over the port, from the host page to the frame's shim. */
export type HostMessage =
  | { type: 'response'; id: number; status: number; headers: HeaderPairs; creditStepBytes: number | null }
  | { type: 'body'; id: number; bytes: ArrayBuffer }
  | { type: 'body_done'; id: number }
  | { type: 'failed'; id: number; message: string }
  | { type: 'cancelled'; id: number }
  | SocketHostMessage;

/** The part of it that is about sockets. */
export type SocketHostMessage =
  | { type: 'websocket_opened'; id: number; protocol: string }
  | { type: 'websocket_message'; id: number; data: SocketData }
  | { type: 'websocket_closed'; id: number; code: number; reason: string; wasClean: boolean };

/** What the host page acts on; pushed by its server whenever the switches change. */
export interface PageSettings extends AiStudioSwitches {
  frameOrigin: string;
  urlPatterns: string[];
}
