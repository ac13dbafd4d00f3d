/** A frame taken apart, as a vector or a test writes it. */
export interface NaiveFrame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** Writes frames into a message in the plainest way: what the real codec is compared with. It checks nothing, so it writes wrong ones too. */
export function naiveEncode(frames: readonly NaiveFrame[]): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (const frame of frames) {
    const header = new DataView(new ArrayBuffer(10));
    header.setUint8(0, frame.type);
    header.setUint8(1, frame.flags);
    header.setUint32(2, frame.stream, false);
    header.setUint32(6, frame.payload.length, false);
    for (let index = 0; index < 10; index++) bytes.push(header.getUint8(index));
    for (const byte of frame.payload) bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/** Takes a message apart. Throws `RangeError` when it ends within a frame. */
export function naiveDecode(message: Uint8Array<ArrayBuffer>): NaiveFrame[] {
  const frames: NaiveFrame[] = [];
  let rest = message.slice();
  while (rest.length > 0) {
    const header = new DataView(rest.buffer, rest.byteOffset, 10);
    const length = header.getUint32(6, false);
    if (rest.length < 10 + length) throw new RangeError('the message ends within a frame');
    frames.push({
      type: header.getUint8(0),
      flags: header.getUint8(1),
      stream: header.getUint32(2, false),
      payload: rest.slice(10, 10 + length),
    });
    rest = rest.slice(10 + length);
  }
  return frames;
}
