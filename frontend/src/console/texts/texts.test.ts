import { describe, expect, it } from 'vitest';
import { en } from './en.ts';
import { zh } from './zh.ts';

/** Every text by its key. */
function flatten(texts: object, prefix = ''): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value === 'string') flat.set(prefix + key, value);
    else for (const [inner, text] of flatten(value, `${prefix}${key}.`)) flat.set(inner, text);
  }
  return flat;
}

const english = flatten(en);
const chinese = flatten(zh);
const places = (text: string) => (text.match(/\{\{\w+\}\}|<\/?\w+>/g) ?? []).toSorted();

describe('the texts of the console', () => {
  it('have the same keys in both languages', () => {
    expect([...chinese.keys()]).toEqual([...english.keys()]);
  });

  it('say something in both, and have the same places to fill', () => {
    for (const [key, text] of english) {
      const translated = chinese.get(key) ?? '';
      expect(text, key).not.toBe('');
      expect(translated, key).not.toBe('');
      expect(places(translated), key).toEqual(places(text));
    }
  });
});
