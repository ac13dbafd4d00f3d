import { decodeCall, encodeAnswer, type RelayKind, relayKinds } from './relay-message.ts';

/** The page's side of the minimal relay: each call is made with `fetch`, and each piece of its answer sent on as it is read. */
const apiOrigin = 'https://generativelanguage.googleapis.com';
const noBytes = new Uint8Array(0);

const socket = new WebSocket(new URLSearchParams(location.hash.slice(1)).get('relay') ?? '');
socket.binaryType = 'arraybuffer';
socket.onmessage = ({ data }) => void execute(data as ArrayBuffer);

async function execute(message: ArrayBuffer): Promise<void> {
  const { id, path, body } = decodeCall(message);
  const send = (kind: RelayKind, bytes: Uint8Array<ArrayBuffer>) => socket.send(encodeAnswer({ id, kind, bytes }));
  const response = await fetch(apiOrigin + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  send(relayKinds.head, Uint8Array.of(response.status >> 8, response.status));
  if (response.body !== null) {
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      send(relayKinds.data, value);
    }
  }
  send(relayKinds.end, noBytes);
}
