import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { waitUntil } from '@gemini-proxy/testbed';
import { describe, expect, it } from 'vitest';
import { readAll } from './pressure/answer.ts';
import { runThroughCuts, runTimeoutMs, startCuttableStack, streamCount } from './resume/run.ts';

const workers = 4;

describe(`${streamCount} streams through Node workers whose sockets are cut`, () => {
  it('are whole, each byte once and in order, and wait within their windows', { timeout: runTimeoutMs }, async ({ annotate }) => {
    await using stack = await startCuttableStack({ workers });
    const run = await runThroughCuts(stack, streamCount);
    await annotate(JSON.stringify(run));
    expect(run.intact).toBe(streamCount);
    expect(run.cuts).toBeGreaterThanOrEqual(workers);
    expect(run.resumed).toBeGreaterThanOrEqual(workers);
    expect(run.workerShare).toBeGreaterThan(0);
    expect(run.workerShare).toBeLessThanOrEqual(1);
    expect(run.gatewayShare).toBeLessThanOrEqual(1);
    expect(stack.gateway.counters().workersDisconnected).toBe(0);
    await stack.settled();
  });

  it('break without resume, so that this can fail', { timeout: runTimeoutMs }, async ({ annotate }) => {
    await using stack = await startCuttableStack({ workers, gateway: { sessionGraceMs: 0 } });
    const run = await runThroughCuts(stack, streamCount);
    await annotate(JSON.stringify(run));
    expect(run.intact).toBeLessThan(streamCount / 2);
    expect(run.resumed).toBe(0);
  });
});

describe('a request body on its way through a worker whose socket is cut', () => {
  it('arrives whole, and once', async () => {
    await using stack = await startCuttableStack({ workers: 1 });
    const [proxy] = stack.faultProxies;
    if (proxy === undefined) throw new Error('The stack has no proxy.');
    const body = Buffer.from(JSON.stringify({ contents: [{ role: 'user', parts: [{ text: makeText(1_000_000) }] }] }));
    const resumed = () => stack.gateway.counters().workersResumed;
    const call = request(`${stack.baseUrl}/v1beta/models/gemini-2.5-flash:generateContent`, {
      method: 'POST',
      headers: { 'x-goog-api-key': stack.clientKey, 'content-type': 'application/json' },
    });
    const answered = once(call, 'response');
    const third = Math.floor(body.byteLength / 3);
    for (const part of [0, 1]) {
      call.write(body.subarray(part * third, (part + 1) * third));
      await waitUntil(() => stack.gateway.workers()[0]?.inFlight === 1, { what: 'the request to be under way' });
      proxy.cut();
      await waitUntil(() => resumed() > part, { what: 'the worker to be back' });
    }
    call.end(body.subarray(2 * third));
    const [answer] = await answered;
    expect(answer.statusCode).toBe(200);
    await readAll(answer);
    const posted = stack.emulator.received.requests.filter(({ method }) => method === 'POST');
    expect(posted.map(({ body: received }) => received)).toEqual([
      expect.objectContaining({ bytes: body.byteLength, sha256: createHash('sha256').update(body).digest('hex') }),
    ]);
    await stack.settled();
  });
});

/** A piece in the wrong place, or twice, shows in the digest. */
function makeText(length: number): string {
  let text = '';
  for (let number = 0; text.length < length; number += 1) text += `${number} `;
  return text;
}
