import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Stack } from '@gemini-proxy/testbed';
import { expect } from 'vitest';
import type { GeneratedBody } from './bodies.ts';

/**
 * Sends each body to the emulator's echo through the gateway and compares three SHA-256 sums: of what the client sent, of what the emulator
 * received, of what the client got back. A few are under way at once, so that streams interleave.
 */
export async function expectByteIdentity(stack: Stack, bodies: readonly GeneratedBody[], concurrency: number): Promise<void> {
  const queue = bodies.values();
  let compared = 0;
  const work = async (): Promise<void> => {
    for (const body of queue) {
      await expectEcho(stack, body);
      compared += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  expect(compared).toBe(bodies.length);
}

async function expectEcho(stack: Stack, { note, bytes }: GeneratedBody): Promise<void> {
  const sent = createHash('sha256').update(bytes).digest('hex');
  // The path names the sum, so that the emulator's record of this request can be found.
  const response = await fetch(`${stack.baseUrl}/v1beta/emulator/echo?sent=${sent}`, {
    method: 'POST',
    headers: { 'x-goog-api-key': stack.clientKey, 'content-type': 'application/json' },
    body: bytes,
  });
  expect(response.status, note).toBe(200);
  const answer = createHash('sha256');
  for await (const chunk of response.body ?? []) answer.update(chunk);
  const got = answer.digest('hex');

  const record = stack.emulator.received.requests.findLast(({ path }) => path.includes(sent));
  // The emulator closes its books a moment after the client has the last byte.
  for (let turns = 0; record?.answer === undefined && turns < 100; turns += 1) await delay(10);
  expect({ note, received: record?.body, answered: record?.answer, got }).toEqual({
    note,
    received: { sha256: sent, bytes: bytes.length },
    answered: { sha256: sent, bytes: bytes.length },
    got: sent,
  });
}
