import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLineJson, formatPrettyJson, formatSseEvent } from './json-format.ts';

describe('formatPrettyJson', () => {
  it('indents by two spaces, ends with a newline and escapes angle brackets only', () => {
    expect(formatPrettyJson({ a: ['<b> & \'c\' = "é"'], d: {}, e: [] })).toBe(
      '{\n  "a": [\n    "\\u003cb\\u003e & \'c\' = \\"é\\""\n  ],\n  "d": {},\n  "e": []\n}\n',
    );
  });

  it('round-trips any JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(formatPrettyJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('formatLineJson', () => {
  it('prints the recorded event', () => {
    const event = {
      candidates: [{ content: { parts: [{ text: 'The' }], role: 'model' } }],
      usageMetadata: { promptTokenCount: 7, totalTokenCount: 7, promptTokensDetails: [{ modality: 'TEXT', tokenCount: 7 }] },
      modelVersion: 'gemini-2.0-flash',
    };
    expect(formatSseEvent(event)).toBe(
      'data: {"candidates": [{"content": {"parts": [{"text": "The"}],"role": "model"}}],"usageMetadata": {"promptTokenCount": 7,' +
        '"totalTokenCount": 7,"promptTokensDetails": [{"modality": "TEXT","tokenCount": 7}]},"modelVersion": "gemini-2.0-flash"}\r\n\r\n',
    );
  });

  it('omits undefined members, as JSON.stringify does', () => {
    expect(formatLineJson({ a: undefined, b: 1, c: undefined })).toBe('{"b": 1}');
  });

  it('round-trips any JSON value on one line', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = formatLineJson(value);
        expect(text).not.toMatch(/[\n\r<>]/);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
