import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { clientKey } from './start-gateway.ts';

/** A client that sees the bytes of its connection as they come. */
export interface RawClient extends Disposable {
  readonly socket: Socket;
  /** What each read of the socket brought. */
  readonly reads: readonly string[];
  readonly text: string;
  /** Resolves when the connection is over. */
  readonly closed: Promise<void>;
}

export async function connectRaw(port: number): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).setNoDelay(true);
  const reads: string[] = [];
  const closed = new Promise<void>((resolve) => {
    socket.once('end', resolve);
    socket.once('close', () => resolve());
  });
  socket.on('data', (chunk) => reads.push(chunk.toString('latin1')));
  socket.on('error', () => {});
  await once(socket, 'connect');
  return {
    socket,
    reads,
    get text() {
      return reads.join('');
    },
    closed,
    [Symbol.dispose]: () => socket.destroy(),
  };
}

/** The head of a request with the client's key. */
export function head(line: string, headers: readonly string[] = []): string {
  return [`${line} HTTP/1.1`, 'Host: localhost', `x-goog-api-key: ${clientKey}`, ...headers, '', ''].join('\r\n');
}
