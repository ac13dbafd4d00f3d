import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CREDENTIAL_QUERY_PARAMETERS, findClientKey, stripCredentialHeaders, stripCredentialQuery } from './credentials.ts';

/** Any spelling of a credential parameter's name: each letter plain or percent-encoded in either case. */
const credentialName = fc
  .constantFrom(...CREDENTIAL_QUERY_PARAMETERS)
  .chain((name) =>
    fc
      .array(fc.constantFrom('plain', 'lower', 'upper'), { minLength: name.length, maxLength: name.length })
      .map((spellings) => spellings.map((spelling, index) => spell(name.charCodeAt(index), spelling)).join('')),
  );
const otherParameter = fc
  .oneof(
    fc.string().map((text) => text.replaceAll('&', '')),
    fc.constantFrom('alt=sse', 'pageSize=1', 'keys=1', 'Key=1', '%zz', ''),
  )
  .filter((parameter) => !isCredential(parameter));
const path = fc.constantFrom('/', '/v1beta/models', '/v1beta/models/m:generateContent', '/v1/%6Bey=1&key=2');

function spell(charCode: number, spelling: string): string {
  if (spelling === 'plain') return String.fromCharCode(charCode);
  const hex = charCode.toString(16);
  return `%${spelling === 'lower' ? hex : hex.toUpperCase()}`;
}

/** The oracle: the platform's own query parser. */
function isCredential(parameter: string): boolean {
  const names = [...new URLSearchParams(parameter).keys()];
  return names.some((name) => name === 'key' || name === 'access_token' || name === 'oauth_token');
}

describe('stripCredentialQuery', () => {
  it.each([
    ['/v1beta/models', '/v1beta/models'],
    ['/v1beta/models?', '/v1beta/models?'],
    ['/v1beta/models?key=K', '/v1beta/models'],
    ['/v1beta/models?key', '/v1beta/models'],
    ['/v1beta/models?key=K&alt=sse', '/v1beta/models?alt=sse'],
    ['/v1beta/models?alt=sse&key=K', '/v1beta/models?alt=sse'],
    ['/v1beta/models?a=%2f&&access_token=t&b=+', '/v1beta/models?a=%2f&&b=+'],
    ['/v1beta/models?oauth_token=t&oauth_tokens=1', '/v1beta/models?oauth_tokens=1'],
    ['/v1beta/models?%6Bey=K&%61ccess_toke%6E=t', '/v1beta/models'],
    ['/v1beta/models?q=key=K', '/v1beta/models?q=key=K'],
    ['/v1beta/models?a?key=K', '/v1beta/models?a?key=K'],
    ['/key=1/models?monkey=K', '/key=1/models?monkey=K'],
  ])('turns %s into %s', (before, after) => {
    expect(stripCredentialQuery(before)).toBe(after);
  });

  it('leaves a query without credentials as it is', () => {
    fc.assert(
      fc.property(path, fc.array(otherParameter), (prefix, parameters) => {
        const target = `${prefix}?${parameters.join('&')}`;
        expect(stripCredentialQuery(target)).toBe(target);
      }),
    );
  });

  it('removes credentials in any spelling and place, and nothing else', () => {
    const parameter = fc.oneof(
      otherParameter.map((text) => ({ text, isSecret: false })),
      fc
        .tuple(credentialName, fc.constantFrom('', '=', '=K', '=a=b'))
        .map(([name, rest]) => ({ text: name + rest, isSecret: true })),
    );
    fc.assert(
      fc.property(path, fc.array(parameter, { minLength: 1 }), (prefix, parameters) => {
        const kept = parameters.filter(({ isSecret }) => !isSecret).map(({ text }) => text);
        const expected = kept.length === 0 ? prefix : `${prefix}?${kept.join('&')}`;
        expect(stripCredentialQuery(`${prefix}?${parameters.map(({ text }) => text).join('&')}`)).toBe(expected);
      }),
    );
  });

  it('leaves nothing that the platform reads as a credential', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), credentialName)), (parameters) => {
        const [, query = ''] = stripCredentialQuery(`/v1?${parameters.join('&')}`).split(/\?(.*)/s);
        expect(query.split('&').some(isCredential)).toBe(false);
      }),
    );
  });
});

describe('stripCredentialHeaders', () => {
  it('removes credentials in any case and keeps order and repetition of the rest', () => {
    const headers = [
      ['X-Goog-Api-Key', 'K'],
      ['vary', 'a'],
      ['Authorization', 'Bearer K'],
      ['vary', 'b'],
      ['x-api-key', 'K'],
    ] as const;
    expect(stripCredentialHeaders(headers)).toEqual([
      ['vary', 'a'],
      ['vary', 'b'],
    ]);
  });

  it('returns the same array where there is nothing to remove', () => {
    const headers = [['accept', '*/*']] as const;
    expect(stripCredentialHeaders(headers)).toBe(headers);
  });
});

describe('findClientKey', () => {
  const find = (headers: Record<string, string>, target = '/v1beta/models') =>
    findClientKey({ header: (name) => headers[name], path: target });

  it('returns candidates in the order header, query, Bearer', () => {
    const headers = { authorization: 'Bearer three', 'x-goog-api-key': 'one' };
    expect(find(headers, '/v1beta/models?key=two')).toEqual(['one', 'two', 'three']);
  });

  it('decodes the name and the value of the query parameter', () => {
    expect(find({}, '/v1beta/models?alt=sse&%6Bey=a%2Fb')).toEqual(['a/b']);
  });

  it('ignores empty keys and other schemes', () => {
    expect(find({}, '/ws/x?access_token=one&alt=sse')).toEqual(['one']);
    expect(find({ authorization: 'Basic abc', 'x-goog-api-key': '' }, '/v1beta/models?key=&key')).toEqual([]);
  });

  it('reads the scheme in any case', () => {
    expect(find({ authorization: 'bearer K ' })).toEqual(['K']);
  });
});
