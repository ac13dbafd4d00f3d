import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createGatewaySession,
  defaultLimits,
  type GatewaySession,
  ProtocolError,
  type RequestHead,
  type ResponseHead,
  type Stream,
  StreamError,
  type WorkerStatus,
} from '@gemini-proxy/protocol';
import { describe, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { createNodeClock, flushAfterTurn } from './event-loop.ts';
import { startKeyedWorker } from './keyed-worker.ts';
import { websocketConnect } from './websocket-connect.ts';

const TOKEN = 'worker-token';

async function startUpstream(listener: RequestListener) {
  const server = createServer((request, response) => {
    if (request.url === '/v1beta/models?pageSize=1') response.end('{}');
    else listener(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The gateway's end over a real socket: waits for a worker to be ready. */
async function startGateway() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await once(server, 'listening');
  const ready = Promise.withResolvers<GatewaySession>();
  server.on('connection', (socket) => {
    const session = createGatewaySession(
      {
        transport: {
          send: (message) => socket.send(message),
          close: (code, reason) => socket.close(code, reason),
          get bufferedAmount() {
            return socket.bufferedAmount;
          },
        },
        clock: createNodeClock(),
        scheduleFlush: flushAfterTurn,
        limits: defaultLimits,
      },
      {
        onHello: ({ token }) =>
          token === TOKEN
            ? { version: 1, sessionId: 's1', windowBytes: 256 * 1024, pingIntervalMs: 20_000, resume: null }
            : new ProtocolError('UNAUTHORIZED', 'wrong token'),
        onOpen: () => {},
        onStatus: ({ state }: WorkerStatus) => {
          if (state === 'ready') ready.resolve(session);
        },
        onGoaway: () => {},
        onClose: () => {},
      },
    );
    socket.on('message', (data) => session.receive(data as Buffer<ArrayBuffer>));
    socket.on('close', (code, reason) => session.transportClosed(code, reason.toString()));
  });
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ready: ready.promise,
    async [Symbol.asyncDispose]() {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Exchange {
  readonly stream: Stream;
  readonly head: Promise<ResponseHead>;
  /** SHA-256 of the answer's body. */
  readonly digest: Promise<string>;
}

function exchange(session: GatewaySession, path: string, body?: Uint8Array<ArrayBuffer>): Exchange {
  const head = Promise.withResolvers<ResponseHead>();
  const digest = Promise.withResolvers<string>();
  digest.promise.catch(() => {});
  head.promise.catch(() => {});
  const hash = createHash('sha256');
  const request: RequestHead = { attempt: path, method: 'POST', path, headers: [], operation: 'unknown' };
  const stream: Stream = session.open(
    request,
    {
      onHead: (answer) => head.resolve(answer),
      onData: (chunk, end) => {
        hash.update(chunk);
        stream.consumed(chunk.byteLength);
        if (end) digest.resolve(hash.digest('hex'));
      },
      onWritable: () => {},
      onReset: (error) => {
        head.reject(error);
        digest.reject(error);
      },
    },
    { bodyless: body === undefined },
  );
  if (body !== undefined) stream.end(body);
  return { stream, head: head.promise, digest: digest.promise };
}

function randomBytes(size: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let state = seed + 1;
  for (let index = 0; index < size; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    bytes[index] = state >> 16;
  }
  return bytes;
}

const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('startKeyedWorker', () => {
  it('carries bodies of all sizes both ways, byte for byte, many at once', async () => {
    await using upstream = await startUpstream((request, response) => void request.pipe(response));
    await using gateway = await startGateway();
    await using keyed = startKeyedWorker({
      connect: websocketConnect(gateway.url),
      token: TOKEN,
      apiKey: 'official',
      upstreamUrl: upstream.url,
    });
    const session = await gateway.ready;
    const baseline = { worker: keyed.worker.debugState(), session: session.debugState() };
    const sizes = [0, 1, 1_000, 65_535, 65_536, 65_537, 262_144, 262_145, 1_000_000, 5_000_000, 20_000_000];
    const bodies = [...sizes, ...sizes.slice(0, 8), ...sizes.slice(0, 8)].map(randomBytes);
    const exchanges = bodies.map((body, index) => exchange(session, `/v1beta/echo/${index}`, body));
    const digests = await Promise.all(exchanges.map(({ digest }) => digest));
    expect(digests).toEqual(bodies.map(digestOf));
    expect(keyed.worker.snapshot).toMatchObject({ served: bodies.length, failed: 0, inFlight: [] });
    await vi.waitFor(() => {
      expect(keyed.worker.debugState()).toEqual(baseline.worker);
      expect(session.debugState()).toEqual(baseline.session);
    });
  });

  it('ends the upstream call when the gateway cancels', async () => {
    const upstreamClosed = Promise.withResolvers<void>();
    await using upstream = await startUpstream((_, response) => {
      response.on('close', () => upstreamClosed.resolve());
      response.write('first');
    });
    await using gateway = await startGateway();
    await using keyed = startKeyedWorker({
      connect: websocketConnect(gateway.url),
      token: TOKEN,
      apiKey: 'official',
      upstreamUrl: upstream.url,
    });
    const session = await gateway.ready;
    const { stream, head } = exchange(session, '/v1beta/endless');
    expect((await head).status).toBe(200);
    stream.reset(new StreamError('CANCELLED', 'client gone', { sentUpstream: true }));
    await upstreamClosed.promise;
    await vi.waitFor(() => expect(keyed.worker.debugState().streams).toBe(0));
  });

  it('passes an early refusal on, though the upload is not through', async () => {
    await using upstream = await startUpstream((_, response) => {
      response.writeHead(413, { connection: 'close' }).end('too large');
    });
    await using gateway = await startGateway();
    await using keyed = startKeyedWorker({
      connect: websocketConnect(gateway.url),
      token: TOKEN,
      apiKey: 'official',
      upstreamUrl: upstream.url,
    });
    const session = await gateway.ready;
    const { head, digest } = exchange(session, '/v1beta/upload', new Uint8Array(8 * 1024 * 1024));
    expect((await head).status).toBe(413);
    expect(await digest).toBe(digestOf(Buffer.from('too large')));
    expect(keyed.worker.snapshot.failed).toBe(0);
  });

  it('stays away from a gateway that does not know its token', async () => {
    await using gateway = await startGateway();
    await using keyed = startKeyedWorker({
      connect: websocketConnect(gateway.url),
      token: 'wrong',
      apiKey: 'official',
      upstreamUrl: 'http://127.0.0.1:9',
    });
    const { worker } = keyed;
    const stopped = Promise.withResolvers<void>();
    worker.subscribe(() => {
      if (worker.snapshot.connection === 'stopped') stopped.resolve();
    });
    await stopped.promise;
    expect(worker.snapshot.connectionReason).toContain('token');
  });
});
