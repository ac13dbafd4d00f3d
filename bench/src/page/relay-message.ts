/**
 * Messages of the minimal relay, big-endian. To the page: the call's id (u32), length of its path in bytes (u16), path, body.
 * From the page: the call's id (u32), kind (u8), then for `head` the status (u16), for `data` bytes of the body, for `end` nothing.
 */
export const relayKinds = { head: 0, data: 1, end: 2 } as const;

export type RelayKind = (typeof relayKinds)[keyof typeof relayKinds];

export interface RelayCall {
  readonly id: number;
  readonly path: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface RelayAnswer {
  readonly id: number;
  readonly kind: RelayKind;
  /** A view into the message. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const callHeaderBytes = 6;
const answerHeaderBytes = 5;

export function encodeCall({ id, path, body }: RelayCall): Uint8Array<ArrayBuffer> {
  const encodedPath = new TextEncoder().encode(path);
  const message = new Uint8Array(callHeaderBytes + encodedPath.length + body.length);
  const view = new DataView(message.buffer);
  view.setUint32(0, id);
  view.setUint16(4, encodedPath.length);
  message.set(encodedPath, callHeaderBytes);
  message.set(body, callHeaderBytes + encodedPath.length);
  return message;
}

export function decodeCall(message: ArrayBuffer): RelayCall {
  const view = new DataView(message);
  const pathBytes = view.getUint16(4);
  return {
    id: view.getUint32(0),
    path: new TextDecoder().decode(new Uint8Array(message, callHeaderBytes, pathBytes)),
    body: new Uint8Array(message, callHeaderBytes + pathBytes),
  };
}

export function encodeAnswer({ id, kind, bytes }: RelayAnswer): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(answerHeaderBytes + bytes.length);
  const view = new DataView(message.buffer);
  view.setUint32(0, id);
  view.setUint8(4, kind);
  message.set(bytes, answerHeaderBytes);
  return message;
}

export function decodeAnswer(message: Uint8Array<ArrayBuffer>): RelayAnswer {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  return { id: view.getUint32(0), kind: view.getUint8(4) as RelayKind, bytes: message.subarray(answerHeaderBytes) };
}
