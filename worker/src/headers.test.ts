import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromFetchHeaders, fromUpstreamHeaders, toFetchHeaders, toUpstreamHeaders } from './headers.ts';

describe('request headers', () => {
  const client = [
    ['host', 'localhost:8080'],
    ['X-Goog-Api-Key', 'secret'],
    ['x-api-key', 'secret'],
    ['authorization', 'Bearer secret'],
    ['content-type', 'application/json'],
    ['content-length', '12'],
    ['accept-encoding', 'gzip'],
    ['user-agent', 'curl'],
    ['origin', 'http://localhost'],
    ['cookie', 'a=b'],
    ['sec-fetch-mode', 'cors'],
    ['proxy-authorization', 'Basic eA=='],
    ['connection', 'keep-alive'],
    ['transfer-encoding', 'chunked'],
    ['x-goog-api-client', 'genai-js/1'],
  ] as const;

  it('lose credentials and what belongs to the client’s connection', () => {
    expect(toUpstreamHeaders(client)).toEqual([
      ['content-type', 'application/json'],
      ['content-length', '12'],
      ['accept-encoding', 'gzip'],
      ['user-agent', 'curl'],
      ['x-goog-api-client', 'genai-js/1'],
    ]);
  });

  it('lose what a browser sets itself, before fetch', () => {
    expect(toFetchHeaders(client)).toEqual([
      ['content-type', 'application/json'],
      ['x-goog-api-client', 'genai-js/1'],
    ]);
  });

  it('never carry a credential, in whatever case it is spelled', () => {
    const letterCase = (name: string) =>
      fc
        .array(fc.boolean(), { minLength: name.length, maxLength: name.length })
        .map((upper) => [...name].map((letter, index) => (upper[index] ? letter.toUpperCase() : letter)).join(''));
    const credential = fc.constantFrom('x-goog-api-key', 'x-api-key', 'authorization').chain(letterCase);
    const harmless = fc.constantFrom('content-type', 'x-goog-upload-command', 'accept');
    const headers = fc.array(fc.tuple(fc.oneof(credential, harmless), fc.string()));
    fc.assert(
      fc.property(headers, (list) => {
        const names = toUpstreamHeaders(list).map(([name]) => name);
        expect(names.filter((name) => /key|authorization/i.test(name))).toEqual([]);
        expect(names.length).toBe(list.filter(([name]) => !/key|authorization/i.test(name)).length);
      }),
    );
  });
});

describe('answer headers', () => {
  const upstream = [
    ['content-type', 'application/json'],
    ['content-encoding', 'gzip'],
    ['content-length', '40'],
    ['transfer-encoding', 'chunked'],
    ['vary', 'Origin'],
    ['vary', 'Referer'],
  ] as const;

  it('keep encoding, length and repeated names when the body is passed on as it came', () => {
    expect(fromUpstreamHeaders(upstream)).toEqual([
      ['content-type', 'application/json'],
      ['content-encoding', 'gzip'],
      ['content-length', '40'],
      ['vary', 'Origin'],
      ['vary', 'Referer'],
    ]);
  });

  it('lose encoding and length when fetch has decoded the body', () => {
    expect(fromFetchHeaders(upstream).map(([name]) => name)).toEqual(['content-type', 'vary', 'vary']);
  });
});
