import { type RequestHead, type SocketStream, type SocketStreamEvents, StreamError } from '@gemini-proxy/protocol';
import { FakeClock } from '@gemini-proxy/protocol/testing';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../errors.ts';
import { Events } from '../events.ts';
import { RoundRobin } from '../pool/balancer.ts';
import { Pool } from '../pool/pool.ts';
import type { ClientSocket, ClientSocketEvents } from './client-socket.ts';
import { lossPauseMs } from './exchange.ts';
import { LiveSessions } from './live-sessions.ts';
import { FakeStream, FakeWorker } from './testing.ts';

const upgraded = { status: 101, headers: [] };
const bytes = (text: string) => new TextEncoder().encode(text);
const atRest = { running: 0, timed: 0 };

/** A stream of a worker that remembers what it was given. */
class FakeSocketStream extends FakeStream implements SocketStream {
  readonly queuedBytes = 0;
  readonly log: string[] = [];
  readonly socketEvents: SocketStreamEvents;

  constructor(request: RequestHead, events: SocketStreamEvents) {
    super(request, events);
    this.socketEvents = events;
  }

  send(message: Uint8Array, isText: boolean): boolean {
    this.log.push(`${isText ? 'text' : 'bytes'} ${Buffer.from(message)}`);
    return this.isWritable;
  }

  close(code: number, reason: string): void {
    this.log.push(`close ${code} ${reason}`);
  }

  taken(): void {
    this.log.push('taken');
  }
}

class LiveWorker extends FakeWorker {
  override readonly capabilities = ['live'];
  readonly sockets: FakeSocketStream[] = [];

  override openSocket(request: RequestHead, events: SocketStreamEvents): SocketStream {
    if (this.failure !== undefined) throw this.failure;
    const stream = new FakeSocketStream(request, events);
    this.sockets.push(stream);
    return stream;
  }
}

class FakeClient implements ClientSocket {
  readonly path = '/ws/x';
  readonly headers = [];
  readonly operation = 'live.bidiGenerateContent';
  account?: Promise<string | undefined>;
  readonly log: string[] = [];
  readonly unsent: (() => void)[] = [];
  error: GatewayError | undefined;
  #events: ClientSocketEvents | undefined;

