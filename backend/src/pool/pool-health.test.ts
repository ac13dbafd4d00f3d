import { FakeClock } from '@gemini-proxy/protocol/testing';
import { describe, expect, it } from 'vitest';
import type { GatewayError } from '../errors.ts';
import { RoundRobin } from './balancer.ts';
import { failuresToOpen, firstOpenMs } from './breaker.ts';
import { slotRecoveryMs } from './learnt-slots.ts';
import type { Lease } from './lease.ts';
import { Pool, type Requirement, type Waiter } from './pool.ts';
import { firstHoldMs, forgivenDepartures } from './steadiness.ts';
import type { Worker, WorkerState } from './worker.ts';
import { longestSuspicionMs } from './worker-record.ts';

class FakeWorker implements Worker {
  readonly kind = 'emulator';
  readonly reason = '';
  readonly capabilities = [];
  readonly account = 'tester';
  state: WorkerState = 'ready';
  readonly id: string;
  readonly slots: number;

  constructor(id: string, slots = 10) {
    this.id = id;
    this.slots = slots;
  }

  open(): never {
    throw new Error('the pool opens nothing');
  }

  openSocket(): never {
    throw new Error('the pool opens nothing');
  }
}

class RecordingWaiter implements Waiter {
  lease: Lease | undefined;
  error: GatewayError | undefined;

  onLease(lease: Lease): void {
    this.lease = lease;
  }

  onUnavailable(error: GatewayError): void {
    this.error = error;
  }

  get workerId(): string | undefined {
    return this.lease?.worker.id;
  }
}

const workerWaitMs = 10_000;

function createPool(...workers: FakeWorker[]) {
  const clock = new FakeClock();
  const told: string[] = [];
  const events = {
    workerTripped: (id: string) => void told.push(`tripped ${id}`),
    workerSuspected: (id: string) => void told.push(`suspected ${id}`),
    workerSlotsLearnt: (id: string, slots: number) => void told.push(`${id} has ${slots} slots`),
  };
  const pool = new Pool({ balancer: new RoundRobin(), clock, events, queueLimit: 10, queueTimeoutMs: 120_000, workerWaitMs });
  for (const worker of workers) pool.add(worker);
  const acquire = (requirement: Partial<Requirement> = {}) => {
    const waiter = new RecordingWaiter();
    pool.acquire(waiter, { account: undefined, ...requirement });
    return waiter;
  };
  const setState = (worker: FakeWorker, state: WorkerState) => {
    worker.state = state;
    pool.changed(worker);
  };
  /** Which workers get the next requests. */
  const servers = (count: number) =>
    Array.from({ length: count }, () => {
      const { lease, workerId } = acquire();
      lease?.release();
      return workerId;
    });
  return { pool, clock, acquire, setState, servers, told };
}

describe('a worker whose calls fail on the way', () => {
  it('is out of rotation after several failures in a row, and back after one trial that is answered', () => {
    const { clock, acquire, servers } = createPool(new FakeWorker('bad'), new FakeWorker('good'));
    for (let failures = 0; failures < failuresToOpen; ) {
      const { lease, workerId } = acquire();
      if (workerId === 'bad') {
        lease?.failed('unreachable');
        failures += 1;
      }
      lease?.release();
    }
    expect(servers(3)).toEqual(['good', 'good', 'good']);
    clock.advance(firstOpenMs);
    const [first, second, third] = [acquire(), acquire(), acquire()];
    expect([first.workerId, second.workerId, third.workerId]).toEqual(['bad', 'good', 'good']);
    first.lease?.answered();
    for (const { lease } of [first, second, third]) lease?.release();
    expect(new Set(servers(2))).toEqual(new Set(['bad', 'good']));
  });

  it('is not blamed for what the upstream answers', () => {
    const { acquire, servers } = createPool(new FakeWorker('only'));
    for (let index = 0; index < 2 * failuresToOpen; index += 1) {
      const { lease } = acquire();
      if (index % 2 === 0) lease?.failed('unreachable');
      else lease?.answered();
      lease?.release();
    }
    expect(servers(1)).toEqual(['only']);
  });

  it('is waited for where it is the only one', () => {
    const { pool, clock, acquire, told } = createPool(new FakeWorker('only'));
    const leases = Array.from({ length: failuresToOpen }, () => acquire().lease);
    for (const lease of leases) {
      lease?.failed('unreachable');
      lease?.release();
    }
    expect([pool.workers()[0]?.breaker, told]).toEqual(['open', ['tripped only']]);
    const [trial, next] = [acquire(), acquire()];
    expect(pool.debugState()).toMatchObject({ waiting: 2, leases: 0 });
    clock.advance(firstOpenMs);
    expect([trial.workerId, next.workerId]).toEqual(['only', undefined]);
    trial.lease?.answered();
    trial.lease?.release();
    expect(next.workerId).toBe('only');
    next.lease?.release();
    expect(pool.debugState()).toEqual({ workers: 1, leases: 0, waiting: 0, timers: 0 });
  });

  it('is not the same worker under another account', () => {
    const { pool, acquire, servers } = createPool();
    for (let index = 0; index < failuresToOpen; index += 1) {
      const worker = new FakeWorker('page');
      pool.add(worker);
      pool.remove(worker, true);
    }
    const again = new FakeWorker('page');
    pool.add(again);
    expect(acquire().workerId).toBeUndefined();
    pool.remove(again);
    pool.add(Object.assign(new FakeWorker('page'), { account: 'other' }));
    expect(servers(1)).toEqual(['page']);
  });
});

