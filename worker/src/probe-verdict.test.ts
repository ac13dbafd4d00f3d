import { describe, expect, it } from 'vitest';
import { errorMessageOf, judgeProbe } from './probe-verdict.ts';

describe('judgeProbe', () => {
  it.each([
    [200, 'ready'],
    [429, 'ready'],
    [400, 'refused'],
    [401, 'refused'],
    [403, 'refused'],
    [404, 'refused'],
  ])('takes %i as %s', (status, state) => {
    expect(judgeProbe(status, 'm.', 'aistudio')).toMatchObject({ state });
  });

  it.each([500, 502, 503])('wants another try after %i', (status) => {
    expect(judgeProbe(status, 'm.', 'aistudio')).toBe('again');
  });

  it('tells a page outside AI Studio by the upstream’s own words', () => {
    const message = "Method doesn't allow unregistered callers (callers without established identity).";
    const verdict = judgeProbe(403, message, 'aistudio');
    expect(verdict).toMatchObject({ state: 'refused', reason: expect.stringContaining('outside Google AI Studio') });
    expect(verdict).toMatchObject({ reason: expect.stringContaining(message) });
  });

  it('points the owner of a key to the key', () => {
    const verdict = judgeProbe(400, 'API key not valid. Please pass a valid API key.', 'keyed');
    expect(verdict).toMatchObject({ state: 'refused', reason: expect.stringContaining('Check the API key') });
  });
});

describe('errorMessageOf', () => {
  it.each([
    ['{"error":{"code":403,"message":"No access"}}', 'No access.'],
    ['[{"error":{"message":"In an array."}}]', 'In an array.'],
    ['<html>\n Bad  gateway </html>', '<html> Bad gateway </html>.'],
    ['{"error":"text"}', '{"error":"text"}.'],
    ['', 'no message.'],
    ['null', 'null.'],
  ])('reads %s', (text, message) => {
    expect(errorMessageOf(text)).toBe(message);
  });

  it('cuts what is too long to show', () => {
    expect(errorMessageOf('x'.repeat(10_000)).length).toBeLessThanOrEqual(301);
  });
});
