import { createHash } from 'node:crypto';
import { type Agent, type IncomingMessage, request } from 'node:http';

export interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
}

/** What a client has in the end. */
export interface Outcome {
  readonly status: number;
  readonly bytes: number;
  readonly sha256: string;
  /** The connection broke before the end of the answer. */
  readonly isCut: boolean;
  /** The last piece of what came, enough for an error. */
  readonly tail: string;
}

const tailBytes = 2_000;

/** Makes a call and reads what comes of it; rejects only when not even a status came, or nothing at all for too long. */
export function callGateway(
  target: { baseUrl: string; clientKey: string; agent: Agent },
  call: Call,
  deadlineMs: number,
): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  const headers = {
    'x-goog-api-key': target.clientKey,
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const sent = request(`${target.baseUrl}${call.path}`, { method: call.method, headers, agent: target.agent });
  const timer = setTimeout(() => {
    reject(new Error(`${call.path} hangs`));
    sent.destroy();
  }, deadlineMs);
  sent.once('error', reject);
  sent.once('response', (answer: IncomingMessage) => {
    const hash = createHash('sha256');
    let bytes = 0;
    let tail = Buffer.alloc(0);
    answer.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      bytes += chunk.length;
      tail = Buffer.concat([tail, chunk]).subarray(-tailBytes);
    });
    answer.on('error', () => {});
    answer.once('close', () => {
      const { statusCode: status = 0, complete } = answer;
      resolve({ status, bytes, sha256: hash.digest('hex'), isCut: !complete, tail: tail.toString() });
    });
  });
  sent.end(call.body);
  return promise.finally(() => clearTimeout(timer));
}

/** Runs an action for each item, so many at a time, in order. */
export async function forEachAtOnce<Item>(
  items: Iterable<Item>,
  atOnce: number,
  action: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const runner = async () => {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) await action(next.value);
  };
  await Promise.all(Array.from({ length: atOnce }, runner));
}
