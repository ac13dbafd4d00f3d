import { describe, expect, it } from 'vitest';
import { AnswerTail, readTokenCounts, tailBytes } from './token-counts.ts';

describe('readTokenCounts', () => {
  it('reads the last counts of a stream', () => {
    const event = (out: number) =>
      `data: {"candidates":[],"usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":${out},"totalTokenCount":9}}\r\n\r\n`;
    expect(readTokenCounts(Buffer.from(event(1) + event(12)))).toEqual({ tokensIn: 7, tokensOut: 12 });
  });

  it('reads pretty-printed ones, with thoughts', () => {
    const text = '"usageMetadata": {\n "promptTokenCount": 4,\n "candidatesTokenCount": 5,\n "thoughtsTokenCount": 6\n }';
    expect(readTokenCounts(Buffer.from(text, 'latin1'))).toEqual({ tokensIn: 4, tokensOut: 11 });
  });

  it('reads those of the OpenAI-compatible part', () => {
    const text = '{"choices":[],"usage":{"completion_tokens":3,"prompt_tokens":8,"total_tokens":11}}';
    expect(readTokenCounts(Buffer.from(text, 'latin1'))).toEqual({ tokensIn: 8, tokensOut: 3 });
  });

  it.each([
    ['"promptTokenCount"', 0],
    ['"promptTokenCount":', 0],
    ['"promptTokenCount" 7', 0],
    ['"promptTokenCount":"7"', 0],
    ['"promptTokenCount" \t\r\n:\n  70', 70],
    ['"promptTokenCount":70,"promptTokenCount":8', 70],
    ['"promptTokenCount":1234567890123', 123_456_789_012],
  ])('reads %j as %d', (text, tokensIn) => {
    expect(readTokenCounts(Buffer.from(`"usageMetadata":{${text}`, 'latin1'))).toEqual({ tokensIn, tokensOut: 0 });
  });

  it.each(['', '{}', '"usage":{}', 'binary \xff"usag'])('finds none in %j', (text) => {
    expect(readTokenCounts(Buffer.from(text, 'latin1'))).toBeUndefined();
  });
});

describe('AnswerTail', () => {
  it('keeps the last pieces, in their order', () => {
    const tail = new AnswerTail();
    for (let index = 0; index < 1_000; index += 1) tail.push(Buffer.from(`${index} `));
    expect(tail.bytes().toString()).toBe('992 993 994 995 996 997 998 999 ');
  });

  it('keeps what there is of a short answer', () => {
    const tail = new AnswerTail();
    for (const text of ['a', 'b', 'c']) tail.push(Buffer.from(text));
    expect(tail.bytes().toString()).toBe('abc');
  });

  it('keeps the end of a large piece', () => {
    const tail = new AnswerTail();
    tail.push(Buffer.from('lost'));
    tail.push(Buffer.alloc(10_000, 'a'));
    expect(tail.bytes().toString()).toBe('a'.repeat(tailBytes));
  });
});
