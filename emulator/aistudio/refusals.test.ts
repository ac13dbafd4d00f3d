import { describe, expect, it } from 'vitest';
import { type CallHead, findRefusal, formatRefusal, toUpstreamHead } from './refusals.ts';
import { type AiStudioSwitches, defaultSwitches } from './switches.ts';

const api = 'https://generativelanguage.googleapis.com';

function toHead(method: string, path: string, { headers = {}, isStreamed = false } = {}): CallHead {
  return { method, url: new URL(api + path), headers: new Headers(headers), isStreamed };
}

const withSwitches = (switches: Partial<AiStudioSwitches>): AiStudioSwitches => ({ ...defaultSwitches, ...switches });

describe('findRefusal', () => {
  it.each([
    { path: '/v1beta/models/m:generateContent', switches: {}, expected: undefined },
    { path: '/v1beta/models/m:generateContent', switches: { session: 'expired' }, expected: 'sessionExpired' },
    { path: '/v1beta/models/m:generateContent', switches: { session: 'restricted' }, expected: 'permissionDenied' },
    { path: '/v1beta/models/m:generateContent', switches: { transientFailures: 1 }, expected: 'transient' },
    { path: '/v1beta/models/m:embedContent', switches: {}, expected: 'notFound' },
    { path: '/v1beta/models/m:batchEmbedContents', switches: {}, expected: undefined },
    { path: '/v1beta/models/m:embedContent', switches: { embedContentMissing: false }, expected: undefined },
    { path: '/v1beta/interactions', switches: {}, expected: 'notFound' },
    { path: '/v1beta/interactions/i', switches: {}, expected: 'notFound' },
    { path: '/v1beta/interactions', switches: { interactionsMissing: false }, expected: undefined },
  ] as const)('finds $expected for $path with $switches', ({ path, switches, expected }) => {
    expect(findRefusal(toHead('POST', path), withSwitches(switches))).toBe(expected);
  });

  it('refuses a key in the query of a GET only, by switch', () => {
    expect(findRefusal(toHead('GET', '/v1beta/models?key=k'), defaultSwitches)).toBe('permissionDenied');
    expect(findRefusal(toHead('GET', '/v1beta/models?key=k'), withSwitches({ keyQueryRefused: false }))).toBeUndefined();
    expect(findRefusal(toHead('POST', '/v1beta/models/m:generateContent?key=k'), defaultSwitches)).toBeUndefined();
  });

  it.each(['x-goog-api-key', 'x-api-key', 'authorization'])('refuses %s at uploads only, by switch', (name) => {
    const upload = toHead('POST', '/upload/v1beta/files', { headers: { [name]: 'x' } });
    expect(findRefusal(upload, defaultSwitches)).toBe('permissionDenied');
    expect(findRefusal(upload, withSwitches({ uploadCredentialsRefused: false }))).toBeUndefined();
    expect(
      findRefusal(toHead('POST', '/v1beta/models/m:countTokens', { headers: { [name]: 'x' } }), defaultSwitches),
    ).toBeUndefined();
  });

  it('refuses a unary-only model when it is streamed', () => {
    const switches = withSwitches({ unaryOnlyModels: ['pro'] });
    const stream = (model: string) => toHead('POST', `/v1beta/models/${model}:streamGenerateContent`, { isStreamed: true });
    expect(findRefusal(stream('pro'), switches)).toBe('permissionDenied');
    expect(findRefusal(stream('flash'), switches)).toBeUndefined();
    expect(findRefusal(toHead('POST', '/v1beta/models/pro:generateContent'), switches)).toBeUndefined();
  });
});

describe('toUpstreamHead', () => {
  it('drops credentials and the lost upload header, and keeps the rest as it is', () => {
    const headers = { 'x-goog-api-key': 'k', 'x-goog-upload-header-content-type': 'text/plain', 'x-goog-upload-offset': '0' };
    const head = toUpstreamHead(toHead('POST', '/v1beta/files?key=k&a=%20b', { headers }), defaultSwitches);
    expect(head.path).toBe('/v1beta/files?a=+b');
    expect(Object.fromEntries(head.headers)).toEqual({ 'x-goog-upload-offset': '0' });
  });

  it('leaves a query without a key exactly as it is', () => {
    expect(toUpstreamHead(toHead('GET', '/v1beta/models?filter=a%20b&&x'), defaultSwitches).path).toBe(
      '/v1beta/models?filter=a%20b&&x',
    );
  });

  it('keeps the upload header by switch', () => {
    const head = toHead('POST', '/upload/v1beta/files', { headers: { 'x-goog-upload-header-content-type': 'text/plain' } });
    expect(
      toUpstreamHead(head, withSwitches({ uploadTypeHeaderLost: false })).headers.get('x-goog-upload-header-content-type'),
    ).toBe('text/plain');
  });
});

it('formats a refusal in the shape of the API', () => {
  expect(JSON.parse(formatRefusal('permissionDenied'))).toEqual({
    error: { code: 403, message: 'The caller does not have permission', status: 'PERMISSION_DENIED' },
  });
});
