import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundaryOf, MultipartParser } from './multipart-related.ts';

function parse(chunks: readonly Buffer[], boundary = 'b') {
  const parts: { type: string | undefined; bytes: string }[] = [];
  const parser = new MultipartParser(boundary, {
    onPart: (headers) => parts.push({ type: headers.get('content-type'), bytes: '' }),
    onBytes: (bytes) => {
      const part = parts.at(-1);
      if (part !== undefined) part.bytes += bytes.toString('latin1');
    },
  });
  for (const chunk of chunks) parser.update(chunk);
  parser.end();
  return parts;
}

const body = (content: string) =>
  Buffer.from(
    `--b\r\nContent-Type: application/json\r\n\r\n{}\r\n--b\r\ncontent-type: x/y\r\n\r\n${content}\r\n--b--\r\n`,
    'latin1',
  );

describe('MultipartParser', () => {
  it('finds the parts, however the body is cut', () => {
    const content = fc.array(fc.constantFrom('\r', '\n', '-', '--', '\r\n--', 'a', '\0')).map((parts) => parts.join(''));
    fc.assert(
      fc.property(content, fc.integer({ min: 1, max: 7 }), (text, size) => {
        const whole = body(text);
        const chunks: Buffer[] = [];
        for (let start = 0; start < whole.byteLength; start += size) chunks.push(whole.subarray(start, start + size));
        expect(parse(chunks)).toEqual([
          { type: 'application/json', bytes: '{}' },
          { type: 'x/y', bytes: text },
        ]);
      }),
    );
  });

  it('complains about a body that ends early', () => {
    expect(() => parse([body('abc').subarray(0, -8)])).toThrow('Malformed multipart body.');
  });
});

describe('boundaryOf', () => {
  it.each([
    ['multipart/related; boundary=abc', 'abc'],
    ['multipart/related; type="application/json"; boundary="a b"', 'a b'],
    ['application/json', undefined],
    [undefined, undefined],
  ])('reads %s', (contentType, boundary) => {
    expect(boundaryOf(contentType)).toBe(boundary);
  });
});
