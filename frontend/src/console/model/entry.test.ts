import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type ConsoleClient, ConsoleError } from '../channel/contract.ts';
import { Entry } from './entry.ts';

const replaceState = vi.fn();
class SilentEventSource {
  addEventListener(): void {}
  close(): void {}
}

beforeEach(() => {
  replaceState.mockClear();
  vi.stubGlobal('history', { replaceState });
  vi.stubGlobal('EventSource', SilentEventSource);
  vi.stubGlobal('document', Object.assign(new EventTarget(), { hidden: false }));
});

/** A gateway that knows one code. */
function client(answers: { readonly isSignedIn?: boolean; readonly isDown?: boolean }): ConsoleClient {
  const signedIn = { signedIn: true, gateway: {} };
  return {
    urlOf: () => '',
    call: async (name: string, { body }: { readonly body?: { readonly code: string } }) => {
      if (answers.isDown === true) throw new TypeError('Failed to fetch');
      if (name === 'signIn' && body?.code !== 'good') throw new ConsoleError(401, undefined);
      if (name === 'getSession') return answers.isSignedIn === true ? signedIn : { signedIn: false };
      return signedIn;
    },
  } as unknown as ConsoleClient;
}

const at = (hash: string) => ({ hash, pathname: '/console', search: '' });

describe('Entry', () => {
  it('lets in by the code of the link, and takes it out of the address', async () => {
    const entry = new Entry(client({}));
    await entry.enter(at('#code=good'));
    expect(entry.value.is).toBe('inside');
    expect(replaceState).toHaveBeenCalledWith(null, '', '/console');
  });

  it('lets in by the cookie, and leaves the address alone', async () => {
    const entry = new Entry(client({ isSignedIn: true }));
    await entry.enter(at('#/workers'));
    expect(entry.value.is).toBe('inside');
    expect(replaceState).not.toHaveBeenCalled();
  });

  it.each([
    [{}, '#/workers', { is: 'signed-out', why: 'no-session' }],
    [{}, '#code=used', { is: 'signed-out', why: 'code-refused' }],
    [{ isSignedIn: true }, '#code=used', { is: 'inside' }],
    [{ isDown: true }, '#code=good', { is: 'unreachable' }],
    [{ isDown: true }, '', { is: 'unreachable' }],
  ])('with a gateway of %j and %j it is %j', async (answers, hash, state) => {
    const entry = new Entry(client(answers));
    await entry.enter(at(hash));
    expect(entry.value).toMatchObject(state);
  });

  it.each(['http://127.0.0.1:8787/console#code=good', 'good', ' good '])('takes the pasted text %j', async (pasted) => {
    const entry = new Entry(client({}));
    await entry.signIn(pasted);
    expect(entry.value.is).toBe('inside');
  });

  it('is outside at once when the user signs out', async () => {
    const entry = new Entry(client({ isSignedIn: true }));
    await entry.enter(at(''));
    const leaving = entry.signOut();
    expect(entry.value).toEqual({ is: 'signed-out', why: 'ended' });
    await leaving;
  });
});
