import { describe, expect, it } from 'vitest';
import { defaultSettings, mayConnectUnasked, parseFragment, toConnectionCount } from './settings.ts';

describe('parseFragment', () => {
  it('takes its parameters and leaves those of others', () => {
    const { settings, rest } = parseFragment('#endpoint=wss://gateway.example/worker&token=s%2Bcret&connections=4&theme=x');
    expect(settings).toEqual({ endpoint: 'wss://gateway.example/worker', token: 's+cret', connections: 4 });
    expect(rest).toBe('#theme=x');
  });

  it('has nothing to say of an empty fragment or empty values', () => {
    expect(parseFragment('')).toEqual({ settings: {}, rest: '' });
    expect(parseFragment('#token=&endpoint=')).toEqual({ settings: {}, rest: '' });
  });

  it('lets one of the executors be chosen', () => {
    expect(parseFragment('#executor=sdk').settings).toEqual({ executor: 'sdk' });
    expect(parseFragment('#executor=other').settings).toEqual({ executor: 'fetch' });
  });

  it('lets only the kind "emulator" be chosen', () => {
    expect(parseFragment('#kind=emulator').settings).toEqual({ kind: 'emulator' });
    expect(parseFragment('#kind=keyed').settings).toEqual({});
  });
});

describe('toConnectionCount', () => {
  it.each([
    [0, 1],
    [1, 1],
    ['4', 4],
    [2.9, 2],
    [17, 16],
    ['many', 1],
    [undefined, 1],
  ])('makes %s to %i', (value, count) => {
    expect(toConnectionCount(value)).toBe(count);
  });
});

describe('mayConnectUnasked', () => {
  it('trusts a link with a token to this machine, and to no other', () => {
    const fromLink = { token: 'token' };
    expect(mayConnectUnasked(fromLink, { ...defaultSettings, ...fromLink })).toBe(true);
    expect(mayConnectUnasked(fromLink, { ...defaultSettings, ...fromLink, endpoint: 'wss://stranger.example/worker' })).toBe(
      false,
    );
    expect(mayConnectUnasked({}, { ...defaultSettings, token: 'stored' })).toBe(false);
  });
});
