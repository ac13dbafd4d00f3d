import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type RequestHead, StreamError } from '@gemini-proxy/protocol';
import { describe, expect, it } from 'vitest';
import { IncomingBody } from '../request-body.ts';
import type { UpstreamResponse } from '../worker.ts';
import { createUndiciExecutor } from './undici-executor.ts';

async function startUpstream(listener: RequestListener): Promise<{ url: string; server: Server } & AsyncDisposable> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    server,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const toExecutor = (upstreamUrl: string) => createUndiciExecutor({ upstreamUrl, apiKey: 'official', connections: 4 });

const request = (changes: Partial<RequestHead> = {}): RequestHead => ({
  attempt: 'a1',
  method: 'POST',
  path: '/v1beta/models/m:generateContent?key=secret',
  headers: [],
  operation: 'models.generateContent',
  ...changes,
});

function completeBody(bytes: Uint8Array<ArrayBuffer>): IncomingBody {
  const body = new IncomingBody(() => {});
  body.push(bytes, true);
  return body;
}

async function readAll(response: UpstreamResponse): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function errorOf(promise: Promise<unknown>): Promise<StreamError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof StreamError) return error;
  throw new Error('no StreamError', { cause: error });
}

/** Waits until a figure has stopped to change. */
async function untilSteady(read: () => number): Promise<void> {
  for (let before = Number.NaN; before !== read(); ) {
    before = read();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const signal = () => new AbortController().signal;

describe('createUndiciExecutor', () => {
  it('passes a compressed answer on byte for byte, with its length and encoding', async () => {
    const compressed = gzipSync('{"a": "ü"}'.repeat(1_000));
    await using upstream = await startUpstream((_, response) => {
      response.setHeader('Vary', ['Origin', 'Referer']);
      response.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Length': compressed.byteLength, 'X-Text': 'caf\u00e9' });
      response.end(compressed);
    });
    await using executor = toExecutor(upstream.url);
    const response = await executor.execute(request(), undefined, signal());
    expect(response.status).toBe(200);
    expect(response.headers.filter(([name]) => name !== 'date')).toEqual([
      ['vary', 'Origin'],
      ['vary', 'Referer'],
      ['content-encoding', 'gzip'],
      ['content-length', String(compressed.byteLength)],
      ['x-text', 'caf\u00e9'],
    ]);
    expect((await readAll(response)).equals(compressed)).toBe(true);
  });

  it('replaces the client’s credentials by the official key, and keeps the path prefix', async () => {
    const seen = Promise.withResolvers<IncomingMessage>();
    await using upstream = await startUpstream((incoming, response) => {
      seen.resolve(incoming);
      response.end();
    });
    await using executor = toExecutor(`${upstream.url}/corporate/`);
    const headers = [
      ['host', 'localhost'],
      ['x-goog-api-key', 'secret'],
      ['authorization', 'Bearer secret'],
      ['user-agent', 'tool/1'],
      ['accept-encoding', 'gzip, deflate'],
    ] as const;
    await readAll(await executor.execute(request({ headers }), undefined, signal()));
    const incoming = await seen.promise;
    expect(incoming.url).toBe('/corporate/v1beta/models/m:generateContent');
    expect(incoming.headers).toMatchObject({
      'x-goog-api-key': 'official',
      'user-agent': 'tool/1',
      'accept-encoding': 'gzip, deflate',
    });
    expect(JSON.stringify(incoming.rawHeaders)).not.toContain('secret');
  });

  it('sends a complete body with its length, and a growing one as it comes', async () => {
    const received: { length: string | undefined; body: Buffer }[] = [];
    const arrived = Promise.withResolvers<void>();
    await using upstream = await startUpstream(async (incoming, response) => {
      incoming.once('data', () => arrived.resolve());
      received.push({ length: incoming.headers['content-length'], body: await buffer(incoming) });
      response.end();
    });
    await using executor = toExecutor(upstream.url);
    await readAll(await executor.execute(request(), completeBody(Uint8Array.of(1, 2, 3)), signal()));
    expect(received[0]).toEqual({ length: '3', body: Buffer.of(1, 2, 3) });

    await using streaming = await startUpstream(async (incoming, response) => {
      incoming.once('data', () => arrived.resolve());
      received.push({ length: incoming.headers['content-length'], body: await buffer(incoming) });
      response.end();
    });
    await using streamingExecutor = toExecutor(streaming.url);
    const body = new IncomingBody(() => {});
    const head = request({ headers: [['content-length', '200000']] });
    const response = streamingExecutor.execute(head, body, signal());
    body.push(new Uint8Array(100_000).fill(7), false);
    await arrived.promise;
    body.push(new Uint8Array(100_000).fill(8), true);
    await readAll(await response);
    expect(received[1]?.length).toBe('200000');
    expect(received[1]?.body.equals(Buffer.concat([Buffer.alloc(100_000, 7), Buffer.alloc(100_000, 8)]))).toBe(true);
  });

  it('gives no credit for an upload that the upstream does not read', async () => {
    await using upstream = await startUpstream((incoming) => {
      incoming.pause();
    });
    await using executor = toExecutor(upstream.url);
    let credit = 0;
    const body = new IncomingBody((byteCount) => {
      credit += byteCount;
    });
    const controller = new AbortController();
    const failure = errorOf(executor.execute(request(), body, controller.signal));
    const pieceBytes = 1024 * 1024;
    const pieces = 64;
    for (let index = 0; index < pieces; index++) body.push(new Uint8Array(pieceBytes), false);
    await untilSteady(() => credit);
    expect(credit).toBeLessThan(pieces * pieceBytes);
    controller.abort(new StreamError('CANCELLED', 'gone', { sentUpstream: true }));
    expect(await failure).toMatchObject({ code: 'CANCELLED', sentUpstream: true });
  });

  it('stops reading an answer that nobody takes, and then hands over all of it in order', async () => {
    const pieceBytes = 1024 * 1024;
    const pieces = 128;
    let written = 0;
    await using upstream = await startUpstream((_, response) => {
      const write = () => {
        while (written < pieces) {
          const piece = Buffer.alloc(pieceBytes, written);
          written += 1;
          if (!response.write(piece)) return;
        }
        response.end();
      };
      response.on('drain', write);
      write();
    });
    await using executor = toExecutor(upstream.url);
    const response = await executor.execute(request(), undefined, signal());
    await untilSteady(() => written);
    expect(written).toBeLessThan(pieces / 2);

    let offset = 0;
    for await (const chunk of response.body ?? []) {
      expect(chunk[0]).toBe(Math.floor(offset / pieceBytes));
      offset += chunk.byteLength;
      expect(chunk.at(-1)).toBe(Math.floor((offset - 1) / pieceBytes));
    }
    expect(offset).toBe(pieces * pieceBytes);
  });

  it('ends the upstream call when the request is aborted', async () => {
    const closed = Promise.withResolvers<void>();
    await using upstream = await startUpstream((_, response) => {
      response.on('close', () => closed.resolve());
      response.write('first');
    });
    await using executor = toExecutor(upstream.url);
    const controller = new AbortController();
    const response = await executor.execute(request(), undefined, controller.signal);
    const failure = errorOf(readAll(response));
    controller.abort(new StreamError('CANCELLED', 'client gone', { sentUpstream: true }));
    expect(await failure).toMatchObject({ code: 'CANCELLED', message: 'client gone' });
    await closed.promise;
  });

  it('reports an answer that is cut short, chunked or counted', async () => {
    await using upstream = await startUpstream((incoming, response) => {
      if (incoming.url === '/counted') response.setHeader('content-length', 100);
      response.write('part', () => setImmediate(() => response.destroy()));
    });
    await using executor = toExecutor(upstream.url);
    for (const path of ['/chunked', '/counted']) {
      const response = await executor.execute(request({ method: 'GET', path }), undefined, signal());
      expect(await errorOf(readAll(response))).toMatchObject({ code: 'UPSTREAM_CUT', sentUpstream: true });
    }
  });

  it('knows that nothing was sent when the upstream cannot be reached', async () => {
    const upstream = await startUpstream(() => {});
    await upstream[Symbol.asyncDispose]();
    await using executor = toExecutor(upstream.url);
    const error = await errorOf(executor.execute(request(), undefined, signal()));
    expect(error).toMatchObject({ code: 'UPSTREAM_UNREACHABLE', sentUpstream: false });
  });

  it('reports a request that undici refuses to send', async () => {
    await using executor = toExecutor('http://127.0.0.1:9');
    const error = await errorOf(executor.execute(request({ headers: [['bad name', 'x']] }), undefined, signal()));
    expect(error).toMatchObject({ code: 'UPSTREAM_UNREACHABLE', sentUpstream: false });
  });
});
