import { FakeClock } from '@gemini-proxy/protocol/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GatewayError } from '../errors.ts';
import { RoundRobin } from './balancer.ts';
import { type Lease, Pool, type Waiter } from './pool.ts';
import type { Worker, WorkerState } from './worker.ts';

class FakeWorker implements Worker {
  readonly kind = 'emulator';
  state: WorkerState = 'ready';
  reason = '';
  readonly id: string;
  readonly slots: number;

  readonly account: string;
  capabilities: readonly string[] = [];
  readonly holds: boolean[] = [];

  constructor(id: string, slots: number, account = 'tester') {
    this.id = id;
    this.account = account;
    this.slots = slots;
  }

  open(): never {
    throw new Error('the pool opens nothing');
  }

  openSocket(): never {
    throw new Error('the pool opens nothing');
  }

  hold(isHeld: boolean): void {
    this.holds.push(isHeld);
  }
}

class RecordingWaiter implements Waiter {
  readonly leases: Lease[] = [];
  readonly errors: GatewayError[] = [];

  onLease(lease: Lease): void {
    this.leases.push(lease);
  }

  onUnavailable(error: GatewayError): void {
    this.errors.push(error);
  }

  get workerId(): string | undefined {
    return this.leases[0]?.worker.id;
  }
}

function createPool(queueLimit = 10) {
  const clock = new FakeClock();
  const events = { workerTripped() {}, workerSuspected() {}, workerSlotsLearnt() {} };
  const pool = new Pool({ balancer: new RoundRobin(), clock, events, queueLimit, queueTimeoutMs: 1000, workerWaitMs: 0 });
  const acquire = (account?: string) => {
    const waiter = new RecordingWaiter();
    pool.acquire(waiter, { account });
    return waiter;
  };
  return { pool, clock, acquire };
}

