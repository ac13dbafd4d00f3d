import type { ProtocolError } from '@gemini-proxy/protocol';

/** Says to the user why a connection ended, and what to do. */
export function explainClose(error: ProtocolError, wasConnected: boolean): string {
  switch (error.code) {
    case 'UNAUTHORIZED':
      return 'The gateway refused the worker token. Enter the token that the gateway printed at its first start, and connect again.';
    case 'REPLACED':
      return 'Another page or process connected with the same worker id, so this one stays away. Connect again to take over.';
    case 'UNSUPPORTED_VERSION':
      return 'The gateway and this worker speak different protocol versions. Update the older of the two, and connect again.';
    case 'HELLO_TIMEOUT':
      return 'The connection opened, but no welcome came. Check that the address is that of a GeminiProxy gateway.';
    case 'GOING_AWAY':
      return 'The gateway is stopping or restarting.';
    case 'PING_TIMEOUT':
      return 'The gateway was silent for too long.';
    case 'TRANSPORT_LOST':
      return wasConnected
        ? 'The connection to the gateway broke.'
        : 'The gateway cannot be reached. Check that it runs, that the address is right, and that the browser may open local connections.';
    default:
      return error.message;
  }
}

/** Says that `connect` itself threw: the address is not a WebSocket URL, or the page may not open it. */
export function explainConnectFailure(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return `The connection could not be started: ${message} Check the address of the gateway, and connect again.`;
}
