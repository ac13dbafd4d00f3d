import { connect, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { Certificate } from '@gemini-proxy/emulator/aistudio';

/** Terminates TLS and passes bytes on. Where a byte is changed under way, TLS notices; a bare WebSocket cannot. */
export interface TlsFront extends AsyncDisposable {
  readonly url: string;
}

export async function startTlsFront(certificate: Certificate, targetPort: number): Promise<TlsFront> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  const server = createServer({ ...certificate, noDelay: true }, (client) => {
    const target = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    keep(target);
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      one.on('error', () => {});
      one.once('close', () => other.destroy());
      one.pipe(other);
    }
  });
  server.on('connection', keep);
  // A handshake or a record that is broken ends its own connection.
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('The listener has no port.');
  return {
    url: `https://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