describe('Pool', () => {
  it('gives each ready worker its turn', () => {
    const { pool, acquire } = createPool();
    for (const id of ['a', 'b', 'c']) pool.add(new FakeWorker(id, 10));
    expect([1, 2, 3, 4, 5, 6].map(() => acquire().workerId)).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });

  it('passes over workers that are not ready or have no free slot', () => {
    const { pool, acquire } = createPool();
    const unready = new FakeWorker('unready', 10);
    unready.state = 'needs-interaction';
    pool.add(new FakeWorker('small', 1));
    pool.add(unready);
    pool.add(new FakeWorker('large', 10));
    expect([1, 2, 3].map(() => acquire().workerId)).toEqual(['small', 'large', 'large']);
  });

  it('lets requests wait in order while all ready workers are busy', () => {
    const { pool, acquire } = createPool();
    pool.add(new FakeWorker('a', 1));
    const [first, second, third] = [acquire(), acquire(), acquire()];
    expect(pool.debugState()).toMatchObject({ leases: 1, waiting: 2 });
    first.leases[0]?.release();
    expect([second.leases.length, third.leases.length]).toEqual([1, 0]);
    second.leases[0]?.release();
    third.leases[0]?.release();
    expect(pool.debugState()).toEqual({ workers: 1, leases: 0, waiting: 0, timers: 0 });
  });

  it('serves who waits when another worker becomes ready', () => {
    const { pool, acquire } = createPool();
    const late = new FakeWorker('late', 1);
    late.state = 'probing';
    pool.add(new FakeWorker('a', 1));
    pool.add(late);
    acquire();
    const waiter = acquire();
    late.state = 'ready';
    pool.changed(late);
    expect(waiter.workerId).toBe('late');
  });

  it('releases a lease once, however often it is asked', () => {
    const { pool, acquire } = createPool();
    pool.add(new FakeWorker('a', 1));
    const [lease] = acquire().leases;
    lease?.release();
    lease?.release();
    expect(pool.debugState().leases).toBe(0);
    expect(pool.workers()[0]?.inFlight).toBe(0);
  });

  it('refuses a request that waited too long, and only that one', () => {
    const { pool, clock, acquire } = createPool();
    pool.add(new FakeWorker('a', 1));
    acquire();
    const early = acquire();
    clock.advance(600);
    const late = acquire();
    clock.advance(400);
    expect(early.errors.map(({ reason }) => reason)).toEqual(['ALL_WORKERS_BUSY']);
    expect(late.errors).toEqual([]);
    clock.advance(600);
    expect(late.errors.map(({ reason }) => reason)).toEqual(['ALL_WORKERS_BUSY']);
    expect(clock.timers).toBe(0);
  });

  it('refuses a request at once when the line is full', () => {
    const { pool, acquire } = createPool(1);
    pool.add(new FakeWorker('a', 1));
    acquire();
    acquire();
    expect(acquire().errors.map(({ reason }) => reason)).toEqual(['ALL_WORKERS_BUSY']);
  });

  it('forgets a waiter that has left', () => {
    const { pool, clock, acquire } = createPool();
    pool.add(new FakeWorker('a', 1));
    const holder = acquire();
    const leaver = acquire();
    pool.cancel(leaver);
    expect(clock.timers).toBe(0);
    holder.leases[0]?.release();
    expect(leaver.leases).toEqual([]);
    expect(pool.debugState().leases).toBe(0);
  });

  it('says how the workers are when none is ready', () => {
    const { pool, acquire } = createPool();
    expect(acquire().errors[0]?.message).toMatch(/No worker is connected.*worker page/);
    const asleep = new FakeWorker('page-1', 10);
    asleep.state = 'needs-interaction';
    const refused = new FakeWorker('page-2', 10);
    refused.state = 'refused';
    refused.reason = 'the hook answered 403.';
    pool.add(asleep);
    pool.add(refused);
    const [error] = acquire().errors;
    expect(error?.reason).toBe('NO_WORKER_READY');
    expect(error?.message).toBe(
      'No worker is ready: worker page-1 needs a click in its page; worker page-2 is refused by the Gemini API (the hook answered 403).',
    );
    expect(error?.metadata).toEqual({ connected: '2', 'needs-interaction': '1', refused: '1' });
  });

  it('gives nothing to a worker that a user holds back, also when it comes back, until it is let go', () => {
    const { pool, acquire } = createPool();
    const worker = new FakeWorker('page-1', 1);
    pool.add(worker);
    const running = acquire();
    expect(pool.hold('page-1', true)).toBe(true);
    expect(pool.workers()[0]).toMatchObject({ state: 'paused', isHeld: true, inFlight: 1 });
    expect(running.leases).toHaveLength(1);
    pool.remove(worker);
    const again = new FakeWorker('page-1', 1);
    pool.add(again);
    expect(acquire().errors[0]?.message).toBe('No worker is ready: worker page-1 is paused (It is held back in the console).');
    expect(pool.hold('page-1', false)).toBe(true);
    expect(acquire().workerId).toBe('page-1');
    expect(pool.hold('page-2', true)).toBe(false);
    expect([worker.holds, again.holds]).toEqual([[true], [true, false]]);
  });

  it('does not hand out a worker that was removed, and takes its lease back all the same', () => {
    const { pool, acquire } = createPool();
    const worker = new FakeWorker('a', 2);
    pool.add(worker);
    const { leases } = acquire();
    pool.remove(worker);
    expect(acquire().errors.map(({ reason }) => reason)).toEqual(['NO_WORKER_READY']);
    leases[0]?.release();
    expect(pool.debugState()).toMatchObject({ workers: 0, leases: 0 });
  });

  it('goes on with the line when a waiter gives its lease back at once', () => {
    const { pool, acquire } = createPool(1000);
    pool.add(new FakeWorker('a', 1));
    const holder = acquire();
    const served: number[] = [];
    for (let index = 0; index < 500; index += 1) {
      const onLease = (lease: Lease) => {
        served.push(index);
        lease.release();
      };
      pool.acquire({ onLease, onUnavailable: () => {} }, { account: undefined });
    }
    holder.leases[0]?.release();
    expect(served).toEqual(Array.from({ length: 500 }, (_, index) => index));
  });

  it('gives a request that needs a capability to a worker that has it, and says when none has', () => {
    const { pool } = createPool();
    const [plain, live] = [new FakeWorker('plain', 10), new FakeWorker('live', 1)];
    live.capabilities = ['live'];
    const acquire = () => {
      const waiter = new RecordingWaiter();
      pool.acquire(waiter, { account: undefined, capability: 'live' });
      return waiter;
    };
    pool.add(plain);
    expect(acquire().errors.map(({ message }) => message)).toEqual([expect.stringContaining('has the capability live')]);
    pool.add(live);
    const [first, second] = [acquire(), acquire()];
    expect([first.workerId, second.workerId]).toEqual(['live', undefined]);
    first.leases[0]?.release();
    expect(second.workerId).toBe('live');
  });

  describe('for one account', () => {
    it('gives only workers of that account, each in its turn', () => {
      const { pool, acquire } = createPool();
      pool.add(new FakeWorker('a1', 10, 'anna'));
      pool.add(new FakeWorker('b1', 10, 'berta'));
      pool.add(new FakeWorker('a2', 10, 'anna'));
      const served = ['anna', 'anna', 'anna', 'berta', 'anna'].map((account) => acquire(account).workerId);
      expect(served).toEqual(['a1', 'a2', 'a1', 'b1', 'a2']);
    });

    it('holds nobody up who waits for another', () => {
      const { pool, acquire } = createPool();
      pool.add(new FakeWorker('a1', 1, 'anna'));
      pool.add(new FakeWorker('b1', 1, 'berta'));
      const [ofAnna, ofBerta] = [acquire('anna'), acquire('berta')];
      const [waitsForAnna, waitsForBerta, waitsForAny] = [acquire('anna'), acquire('berta'), acquire()];
      ofBerta.leases[0]?.release();
      expect([waitsForAnna, waitsForBerta, waitsForAny].map(({ workerId }) => workerId)).toEqual([undefined, 'b1', undefined]);
      waitsForBerta.leases[0]?.release();
      expect([waitsForAnna, waitsForAny].map(({ workerId }) => workerId)).toEqual([undefined, 'b1']);
      ofAnna.leases[0]?.release();
      expect(waitsForAnna.workerId).toBe('a1');
    });

    it('lets a newcomer take a worker that nobody who waits could take', () => {
      const { pool, acquire } = createPool();
      pool.add(new FakeWorker('a1', 1, 'anna'));
      pool.add(new FakeWorker('b1', 1, 'berta'));
      acquire('anna');
      acquire('anna');
      expect(acquire().workerId).toBe('b1');
    });

    it('says whose worker is missing, and what to do', () => {
      const { pool, acquire } = createPool();
      pool.add(new FakeWorker('a1', 1, 'anna'));
      const [error] = acquire('berta').errors;
      expect(error?.reason).toBe('RESOURCE_OWNER_OFFLINE');
      expect(error?.httpStatus).toBe(503);
      expect(error?.metadata).toEqual({ account: 'berta', connected: '0' });
      expect(error?.message).toMatch(/belongs to account berta.*no worker of that account is connected.*Open the worker page/);
    });

    it('tells a worker that is not ready from one that is missing or busy', () => {
      const { pool, clock, acquire } = createPool();
      const worker = new FakeWorker('b1', 1, 'berta');
      pool.add(worker);
      acquire('berta');
      const waiter = acquire('berta');
      clock.advance(1000);
      expect(waiter.errors.map(({ reason }) => reason)).toEqual(['ALL_WORKERS_BUSY']);
      worker.state = 'refused';
      const [error] = acquire('berta').errors;
      expect(error?.reason).toBe('RESOURCE_OWNER_OFFLINE');
      expect(error?.message).toContain('worker b1 is refused by the Gemini API');
    });
  });
});

