import { type Hello, ProtocolError, type Resumption, type Welcome } from '@gemini-proxy/protocol';
import { describe, expect, it } from 'vitest';
import { createBody, createHarness, openStream, turns } from '../testing/harness.ts';
import { freshLossBackoff } from './backoff.ts';
import { STEADY_SESSION_MS } from './link.ts';

const graceMs = 20_000;
const text = (chunks: readonly Uint8Array[]) => chunks.map((chunk) => new TextDecoder().decode(chunk)).join('|');
const bytes = (content: string) => new TextEncoder().encode(content);

/** An engine whose gateway has its session still, unless `state` says otherwise, with a request under way. */
async function startBusy() {
  const state = { isReachable: true, verdict: undefined as ProtocolError | 'fresh' | undefined };
  const hellos: Hello[] = [];
  const judge = (hello: Hello): Welcome | Resumption | ProtocolError => {
    hellos.push(hello);
    if (state.verdict instanceof ProtocolError) return state.verdict;
    const [first] = harness.gateways;
    if (hello.resume !== null && state.verdict !== 'fresh' && first !== undefined)
      return { session: first.session, secret: 'next' };
    const resume = { isResumed: false, secret: 'first', graceMs, receivedMessages: 0 };
    return { version: 1, sessionId: 's1', windowBytes: 1000, pingIntervalMs: 3_600_000, resume };
  };
  const harness = createHarness({ judge, isReachable: () => state.isReachable });
  await harness.start();
  const seen = openStream(harness.gateway, { operation: 'models.streamGenerateContent' });
  await turns();
  const [call] = harness.executor.calls;
  const body = createBody();
  call?.answer({ body: body.body });
  return { harness, state, hellos, seen, call, body };
}

const firstRetryMs = freshLossBackoff.firstMs / 2;

describe('a worker whose connection breaks', () => {
  it('is back at once, and goes on with its requests', async () => {
    const { harness, hellos, seen, call, body } = await startBusy();
    body.push(bytes('one'));
    await turns();
    harness.gateway.transport.break();
    body.push(bytes('two'));
    await turns();
    expect(harness.worker.snapshot).toMatchObject({ connection: 'waiting', inFlight: [{ bytesSent: 6 }] });
    await harness.pass(firstRetryMs);
    expect(harness.worker.snapshot).toMatchObject({ connection: 'connected', reconnects: 1, failed: 0 });
    expect(hellos[1]?.resume).toMatchObject({ sessionId: 's1', secret: 'first' });
    body.push(bytes('three'));
    body.end();
    await turns();
    expect([text(seen.chunks), seen.ended, call?.signal.aborted]).toEqual(['one|two|three', true, false]);
    harness.gateway.transport.break();
    await harness.pass(firstRetryMs * 2);
    expect(hellos[2]?.resume?.secret).toBe('next');
    await harness.worker[Symbol.asyncDispose]();
    expect(harness.worker.debugState()).toEqual({ streams: 0, timers: 0, queuedBytes: 0 });
  });

  it('stops its upstream when what is written fills the window', async () => {
    const { harness, body } = await startBusy();
    harness.gateway.transport.break();
    for (let count = 0; count < 10; count += 1) body.push(new Uint8Array(500));
    await turns();
    expect(harness.worker.snapshot.inFlight).toMatchObject([{ bytesSent: 1000 }]);
    expect(harness.worker.debugState()).toMatchObject({ streams: 1 });
    await harness.pass(firstRetryMs);
    expect(harness.worker.snapshot.bytesSent).toBe(5000);
  });

  it('ends its requests when the gateway no longer has them', async () => {
    const { harness, state, call } = await startBusy();
    state.verdict = 'fresh';
    harness.gateway.transport.break();
    await harness.pass(firstRetryMs);
    expect(call?.signal.reason).toMatchObject({ code: 'SESSION_LOST' });
    expect(harness.worker.snapshot).toMatchObject({ connection: 'connected', inFlight: [], failed: 1 });
    const again = openStream(harness.gateway);
    await turns();
    harness.executor.calls[1]?.answer({});
    await turns();
    expect(again.ended).toBe(true);
  });

  it('keeps its requests for the grace time, and tries on after it', async () => {
    const { harness, state, call } = await startBusy();
    state.isReachable = false;
    harness.gateway.transport.break();
    await harness.pass(graceMs - 1);
    expect(call?.signal.aborted).toBe(false);
    await harness.pass(1);
    expect(call?.signal.reason).toMatchObject({ code: 'SESSION_LOST' });
    state.isReachable = true;
    await harness.pass(freshLossBackoff.maxMs);
    expect(harness.worker.snapshot.connection).toBe('connected');
  });

  it.each([
    { how: 'is stopped', act: 'stop' },
    { how: 'is turned away for good', act: 'refuse' },
  ])('ends its requests when it $how', async ({ act }) => {
    const { harness, state, call } = await startBusy();
    state.verdict = new ProtocolError('UNAUTHORIZED', 'the token was changed');
    harness.gateway.transport.break();
    await turns();
    if (act === 'stop') harness.worker.stop('The user disconnected.');
    // The first refusal may be the link's doing.
    else for (let retry = 0; retry < 2; retry += 1) await harness.pass(freshLossBackoff.maxMs);
    await turns();
    expect(call?.signal.reason).toMatchObject({ code: 'SESSION_LOST' });
    expect(harness.worker.snapshot.connection).toBe('stopped');
    expect(harness.clock.timers).toBe(1);
  });

  it('tries again at once after each break, if it was back for a moment', async () => {
    const { harness } = await startBusy();
    for (let count = 1; count <= 5; count += 1) {
      await harness.pass(STEADY_SESSION_MS);
      harness.gateway.transport.break();
      await harness.pass(firstRetryMs);
      expect(harness.worker.snapshot).toMatchObject({ connection: 'connected', reconnects: count });
    }
  });
});
