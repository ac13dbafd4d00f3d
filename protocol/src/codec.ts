import { ProtocolError } from './errors.ts';
import { type FrameName, type FrameRule, type FrameType, frameHeaderBytes, frameRules } from './frame.ts';
import type { SessionLimits } from './limits.ts';

/** Takes the frames of a message one by one. */
export interface FrameSink {
  /** The payload is a view into the message. Returns false when the rest of the message is not wanted. */
  onFrame(type: FrameType, flags: number, stream: number, payload: Uint8Array<ArrayBuffer>): boolean;
}

/**
 * Hands the frames of a message to the sink, in order, each checked against the frame table and the limits.
 * Throws `ProtocolError` at the first that is wrong; those before it have been handed over.
 */
export function decodeMessage(message: Uint8Array<ArrayBuffer>, limits: SessionLimits, sink: FrameSink): void {
  const end = message.byteLength;
  if (end > limits.maxMessageBytes) {
    throw new ProtocolError('LIMIT_EXCEEDED', `a message of ${end} bytes; the limit is ${limits.maxMessageBytes}`);
  }
  if (end === 0) throw new ProtocolError('MALFORMED_FRAME', 'a message without a frame');
  const view = new DataView(message.buffer, message.byteOffset, end);
  let offset = 0;
  for (let count = 1; offset < end; count++) {
    const payloadStart = offset + frameHeaderBytes;
    if (payloadStart > end) throw new ProtocolError('MALFORMED_FRAME', 'a message ends within a frame header');
    const type = view.getUint8(offset);
    const flags = view.getUint8(offset + 1);
    const stream = view.getUint32(offset + 2);
    const length = view.getUint32(offset + 6);
    const frame = ruleOf(type);
    checkFrame(frame, flags, stream, length, limits);
    const payloadEnd = payloadStart + length;
    if (payloadEnd > end)
      throw new ProtocolError('MALFORMED_FRAME', `${frame.name}: the payload goes past the end of its message`);
    if (payloadEnd < end && count >= limits.maxFramesPerMessage) {
      throw new ProtocolError('LIMIT_EXCEEDED', `more than ${limits.maxFramesPerMessage} frames in a message`);
    }
    if (!sink.onFrame(frame.rule.type, flags, stream, message.subarray(payloadStart, payloadEnd))) return;
    offset = payloadEnd;
  }
}

/** Writes a frame's header; the payload follows at the returned offset. */
export function writeFrameHeader(
  view: DataView,
  offset: number,
  type: FrameType,
  flags: number,
  stream: number,
  length: number,
): number {
  view.setUint8(offset, type);
  view.setUint8(offset + 1, flags);
  view.setUint32(offset + 2, stream);
  view.setUint32(offset + 6, length);
  return offset + frameHeaderBytes;
}

/** A whole frame in bytes of its own. */
export function encodeFrame(type: FrameType, flags: number, stream: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(frameHeaderBytes + payload.byteLength);
  writeFrameHeader(new DataView(frame.buffer), 0, type, flags, stream, payload.byteLength);
  frame.set(payload, frameHeaderBytes);
  return frame;
}

const encoder = new TextEncoder();
/** JSON frames share slabs: a buffer of its own would cost each more than all else about it. */
const slabBytes = 64 * 1024;
let slab = new DataView(new ArrayBuffer(slabBytes));
let slabOffset = 0;

/** A whole frame whose payload is JSON. */
export function encodeJsonFrame(type: FrameType, flags: number, stream: number, value: object): Uint8Array<ArrayBuffer> {
  const text = JSON.stringify(value);
  // A UTF-16 unit is at most three bytes of UTF-8.
  const maxBytes = frameHeaderBytes + 3 * text.length;
  if (maxBytes > slab.byteLength - slabOffset) {
    slab = new DataView(new ArrayBuffer(Math.max(slabBytes, maxBytes)));
    slabOffset = 0;
  }
  const start = slabOffset;
  const { written: length } = encoder.encodeInto(text, new Uint8Array(slab.buffer, start + frameHeaderBytes));
  slabOffset = writeFrameHeader(slab, start, type, flags, stream, length) + length;
  return new Uint8Array(slab.buffer, start, frameHeaderBytes + length);
}

/** A `credit` frame for `byteCount` bytes. */
export function encodeCreditFrame(stream: number, byteCount: number): Uint8Array<ArrayBuffer> {
  const payload = Uint8Array.of(byteCount >> 24, byteCount >> 16, byteCount >> 8, byteCount);
  return encodeFrame(frameRules.credit.type, 0, stream, payload);
}

/** An `ack` frame for so many messages. */
export function encodeAckFrame(messageCount: number): Uint8Array<ArrayBuffer> {
  const payload = new DataView(new ArrayBuffer(8));
  payload.setBigUint64(0, BigInt(messageCount));
  return encodeFrame(frameRules.ack.type, 0, 0, new Uint8Array(payload.buffer));
}

/** A count of messages. One that no number holds exactly is larger than any that can be right. */
export function readAck(payload: Uint8Array<ArrayBuffer>): number {
  return Number(new DataView(payload.buffer, payload.byteOffset, 8).getBigUint64(0));
}

/** Bytes, at least one. */
export function readCredit(payload: Uint8Array<ArrayBuffer>): number {
  const byteCount = new DataView(payload.buffer, payload.byteOffset, 4).getUint32(0);
  if (byteCount === 0) throw new ProtocolError('MALFORMED_FRAME', 'credit: no bytes');
  return byteCount;
}

interface NamedRule {
  readonly name: FrameName;
  readonly rule: (typeof frameRules)[FrameName];
}

const namedRules: (NamedRule | undefined)[] = [];
for (const name of Object.keys(frameRules).filter(isFrameName)) {
  const rule = frameRules[name];
  namedRules[rule.type] = { name, rule };
}

function isFrameName(text: string): text is FrameName {
  return Object.hasOwn(frameRules, text);
}

function ruleOf(type: number): NamedRule {
  const frame = namedRules[type];
  if (frame === undefined) throw new ProtocolError('MALFORMED_FRAME', `unknown frame type ${type}`);
  return frame;
}

function checkFrame(frame: NamedRule, flags: number, stream: number, length: number, limits: SessionLimits): void {
  const rule: FrameRule = frame.rule;
  if (!rule.flags.includes(flags)) throw new ProtocolError('MALFORMED_FRAME', `${frame.name}: may not have flags ${flags}`);
  if ((stream === 0) !== (rule.scope === 'session')) {
    throw new ProtocolError('MALFORMED_FRAME', `${frame.name}: may not have stream ${stream}`);
  }
  if (typeof rule.length === 'number') {
    if (length !== rule.length)
      throw new ProtocolError('MALFORMED_FRAME', `${frame.name}: ${length} bytes instead of ${rule.length}`);
    return;
  }
  const limit = limits[rule.length];
  if (length > limit) throw new ProtocolError('LIMIT_EXCEEDED', `${frame.name}: ${length} bytes; the limit is ${limit}`);
  // An empty piece that ends nothing costs its sender no credit: without this rule it could send them without end.
  if (length === 0 && rule.payload === 'bytes' && flags === 0) {
    throw new ProtocolError('MALFORMED_FRAME', `${frame.name}: neither bytes nor an end`);
  }
}
