import { describe, expect, it } from 'vitest';
import { toConnectionState, toPageState } from './page-state.ts';
import { defaultSettings } from './settings.ts';

const status = { state: 'probing', reason: '' } as const;
const settings = { ...defaultSettings, token: 'token' };

describe('toConnectionState', () => {
  it.each([
    { note: 'the first try', connection: 'connecting', lastClose: undefined, obstacle: undefined, state: 'connecting' },
    {
      note: 'no answer',
      connection: 'waiting',
      lastClose: { code: 'TRANSPORT_LOST', wasOpen: false },
      obstacle: 'absent',
      state: 'unreachable',
    },
    {
      note: 'a next try after no answer',
      connection: 'connecting',
      lastClose: { code: 'TRANSPORT_LOST', wasOpen: false },
      obstacle: 'absent',
      state: 'unreachable',
    },
    {
      note: 'a refusal by the browser',
      connection: 'waiting',
      lastClose: { code: 'TRANSPORT_LOST', wasOpen: false },
      obstacle: 'browser',
      state: 'blocked',
    },
    {
      note: 'a refusal by the gateway',
      connection: 'waiting',
      lastClose: { code: 'TRANSPORT_LOST', wasOpen: false },
      obstacle: 'origin',
      state: 'not-admitted',
    },
    {
      note: 'a failure whose reason is not known yet',
      connection: 'waiting',
      lastClose: { code: 'TRANSPORT_LOST', wasOpen: false },
      obstacle: undefined,
      state: 'connecting',
    },
    {
      note: 'a broken connection',
      connection: 'waiting',
      lastClose: { code: 'TRANSPORT_LOST', wasOpen: true },
      obstacle: 'browser',
      state: 'reconnecting',
    },
    {
      note: 'a wrong token',
      connection: 'stopped',
      lastClose: { code: 'UNAUTHORIZED', wasOpen: true },
      obstacle: undefined,
      state: 'wrong-token',
    },
    {
      note: 'another page',
      connection: 'stopped',
      lastClose: { code: 'REPLACED', wasOpen: true },
      obstacle: undefined,
      state: 'replaced',
    },
    {
      note: 'another version',
      connection: 'stopped',
      lastClose: { code: 'UNSUPPORTED_VERSION', wasOpen: true },
      obstacle: undefined,
      state: 'wrong-version',
    },
    {
      note: 'a stop',
      connection: 'stopped',
      lastClose: { code: 'CLOSED', wasOpen: true },
      obstacle: undefined,
      state: 'stopped',
    },
    {
      note: 'the state of a connected engine',
      connection: 'connected',
      lastClose: undefined,
      obstacle: undefined,
      state: 'probing',
    },
  ] as const)('tells $note', ({ connection, lastClose, obstacle, state }) => {
    expect(
      toConnectionState(
        { connection, status, intake: 'open', lastClose, refusal: undefined, isReleased: false, isHeld: false },
        obstacle,
      ),
    ).toBe(state);
  });
});

describe('toConnectionState of a connected engine', () => {
  it('is what its user wants of it, above what its probe found', () => {
    const ready = {
      connection: 'connected',
      status: { state: 'ready', reason: '' },
      lastClose: undefined,
      refusal: undefined,
      isReleased: false,
      isHeld: false,
    } as const;
    expect(toConnectionState({ ...ready, intake: 'open' }, undefined)).toBe('ready');
    expect(toConnectionState({ ...ready, intake: 'paused' }, undefined)).toBe('paused');
    expect(toConnectionState({ ...ready, intake: 'draining' }, undefined)).toBe('draining');
    expect(toConnectionState({ ...ready, intake: 'open', isReleased: true }, undefined)).toBe('released');
    expect(toConnectionState({ ...ready, intake: 'open', isHeld: true }, undefined)).toBe('held');
    expect(toConnectionState({ ...ready, intake: 'paused', isHeld: true }, undefined)).toBe('paused');
    const asking = { ...ready, status: { state: 'needs-interaction', reason: '' }, intake: 'open' } as const;
    expect(toConnectionState({ ...asking, isHeld: true }, undefined)).toBe('needs-interaction');
    const refused = { ...ready, status: { state: 'refused', reason: '' }, intake: 'open' } as const;
    expect(toConnectionState({ ...refused, refusal: 'other' }, undefined)).toBe('refused');
    expect(toConnectionState({ ...refused, refusal: 'hook-absent' }, undefined)).toBe('hook-absent');
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
