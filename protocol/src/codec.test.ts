import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type NaiveFrame, naiveDecode, naiveEncode } from '../testing/index.ts';
import { decodeMessage, encodeCreditFrame, encodeFrame, encodeJsonFrame, readCredit } from './codec.ts';
import { ProtocolError } from './errors.ts';
import { type FrameName, type FrameRule, type FrameType, frameRules } from './frame.ts';
import { defaultLimits } from './limits.ts';
import {
  parseClose,
  parseGoaway,
  parseHello,
  parseHold,
  parseRequestHead,
  parseReset,
  parseResponseHead,
  parseStatus,
  parseWelcome,
} from './parse-messages.ts';

interface ValidMessage {
  note: string;
  hex: string;
  frames: { type: FrameName; flags: number; stream: number; payload: string }[];
}
interface InvalidMessage {
  note: string;
  hex: string;
  error: string;
}
interface InvalidPayload {
  note: string;
  frame: keyof typeof parsers;
  payload: string;
  error: string;
  message: string;
}

const parsers = {
  hello: parseHello,
  welcome: parseWelcome,
  goaway: parseGoaway,
  status: parseStatus,
  hold: parseHold,
  open: parseRequestHead,
  head: parseResponseHead,
  credit: readCredit,
  reset: parseReset,
  close: parseClose,
};