  get events(): ClientSocketEvents {
    if (this.#events === undefined) throw new Error('nobody listens');
    return this.#events;
  }

  bind(events: ClientSocketEvents): void {
    this.#events = events;
  }

  accept(): void {
    this.log.push('accept');
  }

  refuse({ status }: { status: number }, body: Uint8Array): void {
    this.log.push(`refuse ${status} ${Buffer.from(body)}`);
  }

  fail(error: GatewayError): void {
    this.error = error;
  }

  send(message: Uint8Array, isText: boolean, onSent: () => void): void {
    this.log.push(`${isText ? 'text' : 'bytes'} ${Buffer.from(message)}`);
    this.unsent.push(onSent);
  }

  pause(): void {
    this.log.push('pause');
  }

  resume(): void {
    this.log.push('resume');
  }

  close(code: number, reason: string): void {
    this.log.push(`close ${code} ${reason}`);
  }

  terminate(): void {
    this.log.push('terminate');
  }
}

function start({ workers = [new LiveWorker()] }: { workers?: FakeWorker[] } = {}) {
  const clock = new FakeClock();
  const events = new Events({ debug() {}, info() {}, warn() {}, error() {} });
  const pool = new Pool({ balancer: new RoundRobin(), clock, events, queueLimit: 10, queueTimeoutMs: 1000, workerWaitMs: 0 });
  for (const worker of workers) pool.add(worker);
  const sessions = new LiveSessions({ pool, clock, events, liveIdleTimeoutMs: 60_000 });
  const client = new FakeClient();
  sessions.handle(client);
  const sockets = workers.flatMap((worker) => (worker instanceof LiveWorker ? worker.sockets : []));
  const [stream] = sockets;
  const leases = () => pool.debugState().leases;
  return { clock, events, sessions, client, workers, stream: stream as FakeSocketStream, sockets, leases };
}

function open(options: Parameters<typeof start>[0] = {}) {
  const started = start(options);
  started.stream.socketEvents.onHead(upgraded);
  return started;
}

describe('a live session', () => {
  it('is accepted when the upstream has accepted, and carries messages both ways', () => {
    const { client, stream, sessions, leases } = start();
    expect([client.log, leases()]).toEqual([[], 1]);
    stream.socketEvents.onHead(upgraded);
    client.events.onClientMessage(bytes('up'), true);
    stream.socketEvents.onMessage(bytes('down'), false);
    expect([client.log, stream.log]).toEqual([['accept', 'bytes down'], ['text up']]);
    for (const onSent of client.unsent) onSent();
    expect(stream.log).toEqual(['text up', 'taken']);
    expect(sessions.debugState()).toEqual({ running: 1, timed: 1 });
  });

  it('pauses the client while the worker is behind', () => {
    const { client, stream } = open();
    stream.isWritable = false;
    client.events.onClientMessage(bytes('a'), true);
    stream.socketEvents.onWritable();
    expect(client.log).toEqual(['accept', 'pause', 'resume']);
  });

  it.each([
    { code: 1000, sent: ['close 1000 r'] },
    { code: 1005, sent: ['close 1005 r'] },
  ])('closes the upstream as the client closed, and ends when it has: $code', ({ code, sent }) => {
    const { client, stream, sessions, leases, events } = open();
    client.events.onClientClosed(code, 'r');
    stream.socketEvents.onMessage(bytes('late'), true);
    expect([stream.log, leases()]).toEqual([[...sent, 'taken'], 1]);
    stream.socketEvents.onClose(code, 'r');
    expect([sessions.debugState(), leases(), events.counters.requestsCompleted]).toEqual([atRest, 0, 1]);
  });

  it('closes the client as the upstream closed, and answers it', () => {
    const { client, stream, sessions, leases } = open();
    stream.socketEvents.onClose(1011, 'oops');
    expect(client.log).toEqual(['accept', 'close 1011 oops']);
    client.events.onClientClosed(1011, 'oops');
    expect(stream.log).toEqual(['close 1011 oops']);
    expect([sessions.debugState(), leases()]).toEqual([atRest, 0]);
  });

  it.each([{ isOpen: true }, { isOpen: false }])('cancels the work of a client that is gone (open: $isOpen)', ({ isOpen }) => {
    const { client, stream, sessions, leases, events } = isOpen ? open() : start();
    client.events.onClientClosed(1006, '');
    expect([stream.resetCode, sessions.debugState(), leases(), events.counters.requestsCancelled]).toEqual([
      'CANCELLED',
      atRest,
      0,
      1,
    ]);
  });

  it('passes a refusal on', () => {
    const { client, stream, sessions, leases, events } = start();
    stream.socketEvents.onHead({ status: 403, headers: [] });
    stream.socketEvents.onData(bytes('no'), false);
    stream.socketEvents.onData(bytes('pe'), true);
    expect([client.log, stream.consumedBytes, leases()]).toEqual([['refuse 403 nope'], 4, 0]);
    client.events.onClientClosed(1006, '');
    expect([sessions.debugState(), events.counters.requestsCompleted]).toEqual([atRest, 1]);
  });

  it('does not hold an endless refusal', () => {
    const { client, stream } = start();
    stream.socketEvents.onHead({ status: 403, headers: [] });
    for (let count = 0; count < 5; count++) stream.socketEvents.onData(new Uint8Array(65_536), false);
    expect([client.error?.reason, stream.resetCode]).toEqual(['UPSTREAM_CUT', 'CANCELLED']);
  });

  it('tries another worker while no upstream has seen it, and three at most', () => {
    const workers = [new LiveWorker('a'), new LiveWorker('b'), new LiveWorker('c'), new LiveWorker('d')];
    const { client, events } = start({ workers });
    const refuse = () => {
      const last = workers.flatMap(({ sockets }) => sockets).find(({ closed }) => !closed);
      if (last === undefined) return;
      last.closed = true;
      last.socketEvents.onReset(new StreamError('REFUSED', 'busy', { sentUpstream: false }));
    };
    for (let count = 0; count < 4; count++) refuse();
    expect(workers.map(({ sockets }) => sockets.length)).toEqual([1, 1, 1, 0]);
    expect([client.error?.reason, events.counters.requestsRetried]).toEqual(['ALL_WORKERS_BUSY', 2]);
  });

  it('does not waste its tries on the other connections of a page that goes', () => {
    const workers = ['a', 'b', 'c'].map((id) => new LiveWorker(id));
    const { client, clock, stream, sessions } = start({ workers });
    for (const worker of workers.slice(0, 2)) worker.state = 'gone';
    stream.socketEvents.onReset(new StreamError('SESSION_LOST', 'the page closed', { sentUpstream: true }));
    expect(workers.map(({ sockets }) => sockets.length)).toEqual([1, 0, 0]);
    clock.advance(lossPauseMs);
    expect(workers.map(({ sockets }) => sockets.length)).toEqual([1, 0, 1]);
    workers[2]?.sockets[0]?.socketEvents.onReset(new StreamError('SESSION_LOST', 'too', { sentUpstream: true }));
    client.events.onClientClosed(1006, '');
    clock.advance(1_000);
    expect([sessions.debugState(), clock.timers, client.error]).toEqual([atRest, 0, undefined]);
  });

  it('fails with what ended it once it is open', () => {
    const { client, stream, sessions, leases, events } = open();
    stream.socketEvents.onReset(new StreamError('SESSION_LOST', 'the page closed', { sentUpstream: true }));
    expect([client.error?.reason, leases()]).toEqual(['WORKER_LOST', 0]);
    client.events.onClientClosed(1011, '');
    expect([sessions.debugState(), events.counters.requestsFailed]).toEqual([atRest, 1]);
  });

  it('needs a worker with the capability', () => {
    const { client } = start({ workers: [new FakeWorker()] });
    expect(client.error).toMatchObject({ reason: 'NO_WORKER_READY', message: expect.stringContaining('live') });
  });

  it('waits for its account to be known, and goes there alone', async () => {
    const [anna, berta] = [new LiveWorker('a', 'anna'), new LiveWorker('b', 'berta')];
    const { sessions, leases } = start({ workers: [anna, berta] });
    const client = new FakeClient();
    const account = Promise.withResolvers<string | undefined>();
    client.account = account.promise;
    sessions.handle(client);
    expect([anna.sockets.length, berta.sockets.length]).toEqual([1, 0]);
    account.resolve('berta');
    await account.promise;
    expect([anna.sockets.length, berta.sockets.length, leases()]).toEqual([1, 1, 2]);
  });

  it('ends before its account is known: the client leaves, or what it names cannot be served', async () => {
    const { sessions, leases } = start({ workers: [] });
    const account = Promise.withResolvers<string | undefined>();
    const [leaving, failing] = [new FakeClient(), new FakeClient()];
    for (const client of [leaving, failing]) {
      client.account = account.promise;
      sessions.handle(client);
    }
    leaving.events.onClientClosed(1001, '');
    account.reject(new GatewayError('MIXED_RESOURCE_OWNERS', 'two'));
    await account.promise.catch(() => {});
    expect([leaving.error?.reason, failing.error?.reason, leases()]).toEqual([undefined, 'MIXED_RESOURCE_OWNERS', 0]);
  });

  it('fails when the upstream does not open in time', () => {
    const { client, clock } = start();
    clock.advance(44_000);
    expect(client.error).toBe(undefined);
    clock.advance(10_000);
    expect(client.error?.reason).toBe('FIRST_BYTE_TIMEOUT');
  });

  it('ends after the longest time without a message, which each message starts anew', () => {
    const { client, stream, clock } = open();
    for (let count = 0; count < 5; count++) {
      clock.advance(50_000);
      if (count % 2 === 0) client.events.onClientMessage(bytes('a'), true);
      else stream.socketEvents.onMessage(bytes('b'), true);
    }
    expect(client.error).toBe(undefined);
    clock.advance(65_000);
    expect([client.error?.reason, stream.resetCode]).toEqual(['IDLE_TIMEOUT', 'CANCELLED']);
  });

  it('waits for the second side to close, but not for ever', () => {
    const byClient = open();
    byClient.client.events.onClientClosed(1000, '');
    byClient.clock.advance(20_000);
    expect([byClient.stream.resetCode, byClient.sessions.debugState()]).toEqual(['CANCELLED', atRest]);
    const byUpstream = open();
    byUpstream.stream.socketEvents.onClose(1000, '');
    byUpstream.clock.advance(20_000);
    expect(byUpstream.client.log).toContain('terminate');
  });

  it('ends when the gateway stops, and none begins after', async () => {
    const { client, sessions, stream } = open();
    const closed = sessions.close();
    expect([client.error?.reason, stream.resetCode]).toEqual(['SHUTTING_DOWN', 'CANCELLED']);
    const late = new FakeClient();
    sessions.handle(late);
    expect(late.error?.reason).toBe('SHUTTING_DOWN');
    client.events.onClientClosed(1001, '');
    late.events.onClientClosed(1006, '');
    await closed;
    expect(sessions.debugState()).toEqual(atRest);
  });
});
