import { describe, expect, it } from 'vitest';
import { ResumeSecrets } from './resume-secrets.ts';

describe('the secrets of a session', () => {
  it('open it with what the last welcome said, and with nothing else', () => {
    const secrets = new ResumeSecrets();
    expect(secrets.newest).toMatch(/^[A-Za-z0-9_-]{32}$/);
    expect(secrets.opens(secrets.newest)).toBe(true);
    for (const wrong of ['', 'x', `${secrets.newest}x`, new ResumeSecrets().newest]) expect(secrets.opens(wrong)).toBe(false);
  });

  it('are good once, when the next has arrived', () => {
    const secrets = new ResumeSecrets();
    const first = secrets.newest;
    const second = secrets.use(first);
    secrets.arrived();
    expect([second === first, secrets.opens(first), secrets.opens(second)]).toEqual([false, false, true]);
  });

  it('stay good as long as the next may not have arrived, and get the same answer', () => {
    const secrets = new ResumeSecrets();
    const first = secrets.newest;
    const second = secrets.use(first);
    expect([secrets.opens(first), secrets.use(first)]).toEqual([true, second]);
  });

  it('are used up when the next is shown', () => {
    const secrets = new ResumeSecrets();
    const first = secrets.newest;
    const second = secrets.use(first);
    const third = secrets.use(second);
    expect([first, second, third].map((secret) => secrets.opens(secret))).toEqual([false, true, true]);
  });
});
