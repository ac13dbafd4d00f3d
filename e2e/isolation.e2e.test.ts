import { startProcessStack, waitUntil } from '@gemini-proxy/testbed';
import { describe, expect, it } from 'vitest';
import { openAnswer, readAll, type Service } from './pressure/answer.ts';
import { createFlood } from './pressure/flood.ts';
import { medianOf } from './pressure/median.ts';
import { makePacedBody, readLatenciesMs } from './pressure/paced.ts';

const streamPath = (model: string) => `/v1beta/models/${model}:streamGenerateContent?alt=sse`;
const rounds = 4;
const linesPerRound = 50;
const requestsPerRound = 20;

describe('a client that has stopped reading', () => {
  it('delays neither chunks nor requests of another by more than 50 ms', { timeout: 120_000 }, async () => {
    let flood = createFlood(0);
    await using stack = await startProcessStack({
      emulator: {
        behaviour: ({ model }) => {
          if (model === 'flood') return { rawBody: flood };
          return model === 'paced' ? { rawBody: makePacedBody(linesPerRound, 20) } : {};
        },
      },
    });
    const alone: Latencies = { chunksMs: [], requestsMs: [] };
    const besideStalled: Latencies = { chunksMs: [], requestsMs: [] };
    for (let round = 0; round < rounds; round += 1) {
      await measure(stack, alone);
      flood = createFlood(1024 * 1024 * 1024);
      const stalled = await openAnswer(stack, 'POST', streamPath('flood'));
      await flood.untilStalled();
      await measure(stack, besideStalled);
      expect(stack.emulator.debugState().runningGenerations).toBe(1);
      stalled.destroy();
      await waitUntil(() => stack.emulator.debugState().openRequests === 0, { what: 'the flood to end' });
    }
    for (const kind of ['chunksMs', 'requestsMs'] as const) {
      expect(medianOf(besideStalled[kind]) - medianOf(alone[kind])).toBeLessThan(50);
    }
    expect(besideStalled.chunksMs).toHaveLength(rounds * linesPerRound);
  });
});

interface Latencies {
  readonly chunksMs: number[];
  readonly requestsMs: number[];
}

/** A client's paced stream, and its requests one after the other beside it. */
async function measure(service: Service, latencies: Latencies): Promise<void> {
  const paced = openAnswer(service, 'POST', streamPath('paced')).then(readLatenciesMs);
  for (let request = 0; request < requestsPerRound; request += 1) {
    const startedAtMs = performance.now();
    await readAll(await openAnswer(service, 'POST', '/v1beta/models/gemini-2.5-flash:generateContent'));
    latencies.requestsMs.push(performance.now() - startedAtMs);
  }
  latencies.chunksMs.push(...(await paced));
}
