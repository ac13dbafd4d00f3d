import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { generate } from 'selfsigned';
import { sharedClockMs, streamEvent, streamTrailer, unaryAnswer } from '../load/content.ts';
import { parseStreamPath, type StreamShape } from '../load/plan.ts';
import { announceReady } from './child-process.ts';

/**
 * The upstream of the benchmark: fixed answers with the Gemini API's framing and headers, over plain HTTP and over TLS with HTTP/2.
 * It reads no JSON, so that its own cost does not hide that of what is measured.
 */
export interface UpstreamReady {
  readonly url: string;
  /** On loopback; pages find it under the API's own name. */
  readonly securePort: number;
}

/** Longer than a target waits for its turn: a connection must not close in the moment in which it is used again. */
const keepAliveTimeoutMs = 600_000;
/** Streams at once on a connection, as servers usually have it. */
const maxConcurrentStreams = 100;

const answerHeaders = {
  vary: 'Origin, X-Origin, Referer',
  server: 'scaffolding on HTTPServer2',
  'server-timing': 'gfet4t7; dur=100',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
  'x-xss-protection': '0',
  'access-control-allow-origin': '*',
  'access-control-expose-headers': '*',
};
const modelList = JSON.stringify({ models: [{ name: 'models/bench-unary', version: '001', displayName: 'Bench' }] });

const certificate = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec', algorithm: 'sha256' });
const plain = createServer({ keepAliveTimeout: keepAliveTimeoutMs }, onRequest);
const secure = createSecureServer(
  { key: certificate.private, cert: certificate.cert, settings: { maxConcurrentStreams } },
  // The HTTP/2 objects have all of the HTTP/1 ones that is used here.
  (request, response) => onRequest(request as unknown as IncomingMessage, response as unknown as ServerResponse),
);
announceReady({ url: `http://127.0.0.1:${await listen(plain)}`, securePort: await listen(secure) } satisfies UpstreamReady);

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function onRequest(request: IncomingMessage, response: ServerResponse): void {
  if (request.method === 'OPTIONS') {
    response.writeHead(204, {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '*',
      'access-control-max-age': '7200',
    });
    response.end();
    return;
  }
  request.resume();
  request.once('end', () => answer(request, response));
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const shape = parseStreamPath(request.url ?? '');
  if (shape === undefined) {
    const body = request.method === 'POST' ? unaryAnswer : modelList;
    response.writeHead(200, {
      ...answerHeaders,
      'content-type': 'application/json; charset=UTF-8',
      'content-length': String(body.length),
    });
    response.end(body);
    return;
  }
  response.writeHead(200, { ...answerHeaders, 'content-type': 'text/event-stream' });
  if (shape.intervalMs === 0) flood(response, shape);
  else pace(response, shape);
}

/** Sends a chunk at each tick, stamped with its time, and its hash at the end. */
function pace(response: ServerResponse, shape: StreamShape): void {
  const hash = createHash('sha256');
  let number = 0;
  const timer = setInterval(tick, shape.intervalMs);
  response.once('close', () => clearInterval(timer));
  tick();

  function tick(): void {
    const event = streamEvent(number, sharedClockMs(), 0, shape.chunkBytes);
    hash.update(event);
    response.write(event);
    number += 1;
    if (number < shape.chunks) return;
    clearInterval(timer);
    response.end(streamTrailer(hash.digest('hex')));
  }
}

/** Streams at full speed are made beforehand; different ones, so that a byte from a neighbouring stream shows. */
const variants = 16;
const floods = new Map<string, readonly Uint8Array[]>();
let nextVariant = 0;

function flood(response: ServerResponse, shape: StreamShape): void {
  const events = floodEvents(shape, nextVariant);
  nextVariant = (nextVariant + 1) % variants;
  let sent = 0;
  proceed();

  function proceed(): void {
    while (sent < events.length) {
      const isRoom = response.write(events[sent]);
      sent += 1;
      if (!isRoom) {
        response.once('drain', proceed);
        return;
      }
    }
    response.end();
  }
}

function floodEvents(shape: StreamShape, variant: number): readonly Uint8Array[] {
  const key = `${shape.chunks} ${shape.chunkBytes} ${variant}`;
  let events = floods.get(key);
  if (events === undefined) {
    const hash = createHash('sha256');
    const made = Array.from({ length: shape.chunks }, (_, number) => streamEvent(number, 0, variant, shape.chunkBytes));
    for (const event of made) hash.update(event);
    events = [...made, streamTrailer(hash.digest('hex'))];
    floods.set(key, events);
  }
  return events;
}
