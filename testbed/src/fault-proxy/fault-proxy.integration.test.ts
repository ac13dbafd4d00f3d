import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startStack, waitForReady } from '../stack.ts';
import { waitUntil } from '../wait-until.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';

const mebibyte = 1024 * 1024;

/** A server that keeps what it is sent, and the sockets over which it can answer. */
async function startServer() {
  const sockets: Socket[] = [];
  const received: Buffer[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on('data', (bytes: Buffer) => received.push(bytes));
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    sockets,
    received: () => Buffer.concat(received),
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** A client's connection, and all that happened to it. */
function openClient(proxy: FaultProxy) {
  const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
  const received: Buffer[] = [];
  const log = { hasEnded: false, isClosed: false, error: '' };
  socket.on('data', (bytes: Buffer) => received.push(bytes));
  socket.on('end', () => {
    log.hasEnded = true;
  });
  socket.on('error', (error) => {
    log.error = 'code' in error ? String(error.code) : error.message;
  });
  socket.on('close', () => {
    log.isClosed = true;
  });
  return { socket, log, received: () => Buffer.concat(received), [Symbol.dispose]: () => void socket.destroy() };
}

/** A server, a proxy in front of it, a client behind that; both ends are known. */
async function openPath(seed?: number) {
  await using opened = new AsyncDisposableStack();
  const server = opened.use(await startServer());
  const proxy = opened.use(await startFaultProxy({ target: server.url, ...(seed === undefined ? {} : { seed }) }));
  const client = opened.use(openClient(proxy));
  const remote = await waitUntil(() => server.sockets[0], { what: 'the connection at the server' });
  const connection = await waitUntil(() => proxy.connections[0], { what: 'the connection at the proxy' });
  const all = opened.move();
  return { server, proxy, client, remote, connection, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

function randomBytes(count: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: count }, (_, index) => (index * 31 + (index >> 8)) & 0xff));
}

describe('a fault proxy without faults', () => {
  it('carries bytes both ways as they are, and each end on its own', async () => {
    await using path = await openPath();
    const { client, remote, server, proxy } = path;
    const bytes = randomBytes(3 * mebibyte);
    client.socket.end(bytes);
    await waitUntil(() => remote.readableEnded, { what: 'the end at the server' });
    expect(server.received().equals(bytes)).toBe(true);
    expect(client.log.hasEnded).toBe(false);
    remote.end(bytes);
    await waitUntil(() => client.log.isClosed, { what: 'the end at the client' });
    expect(client.received().equals(bytes)).toBe(true);
    expect(client.log.error).toBe('');
    await waitUntil(() => proxy.connections.length === 0, { what: 'the proxy to be at rest' });
    expect(proxy.debugState()).toEqual({ accepted: 1, refused: 0, ignored: 0, connections: [] });
  });

  it('passes a reset on', async () => {
    await using path = await openPath();
    path.remote.resetAndDestroy();
    await waitUntil(() => path.client.log.isClosed, { what: 'the client to be closed' });
    expect(path.client.log).toEqual({ hasEnded: false, isClosed: true, error: 'ECONNRESET' });
  });

  it('resets a client whose server is not there', async () => {
    const server = await startServer();
    await server[Symbol.asyncDispose]();
    await using proxy = await startFaultProxy({ target: server.url });
    using client = openClient(proxy);
    await waitUntil(() => client.log.isClosed, { what: 'the client to be closed' });
    expect(client.log.error).toBe('ECONNRESET');
    await waitUntil(() => proxy.connections.length === 0, { what: 'the proxy to be at rest' });
  });

  it('does not read on while the receiver does not take anything', async () => {
    await using path = await openPath();
    path.remote.pause();
    path.client.socket.write(Buffer.alloc(64 * mebibyte));
    const passed = () => path.connection.debugState().toTarget.passedBytes;
    let before = -1;
    await waitUntil(
      () => {
        const isQuiet = passed() > 0 && passed() === before;
        before = passed();
        return isQuiet;
      },
      { what: 'the flow to stop', intervalMs: 300 },
    );
    expect(passed()).toBeLessThan(32 * mebibyte);
    path.remote.resume();
    await waitUntil(() => path.server.received().byteLength === 64 * mebibyte, { what: 'the rest' });
  });
});

describe('a cut', () => {
  it('resets both sides', async () => {
    await using path = await openPath();
    const remoteError = new Promise<Error>((resolve) => path.remote.once('error', resolve));
    path.connection.cut();
    await waitUntil(() => path.client.log.isClosed, { what: 'the client to be closed' });
    expect(path.client.log).toEqual({ hasEnded: false, isClosed: true, error: 'ECONNRESET' });
    expect(await remoteError).toMatchObject({ code: 'ECONNRESET' });
    expect(path.connection.isOpen).toBe(false);
  });

  it('of one connection leaves the others alone', async () => {
    await using path = await openPath();
    using other = openClient(path.proxy);
    await waitUntil(() => path.proxy.connections.length === 2, { what: 'both connections' });
    path.connection.cut();
    await waitUntil(() => path.client.log.isClosed, { what: 'the first client to be closed' });
    other.socket.write('on');
    await waitUntil(() => path.server.received().toString() === 'on', { what: 'bytes of the other client' });
  });

  it('of all leaves new connections their way, unless they are refused or ignored', async () => {
    await using path = await openPath();
    path.proxy.cut();
    await waitUntil(() => path.client.log.isClosed, { what: 'the client to be closed' });
    path.proxy.welcome = 'refused';
    using refused = openClient(path.proxy);
    await waitUntil(() => refused.log.isClosed, { what: 'the refusal' });
    path.proxy.welcome = 'ignored';
    using ignored = openClient(path.proxy);
    ignored.socket.write('hello?');
    await waitUntil(() => path.proxy.debugState().ignored === 1, { what: 'the ignored connection' });
    path.proxy.welcome = 'carried';
    using carried = openClient(path.proxy);
    carried.socket.write('hello');
    await waitUntil(() => path.server.received().toString() === 'hello', { what: 'bytes of the new client' });
    expect(path.server.sockets.length).toBe(2);
    expect(ignored.log).toEqual({ hasEnded: false, isClosed: false, error: '' });
    expect(path.proxy.debugState()).toMatchObject({ accepted: 2, refused: 1, ignored: 1 });
  });
});

describe('a half-open connection', () => {
  it('swallows what both sides say, and that one of them leaves', async () => {
    await using path = await openPath();
    path.connection.halfOpen();
    path.client.socket.write('lost');
    path.remote.write('lost too');
    path.remote.end();
    const state = () => path.connection.debugState();
    await waitUntil(() => state().toTarget.swallowedBytes === 4 && state().toClient.swallowedBytes === 8, {
      what: 'the bytes to be swallowed',
    });
    expect(path.server.received().byteLength + path.client.received().byteLength).toBe(0);
    expect(path.client.log).toEqual({ hasEnded: false, isClosed: false, error: '' });
    expect(state().isHalfOpen).toBe(true);
    path.client.socket.end();
    await waitUntil(() => !path.connection.isOpen, { what: 'the connection to end when both have left' });
  });

  it('does not spread to connections that are opened later', async () => {
    await using path = await openPath();
    path.proxy.halfOpen();
    using later = openClient(path.proxy);
    later.socket.write('later');
    await waitUntil(() => path.server.received().toString() === 'later', { what: 'bytes of the later client' });
  });
});

describe('delay and throttle', () => {
  it('let bytes come late, in order', async () => {
    await using path = await openPath();
    path.proxy.set({ delayMs: 200 });
    const startedAtMs = performance.now();
    path.client.socket.write('first,');
    await waitUntil(() => path.connection.debugState().toTarget.heldBytes === 6, { what: 'the bytes at the proxy' });
    path.proxy.set({ delayMs: 0 });
    path.client.socket.write('second');
    await waitUntil(() => path.server.received().toString() === 'first,second', { what: 'the bytes' });
    expect(performance.now() - startedAtMs).toBeGreaterThan(195);
  });

  it('hold a rate, for open connections and for new ones', async () => {
    await using path = await openPath();
    path.proxy.set({ bytesPerSecond: 1_000_000 });
    using later = openClient(path.proxy);
    const bytes = randomBytes(200_000);
    for (const client of [path.client, later]) {
      const startedAtMs = performance.now();
      const before = path.server.received().byteLength;
      client.socket.write(bytes);
      await waitUntil(() => path.server.received().byteLength === before + bytes.byteLength, { what: 'the bytes' });
      expect(performance.now() - startedAtMs).toBeGreaterThan(160);
    }
    expect(path.server.received().equals(Buffer.concat([bytes, bytes]))).toBe(true);
  });

  it('hold everything at a rate of 0, until it is lifted', async () => {
    await using path = await openPath();
    path.connection.set({ bytesPerSecond: 0 });
    const bytes = randomBytes(8 * mebibyte);
    path.client.socket.end(bytes);
    await waitUntil(() => path.connection.debugState().toTarget.heldBytes >= mebibyte, { what: 'the bytes at the proxy' });
    expect(path.server.received().byteLength).toBe(0);
    path.connection.set({ bytesPerSecond: null });
    await waitUntil(() => path.remote.readableEnded, { what: 'the end' });
    expect(path.server.received().equals(bytes)).toBe(true);
  });
});

describe('corruption', () => {
  it('flips one bit in one direction, the same for the same seed', async () => {
    const corrupted = async (seed: number) => {
      await using path = await openPath(seed);
      path.connection.corrupt('to-target');
      path.client.socket.write(Buffer.alloc(1_000));
      await waitUntil(() => path.server.received().byteLength === 1_000, { what: 'the bytes' });
      path.remote.write('sound');
      await waitUntil(() => path.client.received().toString() === 'sound', { what: 'the answer' });
      expect(path.connection.debugState().toTarget.corruptedBytes).toBe(1);
      return path.server.received();
    };
    const [one, again, other] = [await corrupted(1), await corrupted(1), await corrupted(2)];
    const flipped = one.filter((byte) => byte !== 0);
    expect(flipped.byteLength).toBe(1);
    expect([1, 2, 4, 8, 16, 32, 64, 128]).toContain(flipped[0]);
    expect(one.equals(again)).toBe(true);
    expect(one.equals(other)).toBe(false);
  });
});

describe('a stack with fault proxies', () => {
  it('has one for each worker, and carries on when they come back', async () => {
    await using stack = await startStack({ workers: 2, faultProxy: true });
    const [first] = stack.faultProxies;
    expect(stack.faultProxies.map((proxy) => proxy.connections.length)).toEqual([1, 1]);
    first?.cut();
    await waitUntil(() => first?.debugState().accepted === 2, { what: 'the first worker to connect again' });
    await waitForReady(stack.gateway, 2);
    const answer = await fetch(`${stack.baseUrl}/v1beta/models`, { headers: { 'x-goog-api-key': stack.clientKey } });
    expect(answer.status).toBe(200);
    await answer.arrayBuffer();
    await stack.settled();
  });
});
