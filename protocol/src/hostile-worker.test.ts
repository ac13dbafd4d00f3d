import { describe, expect, it } from 'vitest';
import {
  exampleHello,
  exampleRequest,
  exampleWelcome,
  FakeClock,
  FlushQueue,
  type NaiveFrame,
  naiveEncode,
  RecordedSocket,
  RecordedStream,
  ScriptedTransport,
} from '../testing/index.ts';
import { createGatewaySession, defaultLimits, type FrameName, frameRules, type ProtocolError, StreamError } from './index.ts';

const head = { status: 200, headers: [] };
const upgraded = { status: 101, headers: [] };
const windowBytes = exampleWelcome.windowBytes;

describe('a hostile worker loses its session, and only that', () => {
  it.each<{ note: string; code: string; attack: (gateway: Scripted) => void }>([
    {
      note: 'a message that is too large',
      code: 'LIMIT_EXCEEDED',
      attack: (g) => g.say(new Uint8Array(defaultLimits.maxMessageBytes + 1)),
    },
    {
      note: 'too many frames in a message',
      code: 'LIMIT_EXCEEDED',
      attack: (g) => g.send(...Array(8193).fill(frame('ping', ping))),
    },
    {
      note: 'a huge length field',
      code: 'MALFORMED_FRAME',
      attack: (g) => g.say(Uint8Array.of(19, 0, 0, 0, 0, 1, 255, 255, 255, 255)),
    },
    { note: 'a second hello', code: 'UNEXPECTED_FRAME', attack: (g) => g.send(frame('hello', exampleHello)) },
    { note: 'a welcome', code: 'UNEXPECTED_FRAME', attack: (g) => g.send(frame('welcome', exampleWelcome)) },
    { note: 'a hold', code: 'UNEXPECTED_FRAME', attack: (g) => g.send(frame('hold', { isHeld: true })) },
    { note: 'an open', code: 'UNEXPECTED_FRAME', attack: (g) => g.send(frame('open', exampleRequest, { stream: 9 })) },
    {
      note: 'a head for a stream that never was',
      code: 'UNEXPECTED_FRAME',
      attack: (g) => g.send(frame('head', head, { stream: 9 })),
    },
    {
      note: 'data for a stream that never was',
      code: 'UNEXPECTED_FRAME',
      attack: (g) => g.send(frame('data', ping, { stream: 9 })),
    },
    { note: 'a reset of a stream that never was', code: 'UNEXPECTED_FRAME', attack: (g) => g.send(reset(9)) },
    {
      note: 'a head before the open has left',
      code: 'UNEXPECTED_FRAME',
      attack: (g) => g.openUnsent() && g.send(frame('head', head, { stream: 2 })),
    },
    { note: 'data before the head', code: 'UNEXPECTED_FRAME', attack: (g) => g.send(frame('data', ping, { stream: 1 })) },
    { note: 'a second head', code: 'UNEXPECTED_FRAME', attack: (g) => g.send(answer(), answer()) },
    {
      note: 'data after the end',
      code: 'UNEXPECTED_FRAME',
      attack: (g) => g.send(answer(), end(), frame('data', ping, { stream: 1 })),
    },
    { note: 'two ends', code: 'UNEXPECTED_FRAME', attack: (g) => g.send(answer(), end(), end()) },
    { note: 'more data than credit', code: 'FLOW_CONTROL', attack: (g) => g.send(answer(), ...data(windowBytes + 1)) },
    { note: 'credit that was not used', code: 'FLOW_CONTROL', attack: (g) => g.send(credit(1)) },
    { note: 'the largest credit', code: 'FLOW_CONTROL', attack: (g) => g.send(credit(0xffff_ffff)) },
    { note: 'a credit of nothing', code: 'MALFORMED_FRAME', attack: (g) => g.send(credit(0)) },
    { note: 'a pong that nobody asked for', code: 'UNEXPECTED_FRAME', attack: (g) => g.send(frame('pong', ping)) },
    { note: 'JSON that is none', code: 'MALFORMED_FRAME', attack: (g) => g.send(frame('status', bytes('{"state":'))) },
    { note: 'JSON of great depth', code: 'MALFORMED_FRAME', attack: (g) => g.send(frame('status', bytes('['.repeat(8192)))) },
    {
      note: 'a large head of great depth',
      code: 'MALFORMED_FRAME',
      attack: (g) => g.send(frame('head', bytes('{"headers":'.concat('['.repeat(250_000))), { stream: 1 })),
    },
    { note: 'a flood of pings', code: 'LIMIT_EXCEEDED', attack: (g) => g.repeat(1001, frame('ping', ping)) },
    {
      note: 'a flood of status',
      code: 'LIMIT_EXCEEDED',
      attack: (g) => g.repeat(1001, frame('status', { state: 'ready', reason: '' })),
    },
    { note: 'a flood of goaway', code: 'LIMIT_EXCEEDED', attack: (g) => g.repeat(1001, frame('goaway', { reason: '' })) },
    { note: 'a flood of resets of a closed stream', code: 'LIMIT_EXCEEDED', attack: (g) => g.repeat(20, reset(1)) },
    {
      note: 'a flood of heads for a closed stream',
      code: 'LIMIT_EXCEEDED',
      attack: (g) => g.send(reset(1)) && g.repeat(20, answer()),
    },
    {
      note: 'data on a stream after its own reset',
      code: 'FLOW_CONTROL',
      attack: (g) => g.send(reset(1), frame('data', ping, { stream: 1 })),
    },
    {
      note: 'more late data than the window',
      code: 'FLOW_CONTROL',
      attack: (g) => g.cancel() && g.send(...data(windowBytes + 2)),
    },
    { note: 'a message on an http stream', code: 'UNEXPECTED_FRAME', attack: (g) => g.send(answer(), message(1, 'x')) },
    { note: 'a close on an http stream', code: 'UNEXPECTED_FRAME', attack: (g) => g.send(answer(), close(1)) },
    { note: 'a 101 on an http stream', code: 'UNEXPECTED_FRAME', attack: (g) => g.send(frame('head', upgraded, { stream: 1 })) },
    { note: 'a message before the head', code: 'UNEXPECTED_FRAME', attack: (g) => g.openSocket() && g.send(message(2, 'x')) },
    { note: 'a close before the head', code: 'UNEXPECTED_FRAME', attack: (g) => g.openSocket() && g.send(close(2)) },
    {
      note: 'a message on a refused socket',
      code: 'UNEXPECTED_FRAME',
      attack: (g) => g.openSocket() && g.send(frame('head', head, { stream: 2 }), message(2, 'x')),
    },
    {
      note: 'END on an open socket',
      code: 'UNEXPECTED_FRAME',
      attack: (g) => g.upgrade() && g.send(frame('data', ping, { stream: 2, flags: 1 })),
    },
    {
      note: 'a close within a message',
      code: 'UNEXPECTED_FRAME',
      attack: (g) => g.upgrade() && g.send(frame('data', ping, { stream: 2 }), close(2)),
    },
    { note: 'two closes', code: 'UNEXPECTED_FRAME', attack: (g) => g.upgrade() && g.send(close(2), close(2)) },
    {
      note: 'a message after the close',
      code: 'UNEXPECTED_FRAME',
      attack: (g) => g.upgrade() && g.send(close(2), message(2, 'x')),
    },
    { note: 'a flood of empty messages', code: 'FLOW_CONTROL', attack: (g) => g.upgrade() && g.repeat(8193, message(2, '')) },
    {
      note: 'a message of small frames that is too large',
      code: 'LIMIT_EXCEEDED',
      attack: (g) => g.upgrade() && g.repeat(257, frame('data', new Uint8Array(65_536), { stream: 2 })),
    },
    { note: 'a flood of tiny credits', code: 'LIMIT_EXCEEDED', attack: (g) => g.upload(2000) && g.repeat(1001, credit(1)) },
  ])('$note: $code', ({ code, attack }) => {
    const gateway = new Scripted();
    const neighbour = new Scripted();
    attack(gateway);
    expect(gateway.error?.code).toBe(code);
    expect(gateway.transport.closed?.code).toBe(gateway.error?.closeCode);
    expect(gateway.session.debugState()).toEqual({ state: 'closed', streams: 0, queuedBytes: 0, timers: 0 });
    expect(gateway.clock.timers).toBe(0);
    neighbour.send(answer(), end());
    expect([neighbour.answer.isEnded, neighbour.error]).toEqual([true, undefined]);
  });

  it.each<{ note: string; code: string; message: Uint8Array<ArrayBuffer> }>([
    { note: 'garbage', code: 'MALFORMED_FRAME', message: bytes('GET / HTTP/1.1') },
    { note: 'no hello', code: 'UNEXPECTED_FRAME', message: naiveEncode([frame('ping', ping)]) },
    {
      note: 'a hello of more than 8 KiB',
      code: 'LIMIT_EXCEEDED',
      message: naiveEncode([frame('hello', { ...exampleHello, more: 'x'.repeat(8192) })]),
    },
    {
      note: 'a frame behind the hello',
      code: 'LIMIT_EXCEEDED',
      message: naiveEncode([frame('hello', exampleHello), frame('ping', ping)]),
    },
    { note: 'another version', code: 'UNSUPPORTED_VERSION', message: naiveEncode([frame('hello', { version: 2 })]) },
    {
      note: 'a bad worker id',
      code: 'MALFORMED_FRAME',
      message: naiveEncode([frame('hello', { ...exampleHello, workerId: '../x' })]),
    },
  ])('before welcome, $note: $code', ({ code, message }) => {
    const gateway = new Scripted({ isOpen: false });
    gateway.say(message);
    expect(gateway.error?.code).toBe(code);
    expect(gateway.transport.messages).toEqual([]);
    expect(gateway.clock.timers).toBe(0);
  });

  it('may ping as often as the limit says, again and again', () => {
    const gateway = new Scripted();
    for (let period = 0; period < 5; period++) {
      gateway.repeat(1000, frame('ping', ping));
      gateway.clock.advance(10_000);
    }
    expect(gateway.error).toBe(undefined);
  });

  it('may not bring down the session by frames that crossed a reset', () => {
    const gateway = new Scripted();
    gateway.cancel();
    gateway.send(answer(), ...data(windowBytes), end(), reset(1));
    expect([gateway.error, gateway.answer.head]).toEqual([undefined, undefined]);
  });

  it('costs each stream only once, however fast it resets them', () => {
    const gateway = new Scripted();
    for (let id = 2; id < 2000; id++) {
      gateway.openUnsent();
      gateway.flushes.run();
      gateway.send(reset(id));
    }
    expect([gateway.error, gateway.session.openStreams]).toEqual([undefined, 1]);
  });
});

