import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { startKeyedWorker, websocketConnect } from '@gemini-proxy/worker/node';
import { describe, expect, it } from 'vitest';
import { type ClientOptions, WebSocket, WebSocketServer } from 'ws';
import { type Config, workerPath } from '../src/index.ts';
import { expectBaseline } from './baseline.ts';
import { adminClient } from './console-client.ts';
import { clientKey, startGateway, workerToken } from './start-gateway.ts';

const path = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';
const patiently = { timeout: 20_000 };

describe('a WebSocket through the Node worker', () => {
  it('carries text and binary messages both ways, unchanged and in order', async () => {
    await using live = await startLive();
    const client = await live.connect();
    const texts = ['{"setup":{}}', 'héllo', '', 'x'.repeat(2_000_000)].map((text) => Buffer.from(text));
    const binaries = [randomBytes(3), Buffer.alloc(0), randomBytes(65_536), randomBytes(2_000_000)];
    for (const [index, text] of texts.entries()) {
      client.socket.send(text, { binary: false });
      client.socket.send(binaries[index] ?? '');
    }
    const expected = texts.flatMap((text, index) => [`text ${sha256(text)}`, `binary ${sha256(binaries[index] ?? text)}`]);
    await expect.poll(() => client.messages.length, patiently).toBe(expected.length);
    expect(client.messages).toEqual(expected);
    client.socket.close(1000);
    await client.closed;
    await expectBaseline(live.gateway);
    const { requests } = await adminClient(live.url).call('listRequests', {});
    expect(requests[0]).toMatchObject({
      kind: 'live',
      path,
      state: 'completed',
      status: 101,
      requestBytes: texts.concat(binaries).reduce((sum, { length }) => sum + length, 0),
    });
  });

  it('sends the official key in place of the client key, and keeps the query, the headers and the subprotocol', async () => {
    await using live = await startLive();
    const client = await live.connect({
      path: `/${path}?key=${clientKey}&alt=x`,
      protocols: ['a', 'live'],
      headers: { 'x-goog-api-client': 'gl-node' },
    });
    expect(client.socket.protocol).toBe('live');
    const url = new URL(live.handshake()?.url ?? '', 'http://upstream');
    expect(url.pathname).toBe(path);
    expect([...url.searchParams]).toEqual([
      ['alt', 'x'],
      ['key', 'official-key'],
    ]);
    expect(live.handshake()?.headers).toMatchObject({ 'x-goog-api-client': 'gl-node', 'sec-websocket-protocol': 'a,live' });
    expect(JSON.stringify(live.handshake()?.headers)).not.toContain(clientKey);
    client.socket.terminate();
    await expectBaseline(live.gateway);
  });

  it.each([
    { headers: { 'x-goog-api-key': clientKey } },
    { headers: { authorization: `Bearer ${clientKey}` } },
    { headers: {}, query: `?key=${clientKey}` },
    { headers: {}, query: `?access_token=${clientKey}` },
  ])('lets in a client with its key as $headers $query', async ({ headers, query = '' }) => {
    await using live = await startLive();
    const client = await live.connect({ path: path + query, headers });
    client.socket.close();
    await client.closed;
    await expectBaseline(live.gateway);
  });

  it.each([
    { code: 1000, reason: 'done' },
    { code: 1001, reason: '' },
    { code: 1008, reason: 'a policy' },
    { code: 1011, reason: 'ö'.repeat(60) },
    { code: 3000, reason: 'r' },
    { code: 4999, reason: '' },
    { code: 1005, reason: '' },
  ])('closes either side as the other was closed: $code', async ({ code, reason }) => {
    await using live = await startLive();
    const byClient = await live.connect();
    const upstream = live.upstreamSocket();
    const seen = once(upstream, 'close');
    close(byClient.socket, code, reason);
    expect(((await seen) as [number, Buffer]).map(String)).toEqual([String(code), reason]);
    expect(await byClient.closed).toEqual([code, reason]);

    const byUpstream = await live.connect();
    close(live.upstreamSocket(), code, reason);
    expect(await byUpstream.closed).toEqual([code, reason]);
    await expectBaseline(live.gateway);
  });

  it('breaks either side when the other broke', async () => {
    await using live = await startLive();
    const byClient = await live.connect();
    const seen = once(live.upstreamSocket(), 'close');
    byClient.socket.terminate();
    expect((await seen)[0]).toBe(1006);

    const byUpstream = await live.connect();
    live.upstreamSocket().terminate();
    expect((await byUpstream.closed)[0]).toBe(1006);
    await expectBaseline(live.gateway);
  });

  it('answers pings of the client by itself', async () => {
    await using live = await startLive();
    const client = await live.connect();
    const pong = once(client.socket, 'pong');
    client.socket.ping('are you there');
    expect(String((await pong)[0])).toBe('are you there');
  });

  it('delivers what was sent before a close', async () => {
    await using live = await startLive();
    const client = await live.connect();
    const upstream = live.upstreamSocket();
    for (let index = 0; index < 500; index++) upstream.send(Buffer.alloc(10_000, index));
    upstream.close(1000, 'all sent');
    expect(await client.closed).toEqual([1000, 'all sent']);
    expect(client.messages).toHaveLength(500);
    await expectBaseline(live.gateway);
  });

  it('lets a slow client slow its upstream down, and loses nothing', async () => {
    await using live = await startLive();
    const client = await live.connect();
    client.socket.pause();
    const upstream = live.upstreamSocket();
    const message = randomBytes(100_000);
    for (let index = 0; index < 300; index++) upstream.send(message);
    await expect.poll(() => upstream.bufferedAmount, patiently).toBeGreaterThan(1_000_000);
    client.socket.resume();
    await expect.poll(() => client.messages.length, patiently).toBe(300);
    expect(new Set(client.messages)).toEqual(new Set([`binary ${sha256(message)}`]));
    client.socket.close();
    await client.closed;
    await expectBaseline(live.gateway);
  });

  it('lets a slow upstream slow its client down, and loses nothing', async () => {
    await using live = await startLive({ echo: false });
    const client = await live.connect();
    const upstream = live.upstreamSocket();
    let received = 0;
    upstream.on('message', () => {
      received += 1;
    });
    upstream.pause();
    for (let index = 0; index < 300; index++) client.socket.send(randomBytes(100_000));
    await expect.poll(() => client.socket.bufferedAmount, patiently).toBeGreaterThan(1_000_000);
    upstream.resume();
    await expect.poll(() => received, patiently).toBe(300);
    client.socket.close();
    await client.closed;
    await expectBaseline(live.gateway);
  });

  it('holds many sessions at once', async () => {
    await using live = await startLive();
    const clients = await Promise.all(Array.from({ length: 50 }, () => live.connect()));
    for (const [index, { socket }] of clients.entries())
      for (let round = 0; round < 20; round++) socket.send(`${index} ${round}`);
    await expect.poll(() => clients.every(({ messages }) => messages.length === 20), patiently).toBe(true);
    for (const [index, { messages }] of clients.entries()) {
      expect(messages).toEqual(Array.from({ length: 20 }, (_, round) => `text ${sha256(Buffer.from(`${index} ${round}`))}`));
    }
    for (const { socket } of clients) socket.close();
    await Promise.all(clients.map(({ closed }) => closed));
    await expectBaseline(live.gateway);
  });
});

