import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { startKeyedWorker, websocketConnect } from '@gemini-proxy/worker/node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { workerPath } from '../src/index.ts';
import { expectBaseline } from './baseline.ts';
import { connectRaw, head } from './raw-client.ts';
import { clientKey, startGateway, workerToken } from './start-gateway.ts';

const path = '/v1beta/models/gemini-2.5-flash:generateContent';
const withKey = { 'x-goog-api-key': clientKey };

/** A gateway, the Node worker, and an upstream that answers with the listener. */
async function startPath(listener: RequestListener) {
  await using stack = new AsyncDisposableStack();
  const upstream = createServer((request, response) => {
    if (request.url === '/v1beta/models?pageSize=1') response.end('{}');
    else listener(request, response);
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  stack.defer(() => {
    upstream.closeAllConnections();
    upstream.close();
  });
  const address = upstream.address();
  const upstreamPort = address !== null && typeof address === 'object' ? address.port : 0;
  const started = stack.use(await startGateway());
  stack.use(
    startKeyedWorker({
      connect: websocketConnect(`ws://127.0.0.1:${started.port}${workerPath}`),
      token: workerToken,
      apiKey: 'official-key',
      upstreamUrl: `http://127.0.0.1:${upstreamPort}`,
    }),
  );
  await expect.poll(() => started.gateway.workers()[0]?.state, { timeout: 10_000 }).toBe('ready');
  const whole = stack.move();
  return { ...started, [Symbol.asyncDispose]: () => whole.disposeAsync() };
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('through the Node worker', () => {
  it('the upstream gets the bytes that the client sent, and the client those that the upstream sent', async () => {
    const answers: Buffer[] = [];
    await using started = await startPath(async (request, response) => {
      const body = await readAll(request);
      const answer = answers.pop() ?? Buffer.alloc(0);
      response.writeHead(200, { 'x-received': sha256(body), 'x-key': request.headers['x-goog-api-key'] }).end(answer);
    });
    const lenient = fc.constantFrom(`{'file': {'display_name': 'x',},}`, '[]', '{"a": "\\u003c"}', '\u{1f600} ünïcode', '\r\n');
    const body = fc.oneof(fc.json(), fc.string({ unit: 'binary' }), lenient).map((text) => Buffer.from(text));
    const bytes = fc.oneof(
      body,
      fc.uint8Array({ maxLength: 100_000 }).map((array) => Buffer.from(array)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, bytes, async (sent, expected) => {
        answers.push(expected);
        const answer = await fetch(`${started.url}${path}`, { method: 'POST', body: sent, headers: withKey });
        expect(answer.headers.get('x-received')).toBe(sha256(sent));
        expect(answer.headers.get('x-key')).toBe('official-key');
        expect(sha256(new Uint8Array(await answer.arrayBuffer()))).toBe(sha256(expected));
      }),
      { numRuns: 100 },
    );
    await expectBaseline(started.gateway);
  });

  it('a compressed answer stays compressed', async () => {
    const compressed = gzipSync('x'.repeat(10_000));
    await using started = await startPath((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'text/plain' }).end(compressed);
    });
    using client = await connectRaw(started.port);
    client.socket.write(head(`GET ${path}`, ['Accept-Encoding: gzip', 'Connection: close']));
    await client.closed;
    expect(client.text.endsWith(compressed.toString('latin1'))).toBe(true);
    const answer = await fetch(`${started.url}${path}`, { headers: withKey });
    expect(await answer.text()).toBe('x'.repeat(10_000));
  });

  it('a large body goes up and comes down', async () => {
    await using started = await startPath((request, response) => void request.pipe(response));
    const body = randomBytes(40 * 1024 * 1024);
    const answer = await fetch(`${started.url}${path}`, { method: 'POST', body, headers: withKey });
    expect(sha256(new Uint8Array(await answer.arrayBuffer()))).toBe(sha256(body));
    await expectBaseline(started.gateway);
  });

  it('a client that leaves stops the upstream call', async () => {
    const stopped = Promise.withResolvers<void>();
    await using started = await startPath((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const timer = setInterval(() => response.write('data: {}\r\n\r\n'), 5);
      response.on('close', () => {
        clearInterval(timer);
        stopped.resolve();
      });
    });
    const controller = new AbortController();
    const answer = await fetch(`${started.url}${path}`, { headers: withKey, signal: controller.signal });
    await answer.body?.getReader().read();
    controller.abort();
    await stopped.promise;
    await expectBaseline(started.gateway);
  });

  it('an upstream that breaks off in mid-stream is an error that clients can read', async () => {
    const begun = Promise.withResolvers<ServerResponse>();
    await using started = await startPath((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {}\r\n\r\n');
      begun.resolve(response);
    });
    using client = await connectRaw(started.port);
    client.socket.write(head(`GET ${path}?alt=sse`));
    await expect.poll(() => client.text, { timeout: 10_000 }).toContain('data: {}');
    (await begun.promise).destroy();
    await client.closed;
    expect(client.reads.at(-1)).toContain('"reason": "UPSTREAM_CUT"');
    await expectBaseline(started.gateway);
  });

  it('many event streams at once arrive whole', async () => {
    const count = 500;
    const events = Array.from({ length: count }, (_, index) => `data: {"n": ${index}}\r\n\r\n`);
    await using started = await startPath((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const event of events) response.write(event);
      response.end();
    });
    const expected = events.join('');
    const texts = await Promise.all(
      Array.from({ length: 100 }, async () => (await fetch(`${started.url}${path}?alt=sse`, { headers: withKey })).text()),
    );
    expect(texts.every((text) => text === expected)).toBe(true);
    await expectBaseline(started.gateway);
  });
});
