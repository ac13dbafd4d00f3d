import { describe, expect, it } from 'vitest';
import { PageTokens } from './page-tokens.ts';

const places = [
  { account: 'anna', token: 'next/+=' },
  { account: 'bertä', token: '' },
];

describe('a page token over several accounts', () => {
  const tokens = new PageTokens('secret');
  const token = tokens.seal(places, '/v1beta/files');

  it('gives back its places, and fits into a query', () => {
    expect(tokens.open(token, '/v1beta/files')).toEqual(places);
    expect(encodeURIComponent(token)).toBe(token);
  });

  it('is good for its list and its gateway only', () => {
    expect(tokens.open(token, '/v1beta/cachedContents')).toBeUndefined();
    expect(new PageTokens('other').open(token, '/v1beta/files')).toBeUndefined();
    expect(new PageTokens('secret').open(token, '/v1beta/files')).toEqual(places);
  });

  it('is not good with a single character changed', () => {
    for (let index = 0; index < token.length - 1; index += 1) {
      const changed = `${token.slice(0, index)}${token[index] === 'A' ? 'B' : 'A'}${token.slice(index + 1)}`;
      expect(tokens.open(changed, '/v1beta/files')).toBeUndefined();
    }
  });

  it.each(['', 'gp.', 'gp.AAAA', 'anything'])('is not %j', (text) => {
    expect(tokens.open(text, '/v1beta/files')).toBeUndefined();
  });
});
