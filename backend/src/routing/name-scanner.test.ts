import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NameScanner } from './name-scanner.ts';

function scan(body: Uint8Array, pieceBytes: number): readonly string[] {
  const scanner = new NameScanner();
  for (let start = 0; start < body.length; start += pieceBytes) scanner.push(body.subarray(start, start + pieceBytes));
  return scanner.finish();
}

describe('NameScanner', () => {
  it('finds names wherever the body is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(150_000), { maxLength: 5 }), fc.integer({ min: 1, max: 80_000 }), (gaps, pieceBytes) => {
        const parts = gaps.map((gap, index) => ({ text: 'x'.repeat(gap), fileUri: `https://host/v1beta/files/f${index}` }));
        const body = Buffer.from(JSON.stringify({ contents: [{ parts }], cachedContent: 'cachedContents/c' }));
        const expected = [...gaps.map((_, index) => `files/f${index}`), 'cachedContents/c'];
        expect([...scan(body, pieceBytes)].sort()).toEqual(expected.sort());
      }),
      { numRuns: 30 },
    );
  });

  it('finds nothing in nothing', () => {
    expect(scan(new Uint8Array(0), 10)).toEqual([]);
  });
});
