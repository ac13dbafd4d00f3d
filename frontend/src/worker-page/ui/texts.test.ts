import { describe, expect, it } from 'vitest';
import { connectionStates } from '../model/page-state.ts';
import { fillIn, languages, texts, toLanguage } from './texts.ts';

/** Paths of all texts, with the places to fill in. */
function outline(value: unknown, path = ''): readonly string[] {
  if (typeof value === 'string') return [`${path} ${(value.match(/\{\w+\}/g) ?? []).sort().join(' ')}`];
  return Object.entries(value ?? {}).flatMap(([key, part]) => outline(part, `${path}/${key}`));
}

describe('texts', () => {
  it('have the same keys and places in every language', () => {
    for (const language of languages) expect(outline(texts[language])).toEqual(outline(texts.en));
  });

  it('name every state of a connection', () => {
    for (const language of languages) {
      for (const state of connectionStates) {
        expect(texts[language].shortStates[state]).not.toBe('');
        expect(texts[language].states[state].title).not.toBe('');
      }
    }
  });

  it('say what to do wherever the user can do something', () => {
    const withoutAction = Object.entries(texts.en.states).filter(([, { action }]) => action === '');
    expect(withoutAction.map(([state]) => state).sort()).toEqual(['connecting', 'probing', 'ready', 'reconnecting']);
  });
});

describe('toLanguage', () => {
  it.each([
    ['zh-CN', 'zh'],
    ['zh', 'zh'],
    ['en-US', 'en'],
    ['de', 'en'],
  ])('shows %s browsers %s', (browserLanguage, language) => {
    expect(toLanguage(browserLanguage)).toBe(language);
  });
});

describe('fillIn', () => {
  it('fills places and leaves unknown ones', () => {
    expect(fillIn('{ready} of {total}, {other}', { ready: 1, total: 2 })).toBe('1 of 2, {other}');
  });
});
