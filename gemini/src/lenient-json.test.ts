import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LenientJsonParser, MalformedJsonError, parseLenientJson } from './lenient-json.ts';

/** Prints JSON the way sloppy shell scripts do: single quotes, bare keys, trailing commas, any white space. */
function printLeniently(value: unknown, space: string): string {
  const nested = (member: unknown) => space + printLeniently(member, space) + space;
  if (Array.isArray(value)) return `[${value.map((element) => `${nested(element)},`).join('')}]`;
  if (typeof value === 'string') return `'${JSON.stringify(value).slice(1, -1).replaceAll("'", "\\'")}'`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, member]) => `${/^[a-z]+$/.test(key) && key !== 'null' ? key : printLeniently(key, '')}:${nested(member)},`)
    .join('')}}`;
}

describe('parseLenientJson', () => {
  it.each([
    ["{'file': {'display_name': 'TEXT'}}", { file: { display_name: 'TEXT' } }],
    ['{"contents": [{"parts": [{"text": "hi"}]}], }', { contents: [{ parts: [{ text: 'hi' }] }] }],
    ['[1,2,]', [1, 2]],
    ['{a: 1, $b_2: 2}', { a: 1, $b_2: 2 }],
    ['{trueish: true}', { trueish: true }],
    ["'it\\'s \\\"it\\\" \\q \\v\\u00e9'", 'it\'s "it" q \vé'],
    ['"raw\nnewline\tand tab"', 'raw\nnewline\tand tab'],
    ['\v\f[]', []],
    ['[1.]', [1]],
  ])('accepts %s', (text, value) => {
    expect(parseLenientJson(text)).toEqual(value);
  });

  it.each([
    ['', 'Unexpected end of string. Expected a value.\n\n^'],
    ['{"contents": [}', 'Unexpected token.\n{"contents": [}\n              ^'],
    ['{"a" 1}', 'Expected : between key:value pair.\n{"a" 1}\n     ^'],
    ['{"a": 1 "b": 2}', 'Expected , or } after key:value pair.\n{"a": 1 "b": 2}\n        ^'],
    ['[1 2]', 'Expected , or ] after array value.\n[1 2]\n   ^'],
    ['{1: 2}', 'Expected an object key or }.\n{1: 2}\n ^'],
    ['{null: 2}', 'Expected an object key or }.\n{null: 2}\n     ^'],
    ['"open', 'Closing quote expected in string.\n"open\n     ^'],
    ['"\\', 'Closing quote expected in string.\n"\\\n ^'],
    ['"\\u12"', 'Illegal hex string.\n"\\u12"\n ^'],
    ['"\\u12xyz"', 'Invalid escape sequence.\n"\\u12xyz"\n ^'],
    ['[012]', 'Octal/hex numbers are not valid JSON values.\n[012]\n ^'],
    ['-foo', 'Unable to parse number.\n-foo\n^'],
    ['[nule]', 'Unexpected token.\n[nule]\n ^'],
    ['{} {}', 'Parsing terminated before end of input.\n{} {}\n   ^'],
    ['{"a": 1', 'Unexpected end of string. Expected , or } after key:value pair.\n{"a": 1\n       ^'],
    ['<html>', 'Expected a value.\n<html>\n^'],
  ])('refuses %s', (text, complaint) => {
    expect(() => parseLenientJson(text)).toThrow(`Invalid JSON payload received. ${complaint}`);
  });

  it('shows 20 characters on either side of the mistake', () => {
    const text = `["${'a'.repeat(50)}" "${'b'.repeat(50)}"]`;
    expect(() => parseLenientJson(text)).toThrow(`${'a'.repeat(18)}" "${'b'.repeat(19)}\n${' '.repeat(20)}^`);
  });

  it('refuses lenient text that nests deeper than the limit', () => {
    expect(parseLenientJson(`${'['.repeat(100)}0,${']'.repeat(100)}`)).toBeInstanceOf(Array);
    expect(() => parseLenientJson(`${'['.repeat(100_000)}0,`)).toThrow(/Message too deep/);
  });

  it('reads valid JSON exactly as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), (text) => {
        expect(new LenientJsonParser(text).parse()).toEqual(JSON.parse(text));
        expect(parseLenientJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('keeps a key named __proto__ as a plain member', () => {
    expect(Object.entries(Object(new LenientJsonParser('{"__proto__": 1,}').parse()))).toEqual([['__proto__', 1]]);
  });

  it('reads the lenient spelling of any value as that value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('', ' ', '\n', '\r\n\t', '\v'), (value, space) => {
        expect(parseLenientJson(printLeniently(value, space))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('answers garbage with the typed error only', () => {
    const piece = fc.constantFrom('{', '}', '[', ']', ':', ',', '"', "'", '\\', 'u', '1', '-', 'e', 'true', 'a', ' ', '\u2028');
    const garbage = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(garbage, (text) => {
        try {
          parseLenientJson(text);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedJsonError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
