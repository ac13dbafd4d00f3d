import { describe, expect, it } from 'vitest';
import { Breaker, failuresToOpen, firstOpenMs, longestOpenMs } from './breaker.ts';

function failTimes(breaker: Breaker, count: number, nowMs: number): void {
  for (let index = 0; index < count; index += 1) breaker.failed(nowMs);
}

describe('Breaker', () => {
  it('opens after so many failures in a row, and not before', () => {
    const breaker = new Breaker();
    failTimes(breaker, failuresToOpen - 1, 0);
    expect(breaker.stateAt(0)).toBe('closed');
    breaker.answered();
    failTimes(breaker, failuresToOpen - 1, 0);
    expect(breaker.admitsAt(0)).toBe(true);
    expect(breaker.failed(0)).toBe(true);
    expect([breaker.stateAt(0), breaker.admitsAt(0)]).toEqual(['open', false]);
  });

  it('lets one request at a time try, and closes when that is answered', () => {
    const breaker = new Breaker();
    failTimes(breaker, failuresToOpen, 0);
    expect(breaker.stateAt(firstOpenMs)).toBe('half-open');
    expect(breaker.admitsAt(firstOpenMs)).toBe(true);
    expect(breaker.begin()).toBe(true);
    expect(breaker.admitsAt(firstOpenMs)).toBe(false);
    breaker.answered();
    breaker.trialEnded();
    expect([breaker.stateAt(firstOpenMs), breaker.isFlawless, breaker.begin()]).toEqual(['closed', true, false]);
  });

  it('lets another one try when the first ended without a verdict', () => {
    const breaker = new Breaker();
    failTimes(breaker, failuresToOpen, 0);
    breaker.begin();
    breaker.trialEnded();
    expect(breaker.admitsAt(firstOpenMs)).toBe(true);
  });

  it('needs no end of an answered trial before the next one', () => {
    const breaker = new Breaker();
    failTimes(breaker, failuresToOpen, 0);
    breaker.begin();
    breaker.answered();
    failTimes(breaker, failuresToOpen, firstOpenMs);
    expect(breaker.admitsAt(2 * firstOpenMs)).toBe(true);
  });

  it('stays open for twice as long after each failed trial, up to a limit', () => {
    const breaker = new Breaker();
    failTimes(breaker, failuresToOpen, 0);
    let nowMs = 0;
    for (const openMs of [firstOpenMs, 2 * firstOpenMs, 4 * firstOpenMs, 8 * firstOpenMs, longestOpenMs, longestOpenMs]) {
      expect(breaker.openUntilMs).toBe(nowMs + openMs);
      nowMs += openMs;
      breaker.failed(nowMs);
    }
  });

  it('is not kept open by failures of what was begun before', () => {
    const breaker = new Breaker();
    failTimes(breaker, failuresToOpen, 0);
    expect(breaker.failed(100)).toBe(false);
    expect(breaker.openUntilMs).toBe(firstOpenMs);
  });
});
