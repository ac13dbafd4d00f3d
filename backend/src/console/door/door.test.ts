import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { codeAgeMs, Door, sessionAgeMs, sessionCookie } from './door.ts';
import { maxFailures } from './try-limit.ts';

function requestWith(headers: Record<string, string>, localPort = 8787): IncomingMessage {
  return { headers, socket: { localPort } } as unknown as IncomingMessage;
}

function start(adminToken = 'gp-admin-test') {
  const clock = { nowMs: 1_700_000_000_000 };
  return { clock, door: new Door({ adminToken, now: () => clock.nowMs }) };
}

const withSession = (session: string, port?: number) =>
  requestWith({ cookie: `other=1; gemini-proxy-console-${port ?? 8787}=${session}` }, port);

describe('Door', () => {
  it('takes a code once, for a session', () => {
    const { door, clock } = start();
    const { code } = door.createCode();
    const { session, expiresAtMs } = door.signIn(code);
    expect(door.whoIs(withSession(session))).toEqual({ by: 'cookie', expiresAtMs });
    expect(expiresAtMs).toBe(clock.nowMs + sessionAgeMs);
    expect(() => door.signIn(code)).toThrow(expect.objectContaining({ reason: 'CODE_INVALID' }));
  });

  it('refuses a code that has expired', () => {
    const { door, clock } = start();
    const { code } = door.createCode();
    clock.nowMs += codeAgeMs;
    expect(() => door.signIn(code)).toThrow(expect.objectContaining({ reason: 'CODE_INVALID' }));
  });

  it('keeps the newest codes only', () => {
    const { door } = start();
    const first = door.createCode();
    const others = Array.from({ length: 16 }, () => door.createCode());
    expect(() => door.signIn(first.code)).toThrow();
    for (const { code } of others) expect(door.signIn(code)).toBeDefined();
  });

  it('knows a session over a restart, until it expires', () => {
    const { door, clock } = start();
    const { session } = door.signIn(door.createCode().code);
    const successor = new Door({ adminToken: 'gp-admin-test', now: () => clock.nowMs });
    expect(successor.whoIs(withSession(session))?.by).toBe('cookie');
    clock.nowMs += sessionAgeMs;
    expect(successor.whoIs(withSession(session))).toBeUndefined();
  });

  it('knows no session of another admin token, and none that was changed', () => {
    const { door } = start();
    const { session } = door.signIn(door.createCode().code);
    expect(start('gp-admin-other').door.whoIs(withSession(session))).toBeUndefined();
    expect(door.whoIs(withSession(session.replace(/^\d/, '9')))).toBeUndefined();
    expect(door.whoIs(withSession('nonsense'))).toBeUndefined();
    expect(door.whoIs(withSession(session, 8788))?.by).toBe('cookie');
    expect(door.whoIs(requestWith({ cookie: `gemini-proxy-console-1=${session}` }))).toBeUndefined();
  });

  it('forgets a session that was signed out of', () => {
    const { door } = start();
    const { session } = door.signIn(door.createCode().code);
    door.signOut(withSession(session));
    expect(door.whoIs(withSession(session))).toBeUndefined();
  });

  it('takes the admin token as Bearer', () => {
    const { door } = start();
    expect(door.whoIs(requestWith({ authorization: 'Bearer gp-admin-test' }))).toEqual({ by: 'token', expiresAtMs: null });
    expect(door.whoIs(requestWith({ authorization: 'Bearer gp-admin-wrong' }))).toBeUndefined();
    expect(door.whoIs(requestWith({}))).toBeUndefined();
  });

  it('stops answering strangers who guess for a minute, and never the one who knows', () => {
    const { door, clock } = start();
    const { code } = door.createCode();
    const guess = () => door.signIn('wrong');
    for (let count = 0; count < maxFailures; count += 1)
      expect(guess).toThrow(expect.objectContaining({ reason: 'CODE_INVALID' }));
    expect(guess).toThrow(expect.objectContaining({ reason: 'TOO_MANY_TRIES' }));
    expect(door.signIn(code)).toBeDefined();
    clock.nowMs += 60_000;
    expect(guess).toThrow(expect.objectContaining({ reason: 'CODE_INVALID' }));
  });

  it('makes strict cookies, secure over TLS', () => {
    const plain = sessionCookie(requestWith({}), 'x', 5_000);
    expect(plain).toBe('gemini-proxy-console-8787=x; Path=/console; Max-Age=5; HttpOnly; SameSite=Strict');
    expect(sessionCookie(requestWith({ 'x-forwarded-proto': 'https' }), 'x', 5_000)).toMatch(/; Secure$/);
  });
});
