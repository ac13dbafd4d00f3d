import { createHash } from 'node:crypto';
import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type Behaviour, createGeminiEmulator, DEFAULT_API_KEY } from '@gemini-proxy/emulator/gemini';
import { createSeededRandom, type Stack, startStack, waitForReady } from '@gemini-proxy/testbed';
import { startKeyedWorker, websocketConnect } from '@gemini-proxy/worker/node';
import { describe, expect, it } from 'vitest';
import { type Call, callGateway, forEachAtOnce, type Outcome } from './availability/call.ts';
import { type MortalWorker, startMortalWorker } from './availability/mortal-worker.ts';
import { tell } from './availability/tell.ts';

const requestCount = Number(process.env.FAILOVER_REQUESTS ?? 400);
const seed = Number(process.env.FAILOVER_SEED ?? 1);
const minuteMs = 60_000;
const killIntervalMs = 500;
const atOnce = 24;
/** So many that no request runs out of them by chance: each is hit by a death in about one of ten tries. */
const maxAttempts = 8;

const random = createSeededRandom(seed);
const prompt = (text: string) => JSON.stringify({ contents: [{ role: 'user', parts: [{ text }] }] });

/** What a request asks for, in turn: a whole answer, a short stream, a long one, and something that stays. */
function toCall(index: number): Call {
  const model = '/v1beta/models/gemini-2.5-flash';
  const body = prompt(`Request ${index}`);
  switch (index % 4) {
    case 0:
      return { method: 'POST', path: `${model}:generateContent?request=${index}`, body };
    case 1:
      return { method: 'POST', path: `${model}:streamGenerateContent?alt=sse&request=${index}`, body };
    case 2:
      return { method: 'POST', path: `${model}:streamGenerateContent?alt=sse&long&request=${index}`, body };
    default:
      return {
        method: 'POST',
        path: `/v1beta/fileSearchStores?request=${index}`,
        body: JSON.stringify({ displayName: `store ${index}` }),
      };
  }
}

function behave({ path }: { readonly path: string }): Behaviour {
  const delayMs = random.between(10, 150);
  if (path.includes('&long')) return { delayMs, chunkCount: 20, chunkBytes: 500, chunkIntervalMs: 30 };
  return { delayMs, chunkCount: 3, chunkBytes: 300, chunkIntervalMs: 5 };
}

/** Kills a random worker again and again, and starts a new one in its place, until it is told to stop. */
function startKilling(stack: Stack, workers: MortalWorker[]) {
  let isStopped = false;
  let deaths = 0;
  const running = (async () => {
    while (!isStopped) {
      await delay(killIntervalMs);
      const place = random.between(0, workers.length - 1);
      const killed = workers[place]?.kill();
      deaths += 1;
      workers[place] = await startMortalWorker(stack, `mortal-${workers.length + deaths}`);
      await killed;
    }
  })();
  return {
    get deaths() {
      return deaths;
    },
    stop: async () => {
      isStopped = true;
      await running;
    },
  };
}

