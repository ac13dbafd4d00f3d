import { FakeClock } from '@gemini-proxy/protocol/testing';
import { describe, expect, it } from 'vitest';
import { maxRemembered, rememberMs, WorkerRecords } from './worker-records.ts';

const worker = (id: string, account = 'tester') => ({ id, account, capabilities: [] });

describe('WorkerRecords', () => {
  it('remembers a worker that has gone, for a time', () => {
    const clock = new FakeClock();
    const records = new WorkerRecords(clock, 0);
    const first = records.of(worker('page'));
    first.goneAtMs = clock.now();
    clock.advance(rememberMs - 1);
    expect(records.of(worker('page'))).toBe(first);
    first.goneAtMs = clock.now();
    clock.advance(rememberMs);
    expect(records.of(worker('page'))).not.toBe(first);
  });

  it('remembers a limited number of them, the latest, and all that are there', () => {
    const clock = new FakeClock();
    const records = new WorkerRecords(clock, 0);
    const [here, oldest] = [records.of(worker('here')), records.of(worker('oldest'))];
    oldest.goneAtMs = clock.now();
    for (let index = 0; index <= maxRemembered; index += 1) records.of(worker(`page-${index}`)).goneAtMs = clock.now();
    expect(records.of(worker('oldest'))).not.toBe(oldest);
    expect(records.of(worker('here'))).toBe(here);
  });
});
