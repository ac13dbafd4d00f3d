import { StreamError } from '@gemini-proxy/protocol';
import { describe, expect, it } from 'vitest';
import { createHarness, openStream, turns } from '../testing/harness.ts';
import { probeBackoff, reconnectBackoff } from './backoff.ts';
import { defaultDeadlines } from './deadlines.ts';
import { REISSUE_PROBE_MS, SILENCE_MS, SUSPICION_PAUSE_MS } from './probe.ts';
import type { UpstreamResponse } from './worker.ts';

const { probeMs, idleProbeMs, firstByteMs } = defaultDeadlines;

function jsonAnswer(status: number, message: string): Partial<UpstreamResponse> {
  const text = JSON.stringify({ error: { code: status, message, status: 'X' } });
  return { status, body: new Blob([text]).stream() as AsyncIterable<Uint8Array<ArrayBuffer>> };
}

const unreachable = () => {
  throw new StreamError('UPSTREAM_UNREACHABLE', 'Failed to fetch.', { sentUpstream: true });
};

describe('the probe', () => {
  it('is a real call for one model, and makes the worker ready', async () => {
    const harness = createHarness();
    harness.executor.answerProbe = undefined;
    await harness.start();
    expect(harness.gateway.statuses.map(({ state }) => state)).toEqual(['probing']);
    expect(harness.executor.pendingProbes[0]?.request).toMatchObject({ method: 'GET', path: '/v1beta/models?pageSize=1' });
    harness.executor.pendingProbes[0]?.answer({ status: 200 });
    await turns();
    expect(harness.gateway.statuses.map(({ state }) => state)).toEqual(['probing', 'ready']);
    expect(harness.worker.snapshot.status.state).toBe('ready');
  });

  it('asks for a click when the hook leaves it pending, and is ready at once when the click lets it through', async () => {
    const harness = createHarness();
    harness.executor.answerProbe = undefined;
    await harness.start();
    await harness.pass(probeMs - 1);
    expect(harness.worker.snapshot.status.state).toBe('probing');
    await harness.pass(1);
    expect(harness.worker.snapshot.status).toMatchObject({
      state: 'needs-interaction',
      reason: expect.stringContaining('click here once'),
    });
    harness.executor.pendingProbes[0]?.answer({ status: 200 });
    await turns();
    expect(harness.gateway.statuses.map(({ state }) => state)).toEqual(['probing', 'needs-interaction', 'ready']);
  });

  it('never has two calls pending, however often it is asked to run', async () => {
    const harness = createHarness();
    harness.executor.answerProbe = undefined;
    await harness.start();
    for (let index = 0; index < 10; index++) {
      harness.worker.probe();
      await harness.pass(probeMs);
    }
    harness.gateway.transport.break();
    await harness.pass(reconnectBackoff.firstMs);
    expect(harness.worker.snapshot.reconnects).toBe(1);
    expect(harness.executor.probeCount).toBe(1);
  });

  it('gives a call up only after a long time, aborts it, and makes another', async () => {
    const harness = createHarness();
    harness.executor.answerProbe = undefined;
    await harness.start();
    await harness.pass(probeMs);
    await harness.pass(REISSUE_PROBE_MS - 1);
    expect(harness.executor.probeCount).toBe(1);
    await harness.pass(1);
    expect(harness.executor.probeCount).toBe(2);
    expect(harness.executor.pendingProbes.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    harness.executor.pendingProbes[0]?.answer({ status: 200 });
    await turns();
    expect(harness.worker.snapshot.status.state).toBe('needs-interaction');
  });

  it('is refused with the upstream’s message and with advice', async () => {
    const harness = createHarness();
    harness.executor.answerProbe = () => jsonAnswer(403, "Method doesn't allow unregistered callers (x). Please use API Key.");
    await harness.start();
    const { state, reason } = harness.worker.snapshot.status;
    expect(state).toBe('refused');
    expect(reason).toContain("Method doesn't allow unregistered callers");
    expect(reason).toContain('outside Google AI Studio');
  });

  it('runs again on request, and after a sign-in the worker is ready', async () => {
    const harness = createHarness();
    harness.executor.answerProbe = () => jsonAnswer(401, 'Sign in');
    await harness.start();
    expect(harness.worker.snapshot.status.state).toBe('refused');
    harness.executor.answerProbe = () => ({ status: 200 });
    harness.worker.probe();
    await turns();
    expect(harness.worker.snapshot.status.state).toBe('ready');
  });

  it('takes a 429 as a proof', async () => {
    const harness = createHarness();
    harness.executor.answerProbe = () => jsonAnswer(429, 'quota');
    await harness.start();
    expect(harness.worker.snapshot.status.state).toBe('ready');
  });

  it.each([
    { note: 'a server error', answerProbe: () => jsonAnswer(500, 'Rpc failed due to xhr error'), says: '500' },
    { note: 'a network failure', answerProbe: unreachable, says: 'Failed to fetch' },
  ])('tries again after $note, with backoff', async ({ answerProbe, says }) => {
    const harness = createHarness();
    harness.executor.answerProbe = answerProbe;
    await harness.start();
    expect(harness.worker.snapshot.status).toMatchObject({ state: 'probing', reason: expect.stringContaining(says) });
    await harness.pass(probeBackoff.firstMs / 2);
    expect(harness.executor.probeCount).toBe(2);
    await harness.pass(probeBackoff.firstMs / 2);
    expect(harness.executor.probeCount).toBe(2);
    harness.executor.answerProbe = () => ({ status: 200 });
    await harness.pass(probeBackoff.firstMs / 2);
    expect(harness.worker.snapshot.status.state).toBe('ready');
  });

  it('leaves a ready worker ready through a server error, but not through a network failure', async () => {
    const harness = createHarness();
    await harness.start();
    harness.executor.answerProbe = () => jsonAnswer(503, 'overloaded');
    harness.worker.probe();
    await turns();
    expect(harness.worker.snapshot.status.state).toBe('ready');
    harness.executor.answerProbe = unreachable;
    harness.worker.probe();
    await turns();
    expect(harness.worker.snapshot.status.state).toBe('probing');
  });

  it('runs when the worker was idle, and not while answers prove it', async () => {
    const harness = createHarness();
    await harness.start();
    await harness.pass(idleProbeMs / 2);
    openStream(harness.gateway);
    await turns();
    harness.executor.calls[0]?.answer({ status: 200 });
    await turns();
    await harness.pass(idleProbeMs / 2);
    expect(harness.executor.probeCount).toBe(1);
    await harness.pass(idleProbeMs / 2);
    expect(harness.executor.probeCount).toBe(2);
    await harness.pass(idleProbeMs);
    expect(harness.executor.probeCount).toBe(3);
  });

  it('rests while there is no connection, and runs at each new one', async () => {
    let isReachable = true;
    const harness = createHarness({ isReachable: () => isReachable });
    await harness.start();
    isReachable = false;
    harness.gateway.transport.break();
    await harness.pass(idleProbeMs * 3);
    expect(harness.executor.probeCount).toBe(1);
    isReachable = true;
    harness.worker.reconnectNow();
    await turns();
    expect(harness.executor.probeCount).toBe(2);
    expect(harness.gateway.statuses.map(({ state }) => state)).toEqual(['ready']);
  });

  it('runs on suspicion, but not at a client’s pace', async () => {
    const harness = createHarness();
    await harness.start();
    await harness.pass(SUSPICION_PAUSE_MS);
    for (let index = 0; index < 5; index++) {
      openStream(harness.gateway);
      await turns();
      harness.executor.calls[index]?.answer({ status: 403 });
      await turns();
    }
    expect(harness.executor.probeCount).toBe(2);
  });

  it('runs after a suspicious silence: a request waits for its answer, and none has come for a while', async () => {
    const harness = createHarness();
    await harness.start();
    openStream(harness.gateway);
    await turns();
    harness.executor.answerProbe = undefined;
    await harness.pass(SILENCE_MS - 1);
    expect(harness.executor.probeCount).toBe(1);
    await harness.pass(SILENCE_MS);
    expect(harness.executor.probeCount).toBe(2);
    await harness.pass(probeMs);
    expect(harness.worker.snapshot.status.state).toBe('needs-interaction');
  });

  it('does not take a request for silence that was answered, and goes on', async () => {
    const harness = createHarness();
    await harness.start();
    openStream(harness.gateway);
    await turns();
    harness.executor.calls[0]?.answer({ status: 200, body: new ReadableStream() as AsyncIterable<Uint8Array<ArrayBuffer>> });
    await turns();
    await harness.pass(2 * SILENCE_MS);
    expect(harness.executor.probeCount).toBe(1);
  });

  it('finds out that the hook has fallen asleep when a request was not answered', async () => {
    const harness = createHarness();
    await harness.start();
    const seen = openStream(harness.gateway);
    await turns();
    harness.executor.answerProbe = undefined;
    await harness.pass(firstByteMs);
    expect(seen.reset?.code).toBe('FIRST_BYTE_TIMEOUT');
    expect(harness.worker.snapshot.status.state).toBe('needs-interaction');
  });

  it('tells what it found on suspicion, even where that is nothing new, as soon as it may run', async () => {
    const harness = createHarness();
    await harness.start();
    const stream = openStream(harness.gateway);
    await turns();
    stream.stream.reset(new StreamError('FIRST_BYTE_TIMEOUT', 'No answer began in time.', { sentUpstream: true }));
    await turns();
    const countBefore = harness.gateway.statuses.length;
    await harness.pass(SUSPICION_PAUSE_MS);
    expect(harness.executor.probeCount).toBe(2);
    expect(harness.gateway.statuses.slice(countBefore).map(({ state }) => state)).toEqual(['ready']);
  });

  it('does not ask the owner of a key to click', async () => {
    const harness = createHarness({ kind: 'keyed' });
    harness.executor.answerProbe = undefined;
    await harness.start();
    await harness.pass(probeMs);
    expect(harness.worker.snapshot.status.state).toBe('probing');
    expect(harness.executor.pendingProbes[0]?.signal.aborted).toBe(true);
    await harness.pass(probeBackoff.firstMs);
    expect(harness.executor.probeCount).toBe(2);
  });
});
