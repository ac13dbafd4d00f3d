import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  exampleHello,
  exampleRequest,
  exampleWelcome,
  FakeClock,
  FlushQueue,
  type NaiveFrame,
  naiveDecode,
  naiveEncode,
  ScriptedTransport,
  SessionPair,
} from '../testing/index.ts';
import { anyLaneStep, anyTraffic, type LaneStep, Lanes, type Traffic } from '../testing/lanes.ts';
import { createGatewaySession, defaultLimits, ProtocolError } from './index.ts';

const head = { status: 200, headers: [] };

describe('sessions, whatever happens', () => {
  it('carry every byte of every stream in order, under any credit, slow readers and full sockets', () => {
    fc.assert(fc.property(anyRun(), runBothWays), { numRuns: 150 });
  });

  it('tell the same, however frames are grouped into messages', () => {
    fc.assert(
      fc.property(fc.array(workerFrame(), { maxLength: 40 }), fc.infiniteStream(fc.boolean()), (frames, splits) => {
        const together: NaiveFrame[][] = [[]];
        for (const frame of frames) {
          if (splits.next().value) together.push([]);
          together.at(-1)?.push(frame);
        }
        expect(eventsOf(together)).toEqual(eventsOf(frames.map((frame) => [frame])));
      }),
      { numRuns: 300 },
    );
  });

  it('answer garbage with a typed error, and leave nothing behind', () => {
    const message = fc.oneof(
      fc.uint8Array({ maxLength: 100 }).map((bytes) => Uint8Array.from(bytes)),
      fc.array(workerFrame(), { minLength: 1, maxLength: 5 }).map(naiveEncode),
    );
    fc.assert(
      fc.property(fc.array(message, { maxLength: 10 }), fc.boolean(), (messages, isOpen) => {
        const { session, clock, errors } = openGateway(isOpen);
        for (const bytes of messages) session.receive(bytes);
        for (const error of errors) expect(error).toBeInstanceOf(ProtocolError);
        expect(errors.length).toBeLessThanOrEqual(1);
        session.transportClosed(1006, '');
        expect(errors).toHaveLength(1);
        expect([session.debugState().timers, session.openStreams, clock.timers]).toEqual([0, 0, 0]);
      }),
      { numRuns: 500 },
    );
  });
});

interface Run extends Traffic {
  /** What happens, in order; when it is used up, everything is let go until all is done. */
  readonly steps: readonly Step[];
}

type Step =
  | LaneStep
  | { readonly kind: 'deliver'; readonly side: 'up' | 'down'; readonly messages: number }
  | { readonly kind: 'flush' };

function anyRun(): fc.Arbitrary<Run> {
  const side = fc.constantFrom('up' as const, 'down' as const);
  const step: fc.Arbitrary<Step> = fc.oneof(
    anyLaneStep(),
    fc.record({ kind: fc.constant('deliver' as const), side, messages: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ kind: fc.constant('flush' as const) }),
  );
  return fc.record({ ...anyTraffic(), steps: fc.array(step, { maxLength: 150 }) });
}

function runBothWays(run: Run): void {
  const { pair, lanes } = Lanes.open(run, (options) => SessionPair.open(options));
  for (const step of run.steps) {
    if (step.kind === 'flush') pair.flushes.run();
    else if (step.kind === 'deliver') (step.side === 'up' ? pair.gatewayTransport : pair.workerTransport).deliver(step.messages);
    else lanes.take(step);
  }
  for (let round = 0; round < 10_000 && !lanes.isDone; round++) {
    lanes.advance();
    pair.settle();
  }
  lanes.expectComplete();
  expect([pair.gatewayError, pair.workerError]).toEqual([undefined, undefined]);
  expect(pair.gateway.debugState()).toMatchObject({ streams: 0, queuedBytes: 0 });
  expect(pair.worker.debugState()).toMatchObject({ streams: 0, queuedBytes: 0 });
}

/** Frames that a worker might send for the three streams of `openGateway`: right ones, and right ones at the wrong time. */
function workerFrame(): fc.Arbitrary<NaiveFrame> {
  const text = (content: object) => new TextEncoder().encode(JSON.stringify(content));
  const stream = fc.integer({ min: 1, max: 3 });
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 20 }).map((payload) => Uint8Array.from(payload));
  return fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ type: fc.constant(17), flags: fc.constant(0), stream, payload: fc.constant(text(head)) }),
    },
    { weight: 9, arbitrary: fc.record({ type: fc.constant(18), flags: fc.constant(0), stream, payload: bytes }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant(18), flags: fc.constant(1), stream, payload: bytes }) },
    { weight: 1, arbitrary: fc.constant({ type: 3, flags: 0, stream: 0, payload: new Uint8Array(8) }) },
    { weight: 1, arbitrary: fc.constant({ type: 6, flags: 0, stream: 0, payload: text({ state: 'ready', reason: '' }) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant(20),
        flags: fc.constant(0),
        stream,
        payload: fc.constant(text({ code: 'UPSTREAM_CUT', message: 'cut', sentUpstream: true })),
      }),
    },
  );
}

function openGateway(isOpen: boolean) {
  const clock = new FakeClock();
  const flushes = new FlushQueue();
  const transport = new ScriptedTransport();
  const log: string[] = [];
  const errors: ProtocolError[] = [];
  const session = createGatewaySession(
    { transport, clock, scheduleFlush: flushes.schedule, limits: defaultLimits },
    {
      onHello: () => exampleWelcome,
      onOpen: () => log.push('open'),
      onStatus: (status) => log.push(status.state),
      onGoaway: (goaway) => log.push(goaway.reason),
      onClose: (error) => {
        errors.push(error);
        log.push(error.code);
      },
    },
  );
  if (isOpen) {
    const hello = new TextEncoder().encode(JSON.stringify(exampleHello));
    session.receive(naiveEncode([{ type: 1, flags: 0, stream: 0, payload: hello }]));
    for (let id = 1; id <= 3; id++) {
      const say = (text: string) => log.push(`${id} ${text}`);
      session.open(
        exampleRequest,
        {
          onHead: (received) => say(`head ${received.status}`),
          onData: (chunk, end) => say(`${[...chunk].join()} ${end}`),
          onWritable: () => say('writable'),
          onReset: (error) => say(error.code),
        },
        { bodyless: id === 3 },
      );
    }
    flushes.run();
  }
  return { session, clock, flushes, transport, log, errors };
}

function eventsOf(messages: readonly NaiveFrame[][]): { log: string[]; sent: object[] } {
  const { session, flushes, transport, log } = openGateway(true);
  for (const frames of messages) if (frames.length > 0) session.receive(naiveEncode(frames));
  flushes.run();
  return { log, sent: transport.messages.flatMap(naiveDecode) };
}