describe('a WebSocket that does not open', () => {
  it('passes the refusal of the upstream on as it was', async () => {
    await using live = await startLive({ refusal: { status: 429, body: '{"error":{"code":429}}' } });
    const answer = await live.refused();
    expect(answer).toMatchObject({ status: 429, body: '{"error":{"code":429}}' });
    expect(answer.headers['x-from']).toBe('upstream');
    await expectBaseline(live.gateway);
  });

  it.each([
    { note: 'no key', headers: {}, status: 403, text: 'unregistered callers' },
    { note: 'a wrong key', headers: { 'x-goog-api-key': 'wrong' }, status: 400, text: 'API key not valid' },
    {
      note: 'a host of others',
      headers: { 'x-goog-api-key': clientKey, host: 'evil.example' },
      status: 403,
      text: 'HOST_NOT_ALLOWED',
    },
  ])('is refused in the form of the API: $note', async ({ headers, status, text }) => {
    await using live = await startLive();
    const answer = await live.refused({ headers });
    expect(answer.status).toBe(status);
    expect(answer.body).toContain(text);
    await expectBaseline(live.gateway);
  });

  it('says when no worker is there', async () => {
    await using started = await startGateway();
    const answer = await refusalOf(
      new WebSocket(`ws://127.0.0.1:${started.port}${path}`, { headers: { 'x-goog-api-key': clientKey } }),
    );
    expect(answer).toMatchObject({ status: 503, body: expect.stringContaining('NO_WORKER_READY') });
    await expectBaseline(started.gateway);
  });

  it('says when the upstream cannot be reached', async () => {
    await using live = await startLive();
    await live.stopUpstream();
    expect(await live.refused()).toMatchObject({ status: 502, body: expect.stringContaining('UPSTREAM_UNREACHABLE') });
    await expectBaseline(live.gateway);
  });
});

