import { FakeClock } from '@gemini-proxy/protocol/testing';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../errors.ts';
import { Events } from '../events.ts';
import { RoundRobin } from '../pool/balancer.ts';
import { Pool } from '../pool/pool.ts';
import type { LocalWork } from './exchange.ts';
import { Orchestrator } from './orchestrator.ts';
import { FakeClient, failoverOptions } from './testing.ts';

const silentLog = { debug() {}, info() {}, warn() {}, error() {} };
const turn = () => new Promise(setImmediate);

function start(work: LocalWork) {
  const clock = new FakeClock();
  const events = new Events(silentLog);
  const pool = new Pool({ balancer: new RoundRobin(), clock, events, queueLimit: 10, queueTimeoutMs: 1000, workerWaitMs: 0 });
  const timeouts = { firstByteTimeoutMs: 10_000, idleTimeoutMs: 5_000, requestTimeoutMs: 2_000 };
  const orchestrator = new Orchestrator({ pool, clock, events, maxBodyBytes: 10, ...timeouts, ...failoverOptions });
  const client = new FakeClient();
  orchestrator.answer(client, work);
  return { clock, events, orchestrator, client };
}

describe('an answer of the gateway itself', () => {
  it('is sent whole, and counted', async () => {
    const body = new TextEncoder().encode('{}');
    const { client, events, orchestrator } = start(async () => ({ status: 200, headers: [['a', 'b']], body }));
    await turn();
    expect(client.head).toEqual({ status: 200, headers: [['a', 'b']] });
    expect(client.answer).toBe('{}<end>');
    client.events?.onClosed(true);
    expect(events.counters).toMatchObject({ requestsStarted: 1, requestsCompleted: 1 });
    expect(orchestrator.debugState()).toEqual({ running: 0, timed: 0, retainedBytes: 0 });
  });

  it('is an error where its work fails', async () => {
    const { client } = start(() => Promise.reject(new GatewayError('PAGE_TOKEN_INVALID', 'No.')));
    await turn();
    expect(client.error?.reason).toBe('PAGE_TOKEN_INVALID');
  });

  it('is given up when its client leaves, when it takes too long, and when the gateway stops', async () => {
    const signals: AbortSignal[] = [];
    const work: LocalWork = (signal) => {
      signals.push(signal);
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const left = start(work);
    left.client.events?.onClosed(false);
    const late = start(work);
    late.clock.advance(13_000);
    const stopped = start(work);
    stopped.orchestrator.destroy();
    await turn();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]);
    expect([left, late, stopped].map(({ client }) => client.error?.reason)).toEqual([
      undefined,
      'FIRST_BYTE_TIMEOUT',
      'SHUTTING_DOWN',
    ]);
  });

  it('is refused once while the gateway stops', async () => {
    const { orchestrator, events, client } = start(() => new Promise(() => {}));
    void orchestrator.close();
    const late = new FakeClient();
    orchestrator.refuse(late, new GatewayError('PAGE_TOKEN_INVALID', 'No.'));
    expect(late.error?.reason).toBe('SHUTTING_DOWN');
    late.events?.onClosed(true);
    client.events?.onClosed(false);
    expect(events.counters).toMatchObject({ requestsStarted: 2, requestsFailed: 1 });
    expect(orchestrator.debugState()).toEqual({ running: 0, timed: 0, retainedBytes: 0 });
  });
});
