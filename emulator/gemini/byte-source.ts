/** Fills a buffer with the pseudo-random bytes that stand at `offset` in the endless sequence of `seed`. */
export function fillPseudoRandom(target: Uint8Array, seed: number, offset: number): void {
  let index = 0;
  const end = target.byteLength;
  while (index < end) {
    const position = offset + index;
    const shift = position % 4;
    let word = wordAt(seed, (position - shift) / 4) >>> (8 * shift);
    for (let lane = shift; lane < 4 && index < end; lane += 1) {
      target[index] = word & 0xff;
      word >>>= 8;
      index += 1;
    }
  }
}

/** Each word is made of its place alone, so the bytes do not depend on how they are cut into chunks. */
function wordAt(seed: number, index: number): number {
  let word = (Math.imul(index, 0x9e3779b9) + seed) | 0;
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16)) >>> 0;
}
