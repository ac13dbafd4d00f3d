import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { naiveEncode } from '../testing/index.ts';
import { anyLaneStep, anyTraffic, type LaneStep, Lanes, type Traffic } from '../testing/lanes.ts';
import { ResumingPair } from '../testing/resuming-pair.ts';
import { frameRules } from './index.ts';

describe('a session that is resumed, whatever happens', () => {
  it('carries every byte of every stream once and in order, wherever its connections are cut', () => {
    fc.assert(fc.property(anyRun(), runThroughBreaks), { numRuns: 150 });
  });

  it('meets lies about counts, and garbage, with its end, and leaves nothing behind', () => {
    fc.assert(fc.property(fc.array(anyLie(), { maxLength: 30 }), resistLies), { numRuns: 300 });
  });
});

type Lie =
  | { readonly kind: 'ack'; readonly count: number }
  | { readonly kind: 'claim'; readonly count: number }
  | { readonly kind: 'garbage'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'break' }
  | { readonly kind: 'write' };

function anyLie(): fc.Arbitrary<Lie> {
  const count = fc.oneof(fc.nat({ max: 6 }), fc.maxSafeNat());
  return fc.oneof(
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('ack' as const), count }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('claim' as const), count }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'break' as const }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'write' as const }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('garbage' as const),
        bytes: fc.uint8Array({ maxLength: 40 }).map((bytes) => Uint8Array.from(bytes)),
      }),
    },
  );
}

function resistLies(lies: readonly Lie[]): void {
  const pair = ResumingPair.open();
  const { answer, stream } = pair.exchange();
  for (const lie of lies) {
    if (lie.kind === 'write') stream.write(new Uint8Array(10));
    else if (lie.kind === 'break') pair.connection.gateway.fail();
    else if (lie.kind === 'claim') pair.claim({ sessionId: 's', secret: 'x', receivedMessages: lie.count });
    else if (lie.kind === 'ack') pair.gateway.receive(ackOf(lie.count));
    else pair.gateway.receive(lie.bytes);
    pair.flushes.run();
  }
  const last = pair.claim({ sessionId: 's', secret: 'x', receivedMessages: Number.MAX_SAFE_INTEGER });
  pair.cut();
  pair.clock.advance(1_000_000);
  expect(answer.error?.code).toBe('SESSION_LOST');
  expect(last.transport.closed).toBeDefined();
  expect(pair.clock.timers).toBe(0);
  expect(pair.gateway.debugState()).toMatchObject({ streams: 0, queuedBytes: 0, timers: 0 });
}

function ackOf(messageCount: number): Uint8Array<ArrayBuffer> {
  const payload = new Uint8Array(8);
  new DataView(payload.buffer).setBigUint64(0, BigInt(messageCount));
  return naiveEncode([{ type: frameRules.ack.type, flags: 0, stream: 0, payload }]);
}

interface Run extends Traffic {
  readonly steps: readonly Step[];
}

type Step =
  | LaneStep
  /** Counted from the newest connection: messages of an older one may still be under way to the end that does not know better. */
  | { readonly kind: 'deliver'; readonly side: 'up' | 'down'; readonly messages: number; readonly connection: number }
  | { readonly kind: 'lose'; readonly side: 'up' | 'down'; readonly messages: number }
  /** Which end learns of it. */
  | { readonly kind: 'cut'; readonly end: 'worker' | 'gateway' }
  | { readonly kind: 'flush' | 'dial' };

function anyRun(): fc.Arbitrary<Run> {
  const side = fc.constantFrom('up' as const, 'down' as const);
  const messages = fc.integer({ min: 1, max: 3 });
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 8, arbitrary: anyLaneStep() },
    {
      weight: 8,
      arbitrary: fc.record({ kind: fc.constant('deliver' as const), side, messages, connection: fc.nat({ max: 2 }) }),
    },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('dial' as const) }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('cut' as const), end: fc.constantFrom('worker' as const, 'gateway') }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose' as const), side, messages }) },
  );
  return fc.record({ ...anyTraffic(), steps: fc.array(step, { maxLength: 200 }) });
}

function runThroughBreaks(run: Run): void {
  const { pair, lanes } = Lanes.open(run, (options) => ResumingPair.open(options));
  for (const step of run.steps) take(step, pair, lanes);
  for (let round = 0; round < 10_000 && !lanes.isDone; round++) {
    if (round === 0 || pair.worker.suspended) reconnect(pair);
    lanes.advance();
    pair.settle();
  }
  lanes.expectComplete();
  expect(pair.log.filter((line) => line.includes('closed'))).toEqual([]);
  expect(pair.gateway.debugState()).toEqual({ state: 'open', streams: 0, queuedBytes: 0, timers: 1 });
  expect(pair.worker.debugState()).toEqual({ state: 'open', streams: 0, queuedBytes: 0, timers: 1 });
  expect(pair.clock.timers).toBe(2);
}

function take(step: Step, pair: ResumingPair, lanes: Lanes): void {
  const sender = step.kind === 'deliver' || step.kind === 'lose' ? (step.side === 'up' ? 'gateway' : 'worker') : 'gateway';
  switch (step.kind) {
    case 'flush':
      pair.flushes.run();
      return;
    case 'dial':
      if (pair.worker.suspended && pair.connection.worker.closed !== undefined) pair.dial();
      return;
    case 'deliver':
      pair.connections.at(-1 - step.connection)?.[sender].deliver(step.messages);
      return;
    case 'lose':
      // What a broken connection has not delivered, it loses from its end.
      if (pair.connection.worker.closed !== undefined) pair.connection[sender].queue.splice(-step.messages);
      return;
    case 'cut':
      pair.connection[step.end].fail();
      return;
    default:
      lanes.take(step);
  }
}

/** What is left of all connections goes, and a new one is made. */
function reconnect(pair: ResumingPair): void {
  pair.cut();
  pair.dial();
  pair.settle();
}