describe('a worker that left a request unanswered', () => {
  it('gets nothing until it says that it is ready', () => {
    const [silent, other] = [new FakeWorker('silent'), new FakeWorker('other')];
    const { pool, acquire, servers, told } = createPool(silent, other);
    const { lease } = acquire();
    lease?.failed('silent');
    lease?.release();
    expect(servers(2)).toEqual(['other', 'other']);
    expect(told).toEqual(['suspected silent']);
    pool.changed(silent);
    expect(new Set(servers(2))).toEqual(new Set(['silent', 'other']));
  });

  it('is trusted again when an answer comes of what it has', () => {
    const { acquire, servers } = createPool(new FakeWorker('silent'));
    const [first, second] = [acquire(), acquire()];
    first.lease?.failed('silent');
    first.lease?.release();
    second.lease?.answered();
    second.lease?.release();
    expect(servers(1)).toEqual(['silent']);
  });

  it('is tried again after a while even without a word of it', () => {
    const { clock, acquire } = createPool(new FakeWorker('silent'));
    const { lease } = acquire();
    lease?.failed('silent');
    lease?.release();
    const waiter = acquire();
    clock.advance(longestSuspicionMs - 1);
    expect(waiter.workerId).toBeUndefined();
    clock.advance(1);
    expect(waiter.workerId).toBe('silent');
  });

  it('has shown fewer slots, and is no suspect, where others were answered in the meantime', () => {
    const { pool, acquire, told } = createPool(new FakeWorker('page', 40));
    const waiters = Array.from({ length: 40 }, () => acquire());
    for (const { lease } of waiters.slice(0, 6)) lease?.answered();
    for (const { lease } of waiters.slice(6)) {
      lease?.failed('silent');
      lease?.release();
    }
    expect(pool.workers()[0]).toMatchObject({ slots: 20, offeredSlots: 40, isSuspect: false, breaker: 'closed', inFlight: 6 });
    expect(told).toEqual(['page has 20 slots']);
  });
});

describe('a worker that refuses for want of a slot', () => {
  it('is given to who waits when it is trusted with a slot more, before anybody who comes later', () => {
    const { clock, pool, acquire } = createPool(new FakeWorker('page', 3));
    const running = acquire();
    const refused = acquire();
    refused.lease?.failed('refused');
    refused.lease?.release();
    const waiting = acquire();
    expect(waiting.lease).toBeUndefined();
    clock.advance(slotRecoveryMs);
    expect(waiting.workerId).toBe('page');
    for (const { lease } of [running, waiting]) lease?.release();
    expect([pool.debugState(), clock.timers]).toEqual([{ workers: 1, leases: 0, waiting: 0, timers: 0 }, 0]);
  });

  it('gets no more than what it took', () => {
    const { pool, acquire } = createPool(new FakeWorker('page', 40));
    const waiters = Array.from({ length: 8 }, () => acquire());
    for (const { lease } of waiters.slice(6).reverse()) {
      lease?.failed('refused');
      lease?.release();
    }
    expect(pool.workers()[0]).toMatchObject({ slots: 6, inFlight: 6 });
    const next = acquire();
    expect(next.workerId).toBeUndefined();
    waiters[0]?.lease?.release();
    expect(next.workerId).toBe('page');
  });
});