const ping = new Uint8Array(8);

/** A gateway's session with one stream open, and a test in the worker's place. */
class Scripted {
  readonly transport = new ScriptedTransport();
  readonly clock = new FakeClock();
  readonly flushes = new FlushQueue();
  readonly answer = new RecordedStream();
  error: ProtocolError | undefined;
  readonly session = createGatewaySession(
    { transport: this.transport, clock: this.clock, scheduleFlush: this.flushes.schedule, limits: defaultLimits },
    {
      onHello: () => exampleWelcome,
      onOpen: () => {},
      onStatus: () => {},
      onGoaway: () => {},
      onClose: (error) => {
        this.error = error;
      },
    },
  );
  readonly #stream;

  constructor(options: { isOpen: boolean } = { isOpen: true }) {
    if (!options.isOpen) return;
    this.send(frame('hello', exampleHello));
    this.#stream = this.session.open(exampleRequest, this.answer, { bodyless: false });
    this.flushes.run();
  }

  say(message: Uint8Array<ArrayBuffer>): true {
    this.session.receive(message);
    return true;
  }

  send(...frames: NaiveFrame[]): true {
    return this.say(naiveEncode(frames));
  }

  /** The frame many times, each in a message of its own. */
  repeat(count: number, single: NaiveFrame): true {
    const message = naiveEncode([single]);
    for (let index = 0; index < count; index++) this.say(message);
    return true;
  }

