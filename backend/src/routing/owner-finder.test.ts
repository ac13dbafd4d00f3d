import { FakeClock } from '@gemini-proxy/protocol/testing';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../errors.ts';
import { Events } from '../events.ts';
import type { Call, CallAnswer } from '../orchestrator/internal-call.ts';
import { FakeClient } from '../orchestrator/testing.ts';
import { Resources } from '../resources/resources.ts';
import { inMemory, openSqliteStore } from '../store/sqlite-store.ts';
import { FilePolls } from './file-polls.ts';
import { OwnerFinder } from './owner-finder.ts';

interface PendingCall {
  readonly call: Call;
  answer(status: number, printed?: object): void;
  fail(): void;
}

const silentLog = { debug() {}, info() {}, warn() {}, error() {} };
const turn = () => new Promise(setImmediate);
const nobody = new AbortController().signal;

/** Calls wait until the test answers them; they end with their signal, as real ones do. */
function start(...accounts: readonly string[]) {
  const clock = new FakeClock();
  const events = new Events(silentLog);
  const { resources: table } = openSqliteStore(inMemory);
  const resources = new Resources({ table, events, now: () => 0 });
  const calls: PendingCall[] = [];
  const call = (made: Call) => {
    const { promise, resolve, reject } = Promise.withResolvers<CallAnswer>();
    made.signal.addEventListener('abort', () => reject(made.signal.reason));
    const account = made.account ?? 'anna';
    calls.push({
      call: made,
      answer: (status, printed = {}) => {
        const body = new TextEncoder().encode(JSON.stringify(printed));
        resolve({ status, headers: [], body, account, workerId: `of-${account}` });
      },
      fail: () => reject(new GatewayError('WORKER_LOST', 'The worker was lost.')),
    });
    return promise;
  };
  const finder = new OwnerFinder({ resources, call, clock, readyAccounts: () => accounts });
  const polls = new FilePolls({ resources, call, finder });
  const take = () => calls.splice(0);
  return { clock, resources, finder, polls, take };
}

describe('an unknown name', () => {
  it('is looked for in all accounts at once, and belongs to the first that knows it', async () => {
    const { finder, resources, take, clock } = start('anna', 'berta', 'carla');
    const found = finder.ownerOf(['files/abc']);
    const [toAnna, toBerta, toCarla] = take();
    toAnna?.answer(403);
    toBerta?.answer(200, { name: 'files/abc' });
    expect(await found).toBe('berta');
    expect(resources.ownerOf('files/abc')).toBe('berta');
    expect(toCarla?.call.signal.aborted).toBe(true);
    expect(clock.timers).toBe(0);
  });

  it('is looked for once for all who ask at the same time', async () => {
    const { finder, take } = start('anna', 'berta');
    const both = Promise.all([finder.ownerOf(['files/abc']), finder.ownerOf(['files/abc'])]);
    const calls = take();
    expect(calls).toHaveLength(2);
    calls[0]?.answer(200, { name: 'files/abc' });
    expect(await both).toEqual(['anna', 'anna']);
  });

  it('is not looked for again for a while when nobody knows it', async () => {
    const { finder, take, clock } = start('anna', 'berta');
    const lookUp = async () => {
      const owner = finder.ownerOf(['files/abc']);
      const calls = take();
      for (const one of calls) one.answer(404);
      expect(await owner).toBeUndefined();
      return calls.length;
    };
    expect(await lookUp()).toBe(2);
    expect(await lookUp()).toBe(0);
    clock.advance(10_000);
    expect(await lookUp()).toBe(2);
  });

  it('is looked for again at once when not all could say', async () => {
    const { finder, take } = start('anna', 'berta');
    for (const _ of [1, 2]) {
      const owner = finder.ownerOf(['files/abc']);
      const [first, second] = take();
      first?.answer(403);
      second?.fail();
      expect(await owner).toBeUndefined();
    }
  });

  it('holds a request up for a limited time', async () => {
    const { finder, clock } = start('anna', 'berta');
    const owner = finder.ownerOf(['files/abc']);
    clock.advance(15_000);
    expect(await owner).toBeUndefined();
  });

  it('is not looked for where there is one account', async () => {
    const { finder, take } = start('anna');
    expect(await finder.ownerOf(['files/abc'])).toBeUndefined();
    expect(take()).toEqual([]);
  });
});

describe('polls of a file', () => {
  const name = 'files/abc';
  const client = () => new FakeClient(0, `GET /v1beta/${name}`);

  it('share one call, and one that leaves takes it from nobody', async () => {
    const { polls, take } = start('anna');
    const leaver = new AbortController();
    const left = polls.get(name, client(), leaver.signal);
    const stayed = polls.get(name, client(), nobody);
    await turn();
    leaver.abort();
    const calls = take();
    expect(calls).toHaveLength(1);
    calls[0]?.answer(200, { name, state: 'PROCESSING' });
    expect((await stayed).status).toBe(200);
    await left;
    expect(polls.running).toBe(0);
  });

  it('give their call up when all have left, and begin anew with the next', async () => {
    const { polls, take } = start('anna');
    const leaver = new AbortController();
    const left = polls.get(name, client(), leaver.signal);
    await turn();
    leaver.abort();
    const next = polls.get(name, client(), nobody);
    await expect(left).rejects.toThrow('Nobody waits');
    await turn();
    const [abandoned, fresh] = take();
    expect(abandoned?.call.signal.aborted).toBe(true);
    fresh?.answer(200, { name, state: 'ACTIVE' });
    expect((await next).status).toBe(200);
    expect(polls.running).toBe(0);
  });

  it('need no call once the state is final', async () => {
    const { polls, take } = start('anna');
    const first = polls.get(name, client(), nobody);
    await turn();
    take()[0]?.answer(200, { name, state: 'FAILED' });
    const answer = await first;
    expect(await polls.get(name, client(), nobody)).toMatchObject({ status: 200, body: answer.body });
    expect(take()).toEqual([]);
  });
});
