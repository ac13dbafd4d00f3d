import type { HeaderList } from '@gemini-proxy/protocol';

/** The subprotocols that a handshake offers. */
export function offeredProtocols(headers: HeaderList): string[] {
  return headers
    .filter(([name]) => name === 'sec-websocket-protocol')
    .flatMap(([, value]) => value.split(','))
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol !== '');
}
