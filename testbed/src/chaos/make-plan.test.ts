import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../seeded-random.ts';
import { makePlan } from './make-plan.ts';
import type { PlanOptions } from './plan.ts';

const options: PlanOptions = {
  firstId: 1,
  durationMs: 300_000,
  requestsPerSecond: 20,
  workers: 3,
  hasBrowser: true,
  troubles: 'all-but-gateway',
};
const draw = (seed: number, changes: Partial<PlanOptions> = {}) => makePlan(createSeededRandom(seed), { ...options, ...changes });

describe('makePlan', () => {
  it('draws the same from the same seed, and another plan from another', () => {
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5).requests).not.toEqual(draw(6).requests);
  });

  it('sends requests at about the wanted rate, in order, each with its id', () => {
    const { requests } = draw(1);
    expect(requests.length).toBeGreaterThan(5_400);
    expect(requests.length).toBeLessThan(6_600);
    expect(requests.map(({ id }) => id)).toEqual(requests.map((_, index) => index + 1));
    expect(requests.map(({ atMs }) => atMs)).toEqual(requests.map(({ atMs }) => atMs).toSorted((one, other) => one - other));
  });

  it('asks in every way, with every fault', () => {
    const { requests } = draw(1);
    expect(new Set(requests.map(({ asked }) => asked.kind))).toEqual(
      new Set(['unary', 'sse', 'array', 'list', 'down', 'echo', 'upload', 'live']),
    );
    expect(new Set(requests.map(({ reader }) => reader.kind))).toEqual(new Set(['quick', 'slow', 'leaves']));
    const faults = requests.map(({ asked }) => ('behaviour' in asked ? asked.behaviour.fault?.kind : undefined));
    expect(new Set(faults)).toEqual(new Set([undefined, 'status', 'cut', 'hang', 'mid-stream-error']));
  });

  it('keeps gateways for a part of their own, and the first worker alive', () => {
    const kinds = new Set(draw(1).troubles.map(({ trouble }) => trouble.kind));
    expect(kinds).toEqual(
      new Set(['cut', 'cut-off', 'half-open', 'corrupt', 'bad-link', 'kill-worker', 'drain-worker', 'outage', 'page']),
    );
    expect(new Set(draw(1, { troubles: 'gateway' }).troubles.map(({ trouble }) => trouble.kind))).toEqual(
      new Set(['restart-gateway', 'kill-gateway']),
    );
    const killed = draw(1).troubles.flatMap(({ trouble }) => (trouble.kind === 'kill-worker' ? [trouble.worker] : []));
    expect(new Set(killed)).toEqual(new Set([1, 2]));
    expect(draw(1, { troubles: 'none' }).troubles).toEqual([]);
  });

  it('makes no trouble where another still lasts', () => {
    const busyUntil = new Map<unknown, number>();
    for (const { atMs, trouble } of draw(1).troubles) {
      const place = 'worker' in trouble ? trouble.worker : trouble.kind;
      expect(atMs).toBeGreaterThanOrEqual(busyUntil.get(place) ?? 0);
      busyUntil.set(place, atMs + ('lastsMs' in trouble ? trouble.lastsMs : 0));
    }
  });
});
