/** Numbers that look random and are the same for the same seed. */
export interface SeededRandom {
  /** At least 0, less than 1. */
  next(): number;
  /** A whole number, both ends included. */
  between(least: number, most: number): number;
  /** One of the values, which must not be none. */
  pick<Value>(values: readonly Value[]): Value;
  /** A generator of its own: what is taken from it does not change what follows here. */
  fork(): SeededRandom;
}

/** Mulberry32: small, quick, and even enough for choosing what to try next. */
export function createSeededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const nextWord = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return (word ^ (word >>> 14)) >>> 0;
  };
  const next = () => nextWord() / 2 ** 32;
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    between,
    pick: (values) => {
      const value = values[between(0, values.length - 1)];
      if (value === undefined) throw new RangeError('Nothing to pick from.');
      return value;
    },
    fork: () => createSeededRandom(nextWord()),
  };
}
