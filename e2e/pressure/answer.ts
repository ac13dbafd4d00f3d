import { createHash } from 'node:crypto';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Stack } from '@gemini-proxy/testbed';

/** Where a client sends its requests. */
export interface Service {
  readonly baseUrl: string;
  readonly clientKey: string;
}

export interface Digest {
  readonly sha256: string;
  readonly bytes: number;
}

const prompt = JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'Go on.' }] }] });
/** Milliseconds by which a slow reader may be ahead of its rate, so that it does not sleep after every chunk. */
const leadMs = 5;

/** Asks over a connection of its own, and resolves with an answer of which nothing is read yet. */
export function openAnswer({ baseUrl, clientKey }: Service, method: 'GET' | 'POST', path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { 'x-goog-api-key': clientKey, ...(method === 'POST' ? { 'content-type': 'application/json' } : {}) };
    const call = request(`${baseUrl}${path}`, { method, headers, agent: false });
    call.once('error', reject);
    call.once('response', (answer) => {
      if (answer.statusCode === 200) resolve(answer);
      else reject(new Error(`${method} ${path} was answered with ${answer.statusCode}`));
    });
    call.end(method === 'POST' ? prompt : undefined);
  });
}

/** Reads to the end, at a rate if one is given. Rejects when the answer is broken off. */
export async function readAll(answer: IncomingMessage, { bytesPerSecond = Number.POSITIVE_INFINITY } = {}): Promise<Digest> {
  const hash = createHash('sha256');
  const startedAtMs = performance.now();
  let bytes = 0;
  for await (const chunk of answer) {
    hash.update(chunk);
    bytes += chunk.length;
    const aheadMs = (bytes / bytesPerSecond) * 1000 - (performance.now() - startedAtMs);
    if (aheadMs > leadMs) await delay(aheadMs);
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** What the emulator sent, all of it, in answer to the one request for this path. */
export function sentBy(emulator: Stack['emulator'], path: string): Digest | undefined {
  const requests = emulator.received.requests.filter((received) => received.path === path);
  if (requests.length !== 1) throw new Error(`${path} reached the emulator ${requests.length} times`);
  return requests[0]?.answer;
}
