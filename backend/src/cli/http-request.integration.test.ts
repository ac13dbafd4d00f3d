import { once } from 'node:events';
import { createServer as createPlainServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { generate } from 'selfsigned';
import { afterEach, expect, it } from 'vitest';
import { directRequest } from './http-request.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function listen(server: Server): Promise<number> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

const signal = AbortSignal.timeout(20_000);

it('sends a body and reads the answer, whatever its status', async () => {
  const server = createPlainServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    response.writeHead(request.method === 'DELETE' ? 204 : 418, {
      'x-method': request.method ?? '',
      'set-cookie': ['a=1', 'b=2'],
    });
    response.end(request.method === 'DELETE' ? undefined : Buffer.concat(pieces));
  });
  const url = `http://127.0.0.1:${await listen(server)}`;
  const answer = await directRequest(url, { method: 'POST', body: 'hello', signal });
  expect([answer.status, answer.headers.get('x-method'), await answer.text()]).toEqual([418, 'POST', 'hello']);
  expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  const empty = await directRequest(url, { method: 'DELETE', signal });
  expect([empty.status, empty.body]).toEqual([204, null]);
});

it('reaches a gateway on loopback whatever name its certificate has', async () => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'gateway.example.com' }], {
    keyType: 'ec',
    algorithm: 'sha256',
  });
  const port = await listen(createSecureServer({ cert, key }, (_, response) => response.end('secure')));
  expect(await (await directRequest(`https://127.0.0.1:${port}`, { signal })).text()).toBe('secure');
});

it('fails with the code of the system, and when it is given up', async () => {
  const port = await listen(createPlainServer(() => {}));
  await expect(directRequest('http://127.0.0.1:1', { signal })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await expect(directRequest(`http://127.0.0.1:${port}`, { signal: AbortSignal.timeout(50) })).rejects.toThrow();
});
