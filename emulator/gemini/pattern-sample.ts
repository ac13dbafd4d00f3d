/**
 * Makes a text that matches a regular expression, for the everyday part of the grammar: literals, classes, groups,
 * alternatives and quantifiers. Returns undefined for the rest; what is returned has been checked against the expression.
 */
export function samplePattern(pattern: string): string | undefined {
  try {
    const text = new PatternSampler(pattern).alternatives();
    return new RegExp(pattern, 'u').test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

const CLASSES: Readonly<Record<string, string>> = {
  d: '0',
  w: 'a',
  s: ' ',
  D: 'a',
  W: '-',
  S: 'a',
  n: '\n',
  t: '\t',
  b: '',
  B: '',
};
/** What a negated class is tried with. */
const CANDIDATES = 'aA0-_ .é';

class PatternSampler {
  readonly #pattern: string;
  #position = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  /** Takes the first alternative and skips the others. */
  alternatives(): string {
    const first = this.#sequence();
    while (this.#accept('|')) this.#sequence();
    return first;
  }

  #sequence(): string {
    let text = '';
    for (;;) {
      const next = this.#pattern[this.#position];
      if (next === undefined || next === '|' || next === ')') return text;
      const atom = this.#atom(next);
      text += atom.repeat(this.#leastCount());
    }
  }

  #atom(next: string): string {
    if (next === '[') return this.#class();
    this.#position += 1;
    if (next === '^' || next === '$') return '';
    if (next === '.') return 'a';
    if (next === '\\') return this.#escape();
    if (next !== '(') return next;
    const isUnsupported = /^\?(?!:|<[A-Za-z])/.test(this.#pattern.slice(this.#position));
    if (isUnsupported) throw new SyntaxError('look-around is not sampled');
    this.#position += /^(?:\?:|\?<\w+>)?/.exec(this.#pattern.slice(this.#position))?.[0].length ?? 0;
    const text = this.alternatives();
    this.#position += 1;
    return text;
  }

  #escape(): string {
    const escaped = this.#pattern[this.#position] ?? '';
    this.#position += 1;
    return CLASSES[escaped] ?? escaped;
  }

  /** Lets the engine say which character is in the class. */
  #class(): string {
    const source = /^\[(?:\\.|[^\]\\])*\]/.exec(this.#pattern.slice(this.#position))?.[0];
    if (source === undefined) throw new SyntaxError('the class is not closed');
    this.#position += source.length;
    const expression = new RegExp(source, 'u');
    const candidates = source.startsWith('[^') ? CANDIDATES : `${CANDIDATES}${source.slice(1)}`;
    const found = [...candidates].find((character) => expression.test(character));
    if (found === undefined) throw new SyntaxError('the class is not sampled');
    return found;
  }

  /** Reads a quantifier and returns the least number of copies that it allows. */
  #leastCount(): number {
    const quantifier = /^(?:[*+?]|\{(\d+)(?:,\d*)?\})\??/.exec(this.#pattern.slice(this.#position));
    if (quantifier === null) return 1;
    this.#position += quantifier[0].length;
    if (quantifier[1] !== undefined) return Number(quantifier[1]);
    return quantifier[0].startsWith('+') ? 1 : 0;
  }

  #accept(character: string): boolean {
    if (this.#pattern[this.#position] !== character) return false;
    this.#position += 1;
    return true;
  }
}
