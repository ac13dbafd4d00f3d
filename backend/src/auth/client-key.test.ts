import { describe, expect, it } from 'vitest';
import { createClientKeyCheck, createKeyCheck } from './client-key.ts';

const key = `gp-client-${'k'.repeat(43)}`;
const url = '/v1beta/models';

describe('createKeyCheck', () => {
  it('knows its keys and no others', () => {
    const isKnown = createKeyCheck(['one', 'two']);
    expect(['one', 'two', 'three', 'on', 'onee', ''].map(isKnown)).toEqual([true, true, false, false, false, false]);
  });

  it('knows nothing without keys', () => {
    expect(createKeyCheck([])('')).toBe(false);
  });
});

describe('createClientKeyCheck', () => {
  const check = createClientKeyCheck(createKeyCheck([key]));

  it.each([
    { note: 'the header', request: { headers: { 'x-goog-api-key': key }, url } },
    { note: 'the query', request: { headers: {}, url: `${url}?pageSize=1&key=${key}` } },
    { note: 'Bearer', request: { headers: { authorization: `Bearer ${key}` }, url } },
    {
      note: 'one of several places',
      request: { headers: { 'x-goog-api-key': 'AIza-other', authorization: `bearer ${key}` }, url },
    },
    { note: 'one of several parameters', request: { headers: {}, url: `${url}?key=x&key=${key}` } },
  ])('accepts a valid key in $note', ({ request }) => {
    expect(check(request)).toBe('ok');
  });

  it.each([
    { note: 'no key', request: { headers: {}, url } },
    { note: 'an empty header', request: { headers: { 'x-goog-api-key': '' }, url } },
    { note: 'another scheme', request: { headers: { authorization: `Basic ${key}` }, url } },
    { note: 'a key in another parameter', request: { headers: {}, url: `${url}?apikey=${key}` } },
  ])('reports a missing key for $note', ({ request }) => {
    expect(check(request)).toBe('missing');
  });

  it('reports invalid keys', () => {
    expect(check({ headers: { 'x-goog-api-key': `${key}x` }, url })).toBe('invalid');
    expect(check({ headers: {}, url: `${url}?key=${key.slice(0, -1)}` })).toBe('invalid');
  });

  it('looks at a bounded number of keys', () => {
    expect(check({ headers: {}, url: `${url}?${'key=x&'.repeat(8)}key=${key}` })).toBe('invalid');
  });
});
