import { describe, expect, it } from 'vitest';
import { headerOf, toAnswerHeaders, toRequestHeaders } from './headers.ts';

describe('toRequestHeaders', () => {
  it('keeps names in lower case, values, order and repetition', () => {
    const raw = ['Content-Type', 'text/plain', 'X-Odd', 'a', 'x-odd', 'b', 'User-Agent', 'caf\u00e9', 'Accept-Encoding', 'br'];
    expect(toRequestHeaders(raw)).toEqual([
      ['content-type', 'text/plain'],
      ['x-odd', 'a'],
      ['x-odd', 'b'],
      ['user-agent', 'caf\u00e9'],
      ['accept-encoding', 'br'],
    ]);
  });

  it.each([
    'x-goog-api-key',
    'X-Api-Key',
    'Authorization',
    'Cookie',
    'Host',
    'Expect',
    'Transfer-Encoding',
    'TE',
    'Keep-Alive',
    'Upgrade',
  ])('drops %s', (name) => {
    expect(toRequestHeaders([name, 'value', 'accept', '*/*'])).toEqual([['accept', '*/*']]);
  });

  it('drops the headers that Connection names, wherever they stand', () => {
    const raw = ['X-Before', '1', 'Connection', 'keep-alive, X-Before', 'connection', 'x-after', 'X-After', '2', 'X-Kept', '3'];
    expect(toRequestHeaders(raw)).toEqual([['x-kept', '3']]);
  });
});

describe('toAnswerHeaders', () => {
  it('returns the same list where there is nothing to drop', () => {
    const headers = [['content-type', 'text/plain'] as const, ['vary', 'Origin'] as const, ['vary', 'X-Origin'] as const];
    expect(toAnswerHeaders(headers)).toBe(headers);
  });

  it('drops what belongs to the connection', () => {
    const headers = toAnswerHeaders([
      ['transfer-encoding', 'chunked'],
      ['connection', 'x-private'],
      ['x-private', '1'],
      ['server', 'upstream'],
    ]);
    expect(headers).toEqual([['server', 'upstream']]);
  });
});

describe('headerOf', () => {
  it('finds the first value', () => {
    expect(headerOf([['a', '1'] as const, ['b', '2'] as const, ['b', '3'] as const], 'b')).toBe('2');
    expect(headerOf([], 'b')).toBeUndefined();
  });
});