describe('requests while a random worker of four is killed twice a second', () => {
  it('do not notice before their answer begins, and are told when it breaks off', { timeout: 20 * minuteMs }, async () => {
    await using stack = await startStack({
      workers: 0,
      gateway: { maxAttempts, failoverWaitMs: 300, sessionGraceMs: 2_000 },
      emulator: { behaviour: behave, recordLimit: 10 * requestCount },
    });
    await using mortals = new AsyncDisposableStack();
    const workers: MortalWorker[] = [];
    mortals.defer(async () => void (await Promise.all(workers.map((worker) => worker.kill()))));
    for (let index = 1; index <= 4; index += 1) workers.push(await startMortalWorker(stack, `mortal-${index}`));
    await waitForReady(stack.gateway, 4);
    const retriesBefore = stack.gateway.counters().requestsRetried;

    const killing = startKilling(stack, workers);
    const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
    const { baseUrl, clientKey } = stack;
    const outcomes = new Map<number, Outcome>();
    try {
      await forEachAtOnce(Array(requestCount).keys(), atOnce, async (index) => {
        outcomes.set(index, await callGateway({ baseUrl, clientKey, agent }, toCall(index), 2 * minuteMs));
      });
    } finally {
      await killing.stop();
      agent.destroy();
    }

    const executions = countExecutions(stack);
    let cutCount = 0;
    for (const [index, outcome] of outcomes) {
      const { path } = toCall(index);
      // Whatever fails before its answer begins would have another status.
      expect([path, outcome.status, outcome.tail]).toEqual([path, 200, outcome.tail]);
      if (outcome.isCut) {
        cutCount += 1;
        expect(path).toContain('alt=sse');
        expect(outcome.tail).toContain('"reason": "WORKER_LOST"');
      } else {
        expect([path, executions.get(path)?.digests.includes(outcome.sha256)]).toEqual([path, true]);
      }
    }
    const counts = [...executions.values()].map(({ count }) => count);
    const repeatedCount = counts.reduce((sum, count) => sum + count - 1, 0);
    const retries = stack.gateway.counters().requestsRetried - retriesBefore;
    tell(
      `${requestCount} requests, ${killing.deaths} deaths: ${retries} tried again, ${repeatedCount} executed again (one of them ${Math.max(...counts)} times), ${cutCount} cut and told`,
    );
    expect(outcomes.size).toBe(requestCount);
    expect(executions.size).toBe(requestCount);
    expect(Math.max(...counts)).toBeLessThanOrEqual(maxAttempts);
    expect(repeatedCount).toBeLessThanOrEqual(retries);
    expect(retries).toBeGreaterThan(0);
    await expect.poll(() => stack.gateway.debugState().orchestrator).toEqual({ running: 0, timed: 0, retainedBytes: 0 });
    await expect
      .poll(() => stack.gateway.debugState().pool, { timeout: 10_000 })
      .toMatchObject({ leases: 0, waiting: 0, timers: 0 });
  });
});

interface Executions {
  count: number;
  readonly digests: string[];
}

/** How often the emulator was asked for each path, and what it answered. */
function countExecutions({ emulator }: Stack): ReadonlyMap<string, Executions> {
  const executions = new Map<string, Executions>();
  for (const { path, answer } of emulator.received.requests) {
    if (!path.includes('request=')) continue;
    const known = executions.get(path) ?? { count: 0, digests: [] };
    executions.set(path, known);
    known.count += 1;
    if (answer !== undefined) known.digests.push(answer.sha256);
  }
  return executions;
}

describe('a call that the Gemini API cuts off before it answers', () => {
  const cutOnce = () => {
    const seen = new Map<string, number>();
    const behaviour = ({ path }: { readonly path: string }): Behaviour | undefined => {
      const count = (seen.get(path) ?? 0) + 1;
      seen.set(path, count);
      return count === 1 && path.includes('cut') ? { fault: { kind: 'cut', afterChunks: 0 } } : undefined;
    };
    return { seen, behaviour };
  };

  it('is made again by another worker where it leaves nothing behind, and only there', async () => {
    const { seen, behaviour } = cutOnce();
    await using stack = await startStack({ workers: 2, emulator: { behaviour } });
    const agent = new Agent();
    const { baseUrl, clientKey } = stack;
    const call = (sent: Call) => callGateway({ baseUrl, clientKey, agent }, sent, minuteMs);
    const generated = await call({
      method: 'POST',
      path: '/v1beta/models/gemini-2.5-flash:generateContent?cut',
      body: prompt('Hello'),
    });
    const created = await call({ method: 'POST', path: '/v1beta/fileSearchStores?cut', body: '{"displayName":"once"}' });
    agent.destroy();
    expect([generated.status, created.status]).toEqual([200, 502]);
    expect(created.tail).toMatch(/"reason": "UPSTREAM_(?:UNREACHABLE|CUT)"/);
    expect(Object.fromEntries(seen)).toMatchObject({
      '/v1beta/models/gemini-2.5-flash:generateContent?cut': 2,
      '/v1beta/fileSearchStores?cut': 1,
    });
    await stack.settled();
  });
});

