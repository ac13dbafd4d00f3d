import { createHash } from 'node:crypto';
import { Agent, type ClientRequest, type IncomingMessage, request as openRequest } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fillPseudoRandom } from '@gemini-proxy/emulator/gemini';
import type { Ending, Received } from './observation.ts';
import type { Asked, PlannedRequest, Reader } from './plan.ts';

/** Where clients send their requests. */
export interface Service {
  readonly baseUrl: string;
  readonly clientKey: string;
}

/** Bytes at each end of a body that are kept to be read. */
const keptBytes = 8 * 1024;
const model = '/v1beta/models/gemini-2.5-flash';

type HttpAsked = Exclude<Asked, { kind: 'upload' | 'live' }>;

/** Sends plain requests, over connections of their own and over shared ones. */
export class HttpClient implements Disposable {
  readonly #service: Service;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(service: Service) {
    this.#service = service;
  }

  /** Resolves when the request is over, however that was. */
  async perform(planned: PlannedRequest, asked: HttpAsked, deadline: AbortSignal): Promise<Ending> {
    const { method, path, body } = toHttp(asked, planned.id);
    const call = openRequest(`${this.#service.baseUrl}${path}`, {
      method,
      headers: {
        'x-goog-api-key': this.#service.clientKey,
        ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': body.byteLength }),
      },
      agent: planned.reusesConnection ? this.#agent : false,
    });
    const leaving = new AbortController();
    const { reader } = planned;
    if (reader.kind === 'leaves') setTimeout(() => leaving.abort(), reader.afterMs).unref();
    const stop = AbortSignal.any([leaving.signal, deadline]);
    const onStop = () => void call.destroy();
    stop.addEventListener('abort', onStop);
    const taken = { bytes: 0 };
    try {
      const answer = await answerTo(call, body);
      const received = await read(answer, reader, taken, stop);
      if (received !== 'left') return { kind: 'complete', ...received };
      call.destroy();
      return { kind: 'left' };
    } catch (error) {
      if (leaving.signal.aborted) return { kind: 'left' };
      if (deadline.aborted) return { kind: 'overdue', doing: `${method} ${path}, ${taken.bytes} bytes in` };
      const partial = error instanceof BrokenAnswer ? error.received : {};
      return { kind: 'broken', error: textOf(error), ...partial };
    } finally {
      stop.removeEventListener('abort', onStop);
    }
  }

  /** Closes connections that wait for a next request. */
  forgetConnections(): void {
    this.#agent.destroy();
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

/** The answer broke off after its head. */
class BrokenAnswer extends Error {
  readonly received: Received;

  constructor(received: Received, cause: unknown) {
    super(textOf(cause), { cause });
    this.received = received;
  }
}

function answerTo(call: ClientRequest, body: Uint8Array | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    call.on('error', reject);
    call.once('response', resolve);
    call.once('close', () => reject(new Error('closed without an answer')));
    call.end(body);
  });
}

async function read(
  answer: IncomingMessage,
  reader: Reader,
  taken: { bytes: number },
  stop: AbortSignal,
): Promise<Received | 'left'> {
  const hash = createHash('sha256');
  const startedAtMs = performance.now();
  const beginning: Buffer[] = [];
  let beginningBytes = 0;
  let ending = Buffer.alloc(0);
  const received = (): Received => ({
    status: answer.statusCode ?? 0,
    contentType: answer.headers['content-type'] ?? '',
    bytes: taken.bytes,
    sha256: hash.digest('hex'),
    beginning: Buffer.concat(beginning).toString(),
    ending: ending.toString(),
  });
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      hash.update(chunk);
      taken.bytes += chunk.byteLength;
      if (beginningBytes < keptBytes) beginning.push(chunk.subarray(0, keptBytes - beginningBytes));
      beginningBytes += chunk.byteLength;
      ending = Buffer.concat([ending, chunk.subarray(-keptBytes)]).subarray(-keptBytes);
      if (reader.kind === 'leaves' && taken.bytes >= reader.afterBytes) return 'left';
      if (reader.kind === 'slow') {
        const aheadMs = (taken.bytes / reader.bytesPerSecond) * 1000 - (performance.now() - startedAtMs);
        if (aheadMs > 5) await delay(aheadMs, undefined, { signal: stop });
      }
    }
  } catch (error) {
    throw new BrokenAnswer(received(), error);
  }
  return received();
}

function toHttp(asked: HttpAsked, id: number): { method: string; path: string; body: Buffer | undefined } {
  const mark = `chaos=${id}`;
  switch (asked.kind) {
    case 'unary':
      return { method: 'POST', path: `${model}:generateContent?${mark}`, body: promptOf(asked.promptBytes) };
    case 'sse':
      return { method: 'POST', path: `${model}:streamGenerateContent?alt=sse&${mark}`, body: promptOf(asked.promptBytes) };
    case 'array':
      return { method: 'POST', path: `${model}:streamGenerateContent?${mark}`, body: promptOf(asked.promptBytes) };
    case 'list':
      return { method: 'GET', path: `/v1beta/models?pageSize=10&${mark}`, body: undefined };
    case 'down':
      return { method: 'GET', path: `/v1beta/emulator/bytes/${asked.bytes}?seed=${id}&${mark}`, body: undefined };
    case 'echo':
      return { method: 'POST', path: `/v1beta/emulator/echo?${mark}`, body: bytesOf(asked.bytes, id) };
    default:
      return asked satisfies never;
  }
}

function promptOf(bytes: number): Buffer {
  return Buffer.from(JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'a'.repeat(bytes) }] }] }));
}

/** Bytes that follow from a seed. */
export function bytesOf(count: number, seed: number): Buffer<ArrayBuffer> {
  const bytes = Buffer.alloc(count);
  fillPseudoRandom(bytes, seed, 0);
  return bytes;
}

export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? `${error.code}: ${error.message}` : error.message;
}