  /** Opens a websocket stream with id 2. */
  openSocket(): true {
    this.session.openSocket(exampleRequest, new RecordedSocket());
    this.flushes.run();
    return true;
  }

  upgrade(): true {
    return this.openSocket() && this.send(frame('head', upgraded, { stream: 2 }));
  }

  openUnsent(): true {
    this.session.open(exampleRequest, new RecordedStream(), { bodyless: true });
    return true;
  }

  upload(byteCount: number): true {
    this.#stream?.write(new Uint8Array(byteCount));
    this.flushes.run();
    return true;
  }

  cancel(): true {
    this.#stream?.reset(new StreamError('CANCELLED', 'the client has gone', { sentUpstream: true }));
    return true;
  }
}

function frame(name: FrameName, content: object, options: { stream?: number; flags?: number } = {}): NaiveFrame {
  const payload = content instanceof Uint8Array ? Uint8Array.from(content) : bytes(JSON.stringify(content));
  return { type: frameRules[name].type, flags: options.flags ?? 0, stream: options.stream ?? 0, payload };
}

function answer(): NaiveFrame {
  return frame('head', head, { stream: 1 });
}

function message(stream: number, text: string): NaiveFrame {
  return frame('data', bytes(text), { stream, flags: 6 });
}

function close(stream: number): NaiveFrame {
  return frame('close', { code: 1000, reason: '' }, { stream });
}

function end(): NaiveFrame {
  return frame('data', new Uint8Array(0), { stream: 1, flags: 1 });
}

function reset(stream: number): NaiveFrame {
  return frame('reset', { code: 'UPSTREAM_CUT', message: '', sentUpstream: true }, { stream });
}

function credit(byteCount: number): NaiveFrame {
  const payload = new Uint8Array(4);
  new DataView(payload.buffer).setUint32(0, byteCount);
  return frame('credit', payload, { stream: 1 });
}

/** So many bytes of data for stream 1, in frames of the largest size. */
function data(byteCount: number): NaiveFrame[] {
  const frames: NaiveFrame[] = [];
  for (let rest = byteCount; rest > 0; rest -= defaultLimits.maxDataBytes) {
    frames.push(frame('data', new Uint8Array(Math.min(rest, defaultLimits.maxDataBytes)), { stream: 1 }));
  }
  return frames;
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