describe('a worker that comes and goes', () => {
  it('gets work again only after it has stayed for a while, if there are others', () => {
    const [flapping, steady] = [new FakeWorker('flapping'), new FakeWorker('steady')];
    const { clock, setState, servers } = createPool(flapping, steady);
    for (let count = 0; count <= forgivenDepartures; count += 1) {
      setState(flapping, 'suspended');
      clock.advance(1_000);
      setState(flapping, 'ready');
    }
    expect(servers(2)).toEqual(['steady', 'steady']);
    clock.advance(firstHoldMs);
    expect(new Set(servers(2))).toEqual(new Set(['flapping', 'steady']));
  });

  it('is better than none', () => {
    const flapping = new FakeWorker('flapping');
    const { setState, servers } = createPool(flapping);
    for (let count = 0; count < 10; count += 1) {
      setState(flapping, 'suspended');
      setState(flapping, 'ready');
    }
    expect(servers(1)).toEqual(['flapping']);
  });

  it('is better than to wait', () => {
    const [flapping, steady] = [new FakeWorker('flapping'), new FakeWorker('steady', 1)];
    const { acquire, setState } = createPool(flapping, steady);
    for (let count = 0; count < 10; count += 1) {
      setState(flapping, 'suspended');
      setState(flapping, 'ready');
    }
    expect([acquire().workerId, acquire().workerId]).toEqual(['steady', 'flapping']);
  });

  it('is remembered over its connections', () => {
    const { pool, servers } = createPool(new FakeWorker('steady'));
    for (let count = 0; count <= forgivenDepartures; count += 1) {
      const worker = new FakeWorker('flapping');
      pool.add(worker);
      pool.remove(worker, false);
    }
    pool.add(new FakeWorker('flapping'));
    expect(servers(2)).toEqual(['steady', 'steady']);
  });
});

describe('a request while no worker is ready', () => {
  it('waits for one that was there, and is refused when it does not come back', () => {
    const worker = new FakeWorker('page');
    const { pool, clock, acquire } = createPool(worker);
    clock.advance(60_000);
    pool.remove(worker);
    const early = acquire();
    clock.advance(workerWaitMs - 1);
    const late = acquire();
    expect([early.error, late.error]).toEqual([undefined, undefined]);
    clock.advance(1);
    expect([early.error?.reason, late.error?.reason]).toEqual(['NO_WORKER_READY', 'NO_WORKER_READY']);
    expect(acquire().error?.reason).toBe('NO_WORKER_READY');
    expect(pool.debugState()).toMatchObject({ waiting: 0, timers: 0 });
  });

  it('is served by who comes in time', () => {
    const { pool, acquire } = createPool();
    const waiter = acquire();
    pool.add(new FakeWorker('page'));
    expect(waiter.workerId).toBe('page');
    expect(pool.debugState()).toMatchObject({ waiting: 0, timers: 0 });
  });

  it.each<[WorkerState]>([['needs-interaction'], ['refused'], ['paused']])(
    'is refused at once when the only worker is %s',
    (state) => {
      const worker = new FakeWorker('page');
      const { clock, acquire, setState } = createPool(worker);
      clock.advance(workerWaitMs);
      setState(worker, 'suspended');
      const waiter = acquire();
      expect(waiter.error).toBeUndefined();
      setState(worker, state);
      clock.advance(0);
      expect(waiter.error?.reason).toBe('NO_WORKER_READY');
      expect(acquire().error?.reason).toBe('NO_WORKER_READY');
    },
  );

  it('does not wait for a worker of another account', () => {
    const worker = new FakeWorker('page');
    const { pool, clock, acquire } = createPool(worker);
    clock.advance(workerWaitMs);
    pool.remove(worker);
    expect(acquire({ account: 'other' }).error?.reason).toBe('RESOURCE_OWNER_OFFLINE');
    expect(acquire({ account: 'tester' }).error).toBeUndefined();
  });
});

describe('a request that a worker has failed', () => {
  it('waits for another one that is busy, and takes the failed one when there is no other', () => {
    const [failed, other] = [new FakeWorker('failed'), new FakeWorker('other', 1)];
    const { pool, acquire } = createPool(failed, other);
    const avoid = new Set(['failed']);
    const running = acquire({ avoid });
    const waiting = acquire({ avoid });
    expect([running.workerId, waiting.workerId]).toEqual(['other', undefined]);
    other.state = 'gone';
    pool.remove(other, true);
    expect(waiting.workerId).toBe('failed');
  });
});
