import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composeText, fitText, splitText } from './answer-text.ts';
import { parseGenerateRequest } from './generate-request.ts';

describe('composeText', () => {
  it('names what came with the request', () => {
    const request = parseGenerateRequest({
      system_instruction: { parts: { text: 'Be brief.' } },
      contents: [
        { role: 'user', parts: [{ text: 'What is this?' }, { inline_data: { mime_type: 'image/png', data: 'AAAAAA==' } }] },
      ],
    });
    const text = composeText(request);
    expect(text).toContain('You said: What is this?\nSystem instruction: Be brief.\nAttached: image/png, 4 bytes\n');
  });

  it('is the same for the same text and differs for most others', () => {
    const textFor = (words: string) => composeText(parseGenerateRequest({ contents: [{ parts: [{ text: words }] }] }));
    expect(textFor('one')).toBe(textFor('one'));
    const endings = ['one', 'two', 'three', 'four', 'five'].map((words) => textFor(words).split('\n').at(-1));
    expect(new Set(endings).size).toBeGreaterThan(2);
  });

  it('quotes only the beginning of a long text', () => {
    const request = parseGenerateRequest({ contents: [{ parts: [{ text: 'é'.repeat(5000) }] }] });
    expect(composeText(request).length).toBeLessThan(600);
    expect(composeText(request)).toContain('... (5000 characters)');
  });
});

describe('fitText', () => {
  it('brings any text to exactly the length', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(3000), (text, length) => {
        expect(fitText(text, length)).toHaveLength(length);
        expect(fitText(text, length).startsWith(text.slice(0, length))).toBe(true);
      }),
    );
  });
});

describe('splitText', () => {
  it('loses nothing and splits no pair of surrogates', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 9 }), (text, length) => {
        const pieces = splitText(text, length);
        expect(pieces.join('')).toBe(text);
        expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
      }),
    );
  });
});