describe('the end of a live session', () => {
  it('comes with 1001 when the gateway stops, and not before the deadline', async () => {
    await using live = await startLive({ config: { shutdownTimeoutMs: 300 } });
    const client = await live.connect();
    const closing = live.gateway.close();
    expect(await live.refused()).toMatchObject({ status: 503, body: expect.stringContaining('SHUTTING_DOWN') });
    expect(live.gateway.debugState().live.running).toBe(1);
    await closing;
    expect(await client.closed).toEqual([1001, expect.stringContaining('SHUTTING_DOWN')]);
  });

  it('may be its own while the gateway waits for it', async () => {
    await using live = await startLive();
    const client = await live.connect();
    const closing = live.gateway.close();
    client.socket.close(1000, 'done');
    await closing;
    expect((await client.closed)[0]).toBe(1000);
  });

  it('comes with 1011 when the worker is lost', async () => {
    await using live = await startLive();
    const client = await live.connect();
    await live.stopWorker();
    expect(await client.closed).toEqual([1011, expect.stringContaining('WORKER_LOST')]);
  });

  it('comes with 1001 after the longest time without a message', async () => {
    await using live = await startLive({ config: { liveIdleTimeoutMs: 300 } });
    const client = await live.connect();
    expect(await client.closed).toEqual([1001, expect.stringContaining('IDLE_TIMEOUT')]);
    await expectBaseline(live.gateway);
  });

  it('comes with 1009 for a message that is too large', async () => {
    await using live = await startLive();
    const client = await live.connect();
    client.socket.send(Buffer.alloc(16 * 1024 * 1024 + 1));
    expect((await client.closed)[0]).toBe(1009);
    await expectBaseline(live.gateway);
  });
});

interface LiveOptions {
  readonly echo?: boolean;
  readonly refusal?: { readonly status: number; readonly body: string };
  readonly config?: Partial<Config>;
}

interface Connecting {
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly protocols?: string[];
}

/** A gateway, the Node worker, and an upstream that sends each message back. */
async function startLive({ echo = true, refusal, config }: LiveOptions = {}) {
  await using stack = new AsyncDisposableStack();
  const handshakes: IncomingMessage[] = [];
  const upstreamSockets: WebSocket[] = [];
  const http = createServer((_request, response) => response.end('{}'));
  const server = new WebSocketServer({ noServer: true, handleProtocols: () => 'live', maxPayload: 32 * 1024 * 1024 });
  http.on('upgrade', (request, socket, head) => {
    handshakes.push(request);
    if (refusal !== undefined) {
      const { status, body } = refusal;
      socket.end(
        `HTTP/1.1 ${status} No\r\nx-from: upstream\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
      );
      return;
    }
    server.handleUpgrade(request, socket, head, (webSocket) => {
      upstreamSockets.push(webSocket);
      webSocket.on('error', () => {});
      if (echo) webSocket.on('message', (data, isBinary) => webSocket.send(data, { binary: isBinary }));
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const stopUpstream = async (): Promise<void> => {
    for (const socket of upstreamSockets) socket.terminate();
    http.closeAllConnections();
    http.close();
  };
  stack.defer(stopUpstream);
  const address = http.address();
  const upstreamPort = address !== null && typeof address === 'object' ? address.port : 0;
  const started = stack.use(await startGateway(config));
  const worker = stack.use(
    startKeyedWorker({
      connect: websocketConnect(`ws://127.0.0.1:${started.port}${workerPath}`),
      token: workerToken,
      apiKey: 'official-key',
      upstreamUrl: `http://127.0.0.1:${upstreamPort}`,
    }),
  );
  await expect.poll(() => started.gateway.workers()[0]?.state, { timeout: 10_000 }).toBe('ready');
  const open = ({ path: wanted = path, headers = { 'x-goog-api-key': clientKey }, protocols = [] }: Connecting = {}) => {
    const options: ClientOptions = { headers, perMessageDeflate: false };
    return new WebSocket(`ws://127.0.0.1:${started.port}${wanted}`, protocols, options);
  };
  const whole = stack.move();
  return {
    gateway: started.gateway,
    url: started.url,
    handshake: () => handshakes.at(-1),
    stopUpstream,
    stopWorker: () => worker[Symbol.asyncDispose](),
    refused: (options?: Connecting) => refusalOf(open(options)),
    upstreamSocket: (): WebSocket => {
      const socket = upstreamSockets.at(-1);
      if (socket === undefined) throw new Error('the upstream has no socket');
      return socket;
    },
    connect: async (options?: Connecting) => {
      const socket = open(options);
      const messages: string[] = [];
      socket.on('message', (data: Buffer, isBinary) => messages.push(`${isBinary ? 'binary' : 'text'} ${sha256(data)}`));
      const closed = new Promise<[number, string]>((resolve) => {
        socket.on('close', (code, reason) => resolve([code, reason.toString()]));
      });
      await once(socket, 'open');
      socket.on('error', () => {});
      return { socket, messages, closed };
    },
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  };
}

async function refusalOf(socket: WebSocket) {
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces).toString() };
}

function close(socket: WebSocket, code: number, reason: string): void {
  if (code === 1005) socket.close();
  else socket.close(code, reason);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
