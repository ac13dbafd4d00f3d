import { describe, expect, it } from 'vitest';
import { joinParts, readBody, SseReader } from './gemini-body.ts';

const stream = 'data: {"a": 1}\r\n\r\ndata: {"b":\r\ndata: 2}\r\n\r\n';

describe('SseReader', () => {
  it.each([1, 3, 1_000])('finds the same events in pieces of %i characters', (size) => {
    const reader = new SseReader();
    const values: unknown[] = [];
    for (let at = 0; at < stream.length; at += size) values.push(...reader.read(stream.slice(at, at + size)));
    values.push(...reader.end());
    expect(values).toEqual([{ a: 1 }, { b: 2 }]);
  });

  it('finds the bare error at the end of a broken stream', () => {
    const reader = new SseReader();
    expect(reader.read('data: {"a":1}\n\n{"error":{"code":502}}')).toEqual([{ a: 1 }]);
    expect(reader.end()).toEqual([{ error: { code: 502 } }]);
  });
});

describe('readBody', () => {
  it.each([
    ['{"a":1}', [{ a: 1 }]],
    ['[{"a":1}\n,\r\n{"a":2}\n]', [{ a: 1 }, { a: 2 }]],
    ['data: {"a":1}\n\ndata: {"a":2}\n\n', [{ a: 1 }, { a: 2 }]],
    ['', []],
    ['plain words', []],
  ])('reads %j', (text, values) => {
    expect(readBody(text)).toEqual(values);
  });
});

it('joinParts joins texts, but no thought with an answer', () => {
  const call = { functionCall: { name: 'f' } };
  expect(joinParts([{ text: 'a', thought: true }, { text: 'b' }, { text: 'c' }, call, { text: 'd' }])).toEqual([
    { text: 'a', thought: true },
    { text: 'bc' },
    call,
    { text: 'd' },
  ]);
});
