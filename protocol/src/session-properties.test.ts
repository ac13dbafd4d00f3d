import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Direction, directionEvents } from '../testing/direction.ts';
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
import { createGatewaySession, defaultLimits, ProtocolError, type ServedStream, type Stream } from './index.ts';

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

interface Run {
  readonly windowBytes: number;
  readonly maxDataBytes: number;
  readonly maxBufferedBytes: number;
  /** For each stream what each side writes, piece by piece. */
  readonly streams: readonly { readonly up: readonly number[]; readonly down: readonly number[] }[];
  /** What happens, in order; when it is used up, everything is let go until all is done. */
  readonly steps: readonly Step[];
}

type Step =
  | { readonly kind: 'write' | 'consume'; readonly side: 'up' | 'down'; readonly stream: number; readonly byteCount: number }
  | { readonly kind: 'deliver'; readonly side: 'up' | 'down'; readonly messages: number }
  | { readonly kind: 'flush' };

function anyRun(): fc.Arbitrary<Run> {
  const side = fc.constantFrom('up' as const, 'down' as const);
  const pieces = fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 12 });
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({
      kind: fc.constantFrom('write' as const, 'consume' as const),
      side,
      stream: fc.nat({ max: 5 }),
      byteCount: fc.integer({ min: 1, max: 150 }),
    }),
    fc.record({ kind: fc.constant('deliver' as const), side, messages: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ kind: fc.constant('flush' as const) }),
  );
  return fc.record({
    windowBytes: fc.integer({ min: 1, max: 300 }),
    maxDataBytes: fc.integer({ min: 1, max: 100 }),
    maxBufferedBytes: fc.integer({ min: 200, max: 1000 }),
    streams: fc.array(fc.record({ up: pieces, down: pieces }), { minLength: 1, maxLength: 6 }),
    steps: fc.array(step, { maxLength: 150 }),
  });
}

function runBothWays(run: Run): void {
  const { windowBytes, maxDataBytes, maxBufferedBytes } = run;
  const lanes = run.streams.map(({ up, down }, index) => ({
    up: new Direction(up, index * 7, windowBytes),
    down: new Direction(down, index * 13 + 1, windowBytes),
    gateway: undefined as Stream | undefined,
    worker: undefined as ServedStream | undefined,
  }));
  const pair = SessionPair.open({
    welcome: { windowBytes },
    limits: { maxDataBytes, maxBufferedBytes },
    serve: (stream) => {
      const lane = lanes[stream.id - 1];
      if (lane === undefined) throw new Error('a stream too many');
      lane.worker = stream;
      lane.down.writeFrom(stream);
      stream.sendHead(head);
      return directionEvents(lane.up, lane.down);
    },
  });
  for (const lane of lanes) {
    lane.gateway = pair.gateway.open(exampleRequest, directionEvents(lane.down, lane.up), { bodyless: false });
    lane.up.writeFrom(lane.gateway);
  }
  for (const step of run.steps) {
    if (step.kind === 'flush') pair.flushes.run();
    else if (step.kind === 'deliver') (step.side === 'up' ? pair.gatewayTransport : pair.workerTransport).deliver(step.messages);
    else {
      const lane = lanes[step.stream % lanes.length];
      if (step.kind === 'write') lane?.[step.side].write();
      else lane?.[step.side].consume(step.side === 'up' ? lane.worker : lane.gateway, step.byteCount);
    }
  }
  for (let round = 0; round < 10_000 && lanes.some((lane) => !lane.up.isEnded || !lane.down.isEnded); round++) {
    for (const lane of lanes) {
      lane.up.write();
      lane.down.write();
      lane.up.consume(lane.worker, windowBytes);
      lane.down.consume(lane.gateway, windowBytes);
    }
    pair.settle();
  }
  for (const lane of lanes) {
    expect([lane.up.isEnded, lane.down.isEnded]).toEqual([true, true]);
    expect(lane.up.received).toEqual(lane.up.expected);
    expect(lane.down.received).toEqual(lane.down.expected);
  }
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
