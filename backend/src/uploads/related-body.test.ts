import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRelatedBody } from './related-body.ts';

const boundary = 'b0';

async function* cutAt(whole: Buffer<ArrayBuffer>, places: readonly number[]): AsyncGenerator<Buffer<ArrayBuffer>> {
  let from = 0;
  for (const place of [...places].sort((a, b) => a - b)) {
    yield whole.subarray(from, place);
    from = place;
  }
  yield whole.subarray(from);
}

async function read(whole: Buffer<ArrayBuffer>, places: readonly number[] = []) {
  const { metadata, contentType, file } = await readRelatedBody(cutAt(whole, places), boundary);
  const pieces: Uint8Array[] = [];
  for await (const piece of file) pieces.push(piece);
  return { metadata: Buffer.from(metadata).toString(), contentType, file: Buffer.concat(pieces) };
}

function body(
  file: Uint8Array,
  { preamble = '', epilogue = '\r\n', head = '\r\nContent-Type: image/png\r\n' } = {},
): Buffer<ArrayBuffer> {
  return Buffer.concat([
    Buffer.from(`${preamble}--b0\r\ncontent-type: application/json\r\n\r\n{"file":{}}\r\n--b0${head}\r\n`),
    file,
    Buffer.from(`\r\n--b0--${epilogue}`),
  ]);
}

describe('readRelatedBody', () => {
  it('finds metadata and file wherever the pieces are cut, even where the file looks like a boundary', async () => {
    const letters = fc.constantFrom('\r', '\n', '\r\n', '-', '--', 'b', '0', 'b0', '\r\n--', '\r\n--b', 'x');
    const files = fc.array(letters, { maxLength: 40 }).map((parts) => Buffer.from(parts.join('')));
    const isInnocent = (file: Buffer) => !Buffer.concat([Buffer.from('\r\n'), file, Buffer.from('\r')]).includes('\r\n--b0');
    await fc.assert(
      fc.asyncProperty(files.filter(isInnocent), fc.array(fc.nat(120), { maxLength: 30 }), async (file, places) => {
        const whole = body(file);
        const result = await read(
          whole,
          places.map((place) => Math.min(place, whole.length)),
        );
        expect(result).toEqual({ metadata: '{"file":{}}', contentType: 'image/png', file });
      }),
    );
  });

  it.each([
    ['an empty file', body(Buffer.alloc(0)), ''],
    ['a preamble', body(Buffer.from('x'), { preamble: 'Hello\r\n' }), 'x'],
    ['an epilogue', body(Buffer.from('x'), { epilogue: '\r\nBye\r\n--b0' }), 'x'],
    ['no line end at its end', body(Buffer.from('x'), { epilogue: '' }), 'x'],
    ['blanks behind a boundary', body(Buffer.from('x'), { head: '  \r\nContent-Type: image/png\r\n' }), 'x'],
  ])('takes %s', async (_what, whole, file) => {
    expect((await read(whole)).file.toString()).toBe(file);
  });

  it('takes a file without a type', async () => {
    expect(await read(body(Buffer.from('x'), { head: '\r\n' }))).toMatchObject({ contentType: undefined });
  });

  it.each([
    ['nothing', ''],
    ['no boundary', 'hello'],
    ['one part', '--b0\r\n\r\n{}\r\n--b0--'],
    ['three parts', '--b0\r\n\r\n{}\r\n--b0\r\n\r\nx\r\n--b0\r\n\r\ny\r\n--b0--'],
    ['no end', '--b0\r\n\r\n{}\r\n--b0\r\n\r\nx'],
    ['a long head', `--b0\r\nx: ${'y'.repeat(20_000)}\r\n\r\n{}`],
    ['long metadata', `--b0\r\n\r\n${'y'.repeat(70_000)}\r\n--b0`],
  ])('refuses %s', async (_what, text) => {
    await expect(read(Buffer.from(text), [5])).rejects.toMatchObject({ reason: 'UPLOAD_PROTOCOL_VIOLATION' });
  });
});
