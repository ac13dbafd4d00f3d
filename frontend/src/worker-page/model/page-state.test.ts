import { describe, expect, it } from 'vitest';
import { toConnectionState, toPageState } from './page-state.ts';
import { defaultSettings } from './settings.ts';

const status = { state: 'probing', reason: '' } as const;
const settings = { ...defaultSettings, token: 'token' };

describe('toConnectionState', () => {
  it.each([
    { note: 'the first try', connection: 'connecting', lastClose: undefined, blocked: false, state: 'connecting' },
    { note: 'no answer', connection: 'waiting', lastClose: { code: 1006, wasOpen: false }, blocked: false, state: 'unreachable' },
    {
      note: 'a next try after no answer',
      connection: 'connecting',
      lastClose: { code: 1006, wasOpen: false },
      blocked: false,
      state: 'unreachable',
    },
    {
      note: 'a refusal by the browser',
      connection: 'waiting',
      lastClose: { code: 1006, wasOpen: false },
      blocked: true,
      state: 'blocked',
    },
    {
      note: 'a broken connection',
      connection: 'waiting',
      lastClose: { code: 1006, wasOpen: true },
      blocked: true,
      state: 'reconnecting',
    },
    {
      note: 'a wrong token',
      connection: 'stopped',
      lastClose: { code: 4401, wasOpen: true },
      blocked: false,
      state: 'wrong-token',
    },
    { note: 'another page', connection: 'stopped', lastClose: { code: 4411, wasOpen: true }, blocked: false, state: 'replaced' },
    {
      note: 'another version',
      connection: 'stopped',
      lastClose: { code: 4426, wasOpen: true },
      blocked: false,
      state: 'wrong-version',
    },
    { note: 'a stop', connection: 'stopped', lastClose: { code: 1000, wasOpen: true }, blocked: false, state: 'stopped' },
    { note: 'the state of a connected engine', connection: 'connected', lastClose: undefined, blocked: false, state: 'probing' },
  ] as const)('tells $note', ({ connection, lastClose, blocked, state }) => {
    expect(toConnectionState({ connection, status }, lastClose, blocked)).toBe(state);
  });
});

describe('toPageState', () => {
  it('is the best state of all connections', () => {
    expect(toPageState('framed', settings, ['unreachable', 'ready', 'probing'])).toBe('ready');
    expect(toPageState('framed', settings, ['probing', 'needs-interaction'])).toBe('needs-interaction');
    expect(toPageState('framed', settings, ['wrong-token', 'wrong-token'])).toBe('wrong-token');
  });

  it('asks for a token and an address that can work before anything is tried', () => {
    expect(toPageState('framed', defaultSettings, [])).toBe('no-token');
    expect(toPageState('framed', { ...settings, endpoint: 'http://x' }, [])).toBe('not-websocket');
    expect(toPageState('framed', { ...settings, endpoint: 'ws://gateway.example' }, [])).toBe('needs-wss');
    expect(toPageState('framed', settings, [])).toBe('stopped');
  });

  it('says of a page outside AI Studio that it is outside, unless it works', () => {
    expect(toPageState('top-level', settings, [])).toBe('outside');
    expect(toPageState('top-level', settings, ['refused'])).toBe('outside');
    expect(toPageState('top-level', settings, ['unreachable'])).toBe('unreachable');
    expect(toPageState('top-level', settings, ['ready'])).toBe('ready');
    expect(toPageState('top-level', { ...settings, kind: 'emulator' }, [])).toBe('stopped');
  });

  it('refuses to be deployed, whatever else is true', () => {
    expect(toPageState('deployed', settings, ['ready'])).toBe('deployed');
  });
});
