import { describe, expect, it } from 'vitest';
import {
  exampleHello,
  exampleRequest,
  exampleWelcome,
  FakeClock,
  FlushQueue,
  type NaiveFrame,
  naiveEncode,
  RecordedStream,
  ScriptedTransport,
} from '../testing/index.ts';
import {
  createWorkerSession,
  defaultLimits,
  type FrameName,
  frameRules,
  type ProtocolError,
  type WorkerSession,
} from './index.ts';

const welcome = frame('welcome', exampleWelcome);

describe('a worker closes its session when the gateway', () => {
  it.each<{ note: string; code: string; frames: NaiveFrame[] }>([
    { note: 'speaks before welcome', code: 'UNEXPECTED_FRAME', frames: [open(1)] },
    {
      note: 'speaks another version',
      code: 'UNSUPPORTED_VERSION',
      frames: [frame('welcome', { ...exampleWelcome, version: 2 })],
    },
    { note: 'welcomes twice', code: 'UNEXPECTED_FRAME', frames: [welcome, welcome] },
    { note: 'sends a hello', code: 'UNEXPECTED_FRAME', frames: [welcome, frame('hello', exampleHello)] },
    { note: 'sends a status', code: 'UNEXPECTED_FRAME', frames: [welcome, frame('status', { state: 'ready', reason: '' })] },
    {
      note: 'sends a head',
      code: 'UNEXPECTED_FRAME',
      frames: [welcome, open(1), frame('head', { status: 200, headers: [] }, { stream: 1 })],
    },
    { note: 'uses an id twice', code: 'UNEXPECTED_FRAME', frames: [welcome, open(1), open(1)] },
    { note: 'uses an id below an earlier one', code: 'UNEXPECTED_FRAME', frames: [welcome, open(5), open(4)] },
    { note: 'uses the id of a stream that it reset', code: 'UNEXPECTED_FRAME', frames: [welcome, open(1), cancel(1), open(1)] },
    {
      note: 'opens a stream after goaway',
      code: 'UNEXPECTED_FRAME',
      frames: [welcome, frame('goaway', { reason: '' }), open(1)],
    },
    {
      note: 'floods it with holds',
      code: 'LIMIT_EXCEEDED',
      frames: [welcome, ...Array(1001).fill(frame('hold', { isHeld: true }))],
    },
    { note: 'opens too many streams', code: 'LIMIT_EXCEEDED', frames: [welcome, open(1), open(2), open(3), open(4)] },
    { note: 'sends a body where it said there is none', code: 'UNEXPECTED_FRAME', frames: [welcome, open(1, 1), data(1, 5)] },
    { note: 'sends more than the window', code: 'FLOW_CONTROL', frames: [welcome, open(1), ...Array(5).fill(data(1, 65_536))] },
    { note: 'opens a websocket stream with END', code: 'UNEXPECTED_FRAME', frames: [welcome, openSocket(1, 1)] },
    { note: 'sends a message on an http stream', code: 'UNEXPECTED_FRAME', frames: [welcome, open(1), message(1)] },
    { note: 'sends a close on an http stream', code: 'UNEXPECTED_FRAME', frames: [welcome, open(1), close(1)] },
    { note: 'sends data without an open', code: 'UNEXPECTED_FRAME', frames: [welcome, data(1, 5)] },
  ])('$note: $code', ({ code, frames }) => {
    const worker = scriptedWorker();
    receiveEach(worker.session, frames);
    expect(worker.state.error?.code).toBe(code);
    expect(worker.transport.closed?.code).toBe(worker.state.error?.closeCode);
    expect(worker.session.debugState()).toEqual({ state: 'closed', streams: 0, queuedBytes: 0, timers: 0 });
    expect(worker.clock.timers).toBe(0);
  });

  it('refuses websocket streams when it carries none', () => {
    const worker = scriptedWorker();
    receiveEach(worker.session, [welcome, openSocket(1)]);
    worker.flushes.run();
    const answer = worker.transport.takeFrames().find(({ type }) => type === frameRules.reset.type);
    expect(new TextDecoder().decode(answer?.payload)).toContain('REFUSED');
    expect([worker.state.error, worker.session.openStreams]).toEqual([undefined, 0]);
  });

  it('goes on when ids are left out', () => {
    const worker = scriptedWorker();
    receiveEach(worker.session, [welcome, open(3), open(70)]);
    expect([worker.state.error, worker.session.openStreams]).toEqual([undefined, 2]);
  });

  it('takes an unknown reset code for INTERNAL', () => {
    const worker = scriptedWorker();
    const reset = frame('reset', { code: 'FROM_THE_FUTURE', message: 'something new', sentUpstream: false }, { stream: 1 });
    receiveEach(worker.session, [welcome, open(1), reset]);
    expect(worker.state.streams[0]?.error).toMatchObject({ code: 'INTERNAL', message: 'FROM_THE_FUTURE: something new' });
    expect(worker.state.error).toBe(undefined);
  });

  it('sends a frame behind the welcome, which must be alone in its message: LIMIT_EXCEEDED', () => {
    const worker = scriptedWorker();
    worker.session.receive(naiveEncode([welcome, open(1)]));
    expect([worker.state.error?.code, worker.state.streams]).toEqual(['LIMIT_EXCEEDED', []]);
  });

  it('ignores members that it does not know', () => {
    const worker = scriptedWorker();
    worker.session.receive(naiveEncode([frame('welcome', { ...exampleWelcome, more: [1] })]));
    expect(worker.session.debugState().state).toBe('open');
  });
});

function scriptedWorker() {
  const transport = new ScriptedTransport();
  const clock = new FakeClock();
  const flushes = new FlushQueue();
  const state: { error: ProtocolError | undefined; streams: RecordedStream[] } = { error: undefined, streams: [] };
  const limits = { ...defaultLimits, maxStreams: 3 };
  const session = createWorkerSession(
    { transport, clock, scheduleFlush: flushes.schedule, limits, hello: exampleHello },
    {
      onWelcome: () => {},
      onStream: () => {
        const record = new RecordedStream();
        state.streams.push(record);
        return record;
      },
      onGoaway: () => {},
      onClose: (error) => {
        state.error = error;
      },
    },
  );
  return { transport, clock, flushes, session, state };
}

function receiveEach(session: WorkerSession, frames: readonly NaiveFrame[]): void {
  for (const single of frames) session.receive(naiveEncode([single]));
}

function frame(name: FrameName, content: object, options: { stream?: number; flags?: number } = {}): NaiveFrame {
  const payload = content instanceof Uint8Array ? Uint8Array.from(content) : new TextEncoder().encode(JSON.stringify(content));
  return { type: frameRules[name].type, flags: options.flags ?? 0, stream: options.stream ?? 0, payload };
}

function open(stream: number, flags = 0): NaiveFrame {
  return frame('open', exampleRequest, { stream, flags });
}

function openSocket(stream: number, flags = 0): NaiveFrame {
  return frame('open', { ...exampleRequest, kind: 'websocket' }, { stream, flags });
}

function message(stream: number): NaiveFrame {
  return frame('data', new Uint8Array(1), { stream, flags: 2 });
}

function close(stream: number): NaiveFrame {
  return frame('close', { code: 1000, reason: '' }, { stream });
}

function data(stream: number, byteCount: number): NaiveFrame {
  return frame('data', new Uint8Array(byteCount), { stream });
}

function cancel(stream: number): NaiveFrame {
  return frame('reset', { code: 'CANCELLED', message: '', sentUpstream: true }, { stream });
}
