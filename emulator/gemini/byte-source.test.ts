import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillPseudoRandom } from './byte-source.ts';

function bytesOf(seed: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  fillPseudoRandom(bytes, seed, offset);
  return bytes;
}

describe('fillPseudoRandom', () => {
  it('gives the same bytes however they are cut', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.nat(23)), (seed, lengths) => {
        let offset = 0;
        const pieces = lengths.map((length) => {
          const piece = bytesOf(seed, offset, length);
          offset += length;
          return piece;
        });
        expect(Buffer.concat(pieces).equals(bytesOf(seed, 0, offset))).toBe(true);
      }),
    );
  });

  it('differs by seed and uses every byte value', () => {
    expect(bytesOf(1, 0, 64)).not.toEqual(bytesOf(2, 0, 64));
    expect(new Set(bytesOf(1, 0, 65_536)).size).toBe(256);
  });
});