describe('a request that the hook of its worker holds back', () => {
  it('is answered by another worker as soon as the first has found out, and the first gets nothing until it has proved itself', async () => {
    let isHeldBack = false;
    const behaviour = (): Behaviour | undefined => (isHeldBack ? { fault: { kind: 'hang', afterChunks: 0 } } : undefined);
    await using sleepy = createGeminiEmulator({ behaviour });
    await using stack = await startStack({ workers: 0 });
    await using workers = new AsyncDisposableStack();
    const connect = websocketConnect(stack.workerUrl);
    const common = { connect, token: stack.workerToken, apiKey: DEFAULT_API_KEY, kind: 'aistudio' as const };
    const deadlines = { probeMs: 300, idleProbeMs: 300 };
    workers.use(startKeyedWorker({ ...common, upstreamUrl: await sleepy.listen(), workerId: 'sleepy', deadlines }));
    await waitForReady(stack.gateway, 1);
    const agent = new Agent();
    const { baseUrl, clientKey } = stack;
    const generate = { method: 'POST', path: '/v1beta/models/gemini-2.5-flash:generateContent', body: prompt('Hello') } as const;
    isHeldBack = true;
    const held = callGateway({ baseUrl, clientKey, agent }, generate, minuteMs);
    await expect.poll(() => stack.gateway.workers()[0]?.state, { timeout: 20_000 }).toBe('needs-interaction');
    workers.use(startKeyedWorker({ ...common, upstreamUrl: stack.emulator.url, workerId: 'awake' }));
    expect((await held).status).toBe(200);
    const others = await Promise.all([1, 2, 3].map(() => callGateway({ baseUrl, clientKey, agent }, generate, minuteMs)));
    expect(others.map(({ status }) => status)).toEqual([200, 200, 200]);
    agent.destroy();
    expect(stack.gateway.workers().map(({ id, state, inFlight }) => [id, state, inFlight])).toEqual([
      ['sleepy', 'needs-interaction', 0],
      ['awake', 'ready', 0],
    ]);
    isHeldBack = false;
  });
});

describe('a body that is sent again', () => {
  it('is the same to the last byte', async () => {
    let isFirst = true;
    const behaviour = ({ method }: { readonly method: string }): Behaviour | undefined => {
      const isHanging = isFirst && method === 'POST';
      if (isHanging) isFirst = false;
      return isHanging ? { fault: { kind: 'hang', afterChunks: 0 } } : undefined;
    };
    await using stack = await startStack({ workers: 0, gateway: { failoverWaitMs: 100 }, emulator: { behaviour } });
    await using first = await startMortalWorker(stack, 'first');
    await waitForReady(stack.gateway, 1);
    const agent = new Agent();
    const { baseUrl, clientKey, emulator } = stack;
    const path = '/v1beta/models/gemini-2.5-flash:generateContent';
    const body = prompt('x'.repeat(3 * 1024 * 1024));
    const answer = callGateway({ baseUrl, clientKey, agent }, { method: 'POST', path, body }, minuteMs);
    const posts = () => emulator.received.requests.filter(({ method }) => method === 'POST');
    await expect.poll(() => posts()[0]?.body?.bytes, { timeout: 20_000 }).toBe(body.length);
    await first.kill();
    await using _second = await startMortalWorker(stack, 'second');
    expect((await answer).status).toBe(200);
    agent.destroy();
    const digest = { bytes: body.length, sha256: createHash('sha256').update(body).digest('hex') };
    expect(posts().map((received) => received.body)).toEqual([digest, digest]);
  });
});
