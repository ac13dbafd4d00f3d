/** How deep objects and arrays may nest in text that only the lenient grammar accepts; the service's own limit. */
export const MAX_LENIENT_JSON_DEPTH = 100;

/** The service's complaint about a body, word for word, with the place in the text. */
export class MalformedJsonError extends Error {
  override readonly name = 'MalformedJsonError';
  readonly position: number;

  constructor(message: string, position: number) {
    super(`Invalid JSON payload received. ${message}`);
    this.position = position;
  }
}

/**
 * Reads JSON as leniently as the service does: single-quoted strings, bare keys, trailing commas, any escaped character and
 * raw control characters in strings are accepted. Throws `MalformedJsonError` and nothing else.
 */
export function parseLenientJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return new LenientJsonParser(text).parse();
  }
}

const CONTEXT_LENGTH = 20;
const WHITESPACE = /[ \t\n\v\f\r]*/y;
const BARE_KEY = /[A-Za-z_$][A-Za-z0-9_$]*/y;
const NUMBER = /[0-9.eE+x-]+/y;
const PLAIN_TEXT = { '"': /[^"\\]*/y, "'": /[^'\\]*/y } as const;
const KEYWORDS: Readonly<Record<string, unknown>> = { true: true, false: false, null: null };
const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** The lenient grammar alone; `parseLenientJson` asks it only where `JSON.parse` refuses. */
export class LenientJsonParser {
  readonly #text: string;
  #position = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): unknown {
    const value = this.#value('Expected a value.');
    this.#take(WHITESPACE);
    if (this.#position < this.#text.length) throw this.#failure('Parsing terminated before end of input.');
    return value;
  }

  #value(expectation: string): unknown {
    const next = this.#peek();
    if (next === '{') return this.#nested(() => this.#object());
    if (next === '[') return this.#nested(() => this.#array());
    if (next === '"' || next === "'") return this.#string(next);
    if (next === '-' || (next >= '0' && next <= '9')) return this.#number();
    if (next === '') throw this.#endOfText(expectation);
    const word = Object.keys(KEYWORDS).find((keyword) => this.#text.startsWith(keyword, this.#position));
    if (word === undefined) throw this.#failure(this.#isToken(next) ? 'Unexpected token.' : expectation);
    this.#position += word.length;
    return KEYWORDS[word];
  }

  #object(): unknown {
    const members: [string, unknown][] = [];
    for (;;) {
      const next = this.#peek();
      if (next === '}') break;
      if (next === '') throw this.#endOfText('Expected an object key or }.');
      const key = next === '"' || next === "'" ? this.#string(next) : this.#bareKey();
      this.#expect(':', 'Expected : between key:value pair.');
      members.push([key, this.#value('Expected a value.')]);
      if (this.#peek() === '}') break;
      this.#expect(',', 'Expected , or } after key:value pair.');
    }
    this.#position += 1;
    return Object.fromEntries(members);
  }

  #array(): unknown {
    const elements: unknown[] = [];
    for (;;) {
      if (this.#peek() === ']') break;
      elements.push(this.#value('Expected a value or ] within an array.'));
      if (this.#peek() === ']') break;
      this.#expect(',', 'Expected , or ] after array value.');
    }
    this.#position += 1;
    return elements;
  }

  #nested(read: () => unknown): unknown {
    this.#depth += 1;
    if (this.#depth > MAX_LENIENT_JSON_DEPTH) {
      throw new MalformedJsonError("Message too deep. Max recursion depth reached for key ''", this.#position);
    }
    this.#position += 1;
    const value = read();
    this.#depth -= 1;
    return value;
  }

  #bareKey(): string {
    const key = this.#take(BARE_KEY);
    if (key === '' || key in KEYWORDS) throw this.#failure('Expected an object key or }.');
    return key;
  }

  #string(quote: '"' | "'"): string {
    this.#position += 1;
    let text = '';
    for (;;) {
      text += this.#take(PLAIN_TEXT[quote]);
      const next = this.#text[this.#position];
      if (next === quote) break;
      const escaped = this.#text[this.#position + 1];
      if (escaped === undefined) throw this.#failure('Closing quote expected in string.');
      text += escaped === 'u' ? this.#unicodeEscape() : (ESCAPES[escaped] ?? escaped);
      this.#position += 2;
    }
    this.#position += 1;
    return text;
  }

  #unicodeEscape(): string {
    const digits = this.#text.slice(this.#position + 2, this.#position + 6);
    if (digits.length < 4) throw this.#failure('Illegal hex string.');
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#failure('Invalid escape sequence.');
    this.#position += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  #number(): number {
    const start = this.#position;
    const text = this.#take(NUMBER);
    const digits = text.startsWith('-') ? text.slice(1) : text;
    const isOctalOrHex = digits.length > 1 && digits.startsWith('0') && !/[.eE]/.test(digits);
    const value = text.includes('x') ? Number.NaN : Number(text);
    if (!isOctalOrHex && !Number.isNaN(value)) return value;
    this.#position = start;
    throw this.#failure(isOctalOrHex ? 'Octal/hex numbers are not valid JSON values.' : 'Unable to parse number.');
  }

  #expect(character: string, complaint: string): void {
    const next = this.#peek();
    if (next === '') throw this.#endOfText(complaint);
    if (next !== character) throw this.#failure(complaint);
    this.#position += 1;
  }

  /** The next character that is not white space; empty at the end. */
  #peek(): string {
    this.#take(WHITESPACE);
    return this.#text[this.#position] ?? '';
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#position;
    const taken = pattern.exec(this.#text)?.[0] ?? '';
    this.#position += taken.length;
    return taken;
  }

  #isToken(character: string): boolean {
    return /[}\]:,A-Za-z_$]/.test(character);
  }

  #endOfText(expectation: string): MalformedJsonError {
    return this.#failure(`Unexpected end of string. ${expectation}`);
  }

  #failure(message: string): MalformedJsonError {
    const start = Math.max(0, this.#position - CONTEXT_LENGTH);
    const snippet = this.#text.slice(start, this.#position + CONTEXT_LENGTH);
    return new MalformedJsonError(`${message}\n${snippet}\n${' '.repeat(this.#position - start)}^`, this.#position);
  }
}