describe('the codec', () => {
  it.each(readVectors<ValidMessage>('valid-messages'))('reads $note', ({ hex, frames }) => {
    expect(decode(fromHex(hex)).map(toHex)).toEqual(frames.map((frame) => ({ ...frame, type: frameRules[frame.type].type })));
  });

  it.each(readVectors<ValidMessage>('valid-messages'))('writes $note', ({ hex, frames }) => {
    const message = frames.map((frame) =>
      encodeFrame(frameRules[frame.type].type, frame.flags, frame.stream, fromHex(frame.payload)),
    );
    expect(message.map((frame) => Buffer.from(frame).toString('hex')).join('')).toBe(hex);
  });

  it('writes JSON frames as any others, however long, and leaves those before as they are', () => {
    const { type } = frameRules.status;
    const reasons = [
      '',
      'plain',
      'Zwölf 🦆 ünd\n"mehr"',
      'x'.repeat(70_000),
      '雪'.repeat(30_000),
      ...Array<string>(300).fill('é'.repeat(200)),
    ];
    const written = reasons.map((reason) => encodeJsonFrame(type, 0, 0, { reason }));
    const expected = reasons.map((reason) => encodeFrame(type, 0, 0, Buffer.from(JSON.stringify({ reason }))));
    expect(written.every((frame, index) => Buffer.from(frame).equals(expected[index] ?? new Uint8Array(0)))).toBe(true);
  });

  it.each(readVectors<InvalidMessage>('invalid-messages'))('rejects $note with $error', ({ hex, error }) => {
    expect(() => decode(fromHex(hex))).toThrow(expect.objectContaining({ name: 'ProtocolError', code: error }));
  });

  it.each(readVectors<InvalidPayload>('invalid-payloads'))(
    'rejects $note in $frame with $error',
    ({ frame, payload, error, message }) => {
      expect(() => parsers[frame](fromHex(payload))).toThrow(
        expect.objectContaining({ name: 'ProtocolError', code: error, message }),
      );
    },
  );

  it('hands out views into the message', () => {
    const message = encodeFrame(frameRules.data.type, 0, 1, Uint8Array.of(1, 2, 3));
    expect(decode(message)[0]?.payload.buffer).toBe(message.buffer);
  });

  it('reads a message that is itself a view', () => {
    const frame = encodeFrame(frameRules.data.type, 0, 1, Uint8Array.of(1, 2, 3));
    const outer = new Uint8Array(frame.byteLength + 20);
    outer.set(frame, 13);
    expect([...(decode(outer.subarray(13, 13 + frame.byteLength))[0]?.payload ?? [])]).toEqual([1, 2, 3]);
  });

  it('stops when the sink wants no more', () => {
    const frame = encodeFrame(frameRules.data.type, 0, 1, Uint8Array.of(1));
    let count = 0;
    decodeMessage(Uint8Array.of(...frame, ...frame, 99), defaultLimits, {
      onFrame: () => {
        count++;
        return false;
      },
    });
    expect(count).toBe(1);
  });

  it('bounds the bytes and the frames of a message', () => {
    const frame = encodeCreditFrame(1, 5);
    const limits = { ...defaultLimits, maxFramesPerMessage: 2 };
    const sink = { onFrame: () => true };
    decodeMessage(Uint8Array.of(...frame, ...frame), limits, sink);
    expect(() => decodeMessage(Uint8Array.of(...frame, ...frame, ...frame), limits, sink)).toThrow('more than 2 frames');
    expect(() => decodeMessage(new Uint8Array(defaultLimits.maxMessageBytes + 1), defaultLimits, sink)).toThrow('the limit is');
  });

  it('reads what the naive codec writes, and writes what it reads', () => {
    fc.assert(
      fc.property(fc.array(anyFrame(), { minLength: 1, maxLength: 20 }), (frames) => {
        const message = naiveEncode(frames);
        expect(decode(message).map(toHex)).toEqual(frames.map(toHex));
        const written = frames.map((frame) => encodeFrame(frame.type, frame.flags, frame.stream, frame.payload));
        expect(naiveDecode(naiveEncode(written.flatMap(naiveDecode))).map(toHex)).toEqual(frames.map(toHex));
        expect(Buffer.concat(written).equals(message)).toBe(true);
      }),
    );
  });

  it('answers garbage with a typed error or with frames that the naive codec finds too', () => {
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .tuple(fc.array(anyFrame(), { minLength: 1, maxLength: 4 }), fc.nat(), fc.nat({ max: 255 }))
        .map(([frames, position, byte]) => {
          const message = naiveEncode(frames);
          message[position % message.byteLength] = byte;
          return message;
        }),
    );
    fc.assert(
      fc.property(garbage, (bytes) => {
        const message = Uint8Array.from(bytes);
        try {
          expect(decode(message).map(toHex)).toEqual(naiveDecode(message).map(toHex));
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('answers any payload with a value or a typed error', () => {
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.json().map((text) => new TextEncoder().encode(text)),
    );
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(parsers)), payload, (parse, bytes) => {
        try {
          parse(Uint8Array.from(parse === readCredit ? [...bytes, 0, 0, 0, 0].slice(0, 4) : bytes));
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});

interface Frame extends NaiveFrame {
  readonly type: FrameType;
}

function decode(message: Uint8Array<ArrayBuffer>): Frame[] {
  const frames: Frame[] = [];
  decodeMessage(message, defaultLimits, {
    onFrame: (type, flags, stream, payload) => {
      frames.push({ type, flags, stream, payload });
      return true;
    },
  });
  return frames;
}

function anyFrame(): fc.Arbitrary<Frame> {
  return fc.constantFrom(...Object.values(frameRules)).chain((rule: FrameRule & { type: FrameType }) => {
    const [minLength, maxLength] = typeof rule.length === 'number' ? [rule.length, rule.length] : [1, 300];
    return fc.record({
      type: fc.constant(rule.type),
      flags: fc.constantFrom(...rule.flags),
      stream: rule.scope === 'session' ? fc.constant(0) : fc.integer({ min: 1, max: 0xffff_ffff }),
      payload: fc.uint8Array({ minLength, maxLength }).map((bytes) => Uint8Array.from(bytes)),
    });
  });
}

function toHex(frame: NaiveFrame): object {
  return { ...frame, payload: Buffer.from(frame.payload).toString('hex') };
}

function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

function readVectors<Vector>(name: string): Vector[] {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8'));
}