describe('a pool of several accounts', () => {
  it('never has a waiter and a free worker that would do, nor more leases than slots', () => {
    const account = fc.constantFrom('anna', 'berta', undefined);
    const step = fc.oneof(
      fc.record({ kind: fc.constant('acquire' as const), account }),
      fc.record({ kind: fc.constant('release' as const), which: fc.nat(20) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { pool, acquire } = createPool(1000);
        pool.add(new FakeWorker('a', 2, 'anna'));
        pool.add(new FakeWorker('b', 1, 'berta'));
        const waiters: { readonly account: string | undefined; readonly waiter: RecordingWaiter }[] = [];
        for (const one of steps) {
          if (one.kind === 'acquire') {
            waiters.push({ account: one.account, waiter: acquire(one.account) });
          } else {
            const held = waiters.filter(({ waiter }) => waiter.leases.length > 0);
            const [released] = held.splice(one.which % Math.max(1, held.length), 1);
            if (released !== undefined) waiters.splice(waiters.indexOf(released), 1);
            released?.waiter.leases[0]?.release();
          }
          const free = pool.workers().filter(({ inFlight, slots }) => inFlight < slots);
          expect(pool.workers().every(({ inFlight, slots }) => inFlight <= slots)).toBe(true);
          for (const { account: wanted, waiter } of waiters) {
            const couldRun = free.some((worker) => wanted === undefined || worker.account === wanted);
            if (waiter.leases.length === 0) expect(couldRun).toBe(false);
            else expect(waiter.leases[0]?.worker.account).toBe(wanted ?? waiter.leases[0]?.worker.account);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
