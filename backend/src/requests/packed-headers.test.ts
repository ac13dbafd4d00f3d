import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packed, unpacked } from './packed-headers.ts';

const anyName = fc.stringMatching(/^[a-z0-9!#$%&'*+.^_`|~-]{1,20}$/);
const anyValue = fc.string({ unit: 'binary' }).map((text) => text.replace(/[\0\r\n]/g, ''));
const anyHeaders = fc.array(fc.tuple(anyName, anyValue));

describe('packed headers', () => {
  it('are the same lists when they are unpacked', () => {
    fc.assert(
      fc.property(anyHeaders, anyHeaders, (request, answer) => {
        expect(unpacked(packed({ request, answer }))).toEqual({ request, answer });
      }),
    );
  });

  it('are packed once', () => {
    const lines = packed({ request: [['a', '']], answer: [] });
    expect(packed(lines)).toBe(lines);
  });
});
