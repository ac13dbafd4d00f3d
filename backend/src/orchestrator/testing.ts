import { readdirSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { type OperationName, parseOperation } from '@gemini-proxy/gemini';
import {
  type ProtocolError,
  type RequestHead,
  type ResponseHead,
  type SocketStream,
  type SocketStreamEvents,
  type Stream,
  StreamError,
  type StreamErrorCode,
  type StreamEvents,
} from '@gemini-proxy/protocol';
import { FakeClock } from '@gemini-proxy/protocol/testing';
import type { GatewayError } from '../errors.ts';
import { Events } from '../events.ts';
import { RoundRobin } from '../pool/balancer.ts';
import { Pool } from '../pool/pool.ts';
import type { Worker, WorkerState } from '../pool/worker.ts';
import type { ClientEvents, ClientExchange } from './client-exchange.ts';
import { lossPauseMs } from './exchange.ts';
import { Orchestrator } from './orchestrator.ts';
import type { RetryRules } from './tries.ts';

export const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
export const failure = (code: StreamErrorCode, sentUpstream: boolean) => new StreamError(code, 'as told', { sentUpstream });

/** Failover as it is by default, but for its room. */
export const failoverOptions = {
  failoverWaitMs: 3_000,
  retryRules: { maxAttempts: 3, retrySent: 'repeatable' },
  replayMemoryBytes: 512 * 1024,
  replayDiskBytes: 4 * 1024 * 1024,
  heldFolder: tmpdir(),
} as const;

export const firstByteTimeoutMs = 10_000;
export const requestTimeoutMs = 20_000;

/** A stream that remembers what it was given. */
export class FakeStream implements Stream {
  readonly id = 1;
  readonly bytesSent = 0;
  readonly bytesReceived = 0;
  closed = false;
  isWritable = true;
  readonly written: (string | 'end')[] = [];
  consumedBytes = 0;
  resetCode: string | undefined;
  readonly request: RequestHead;
  readonly events: StreamEvents;

  constructor(request: RequestHead, events: StreamEvents) {
    this.request = request;
    this.events = events;
  }

  write(chunk: Uint8Array): boolean {
    this.written.push(Buffer.from(chunk).toString());
    return this.isWritable;
  }

  end(chunk?: Uint8Array): void {
    if (chunk !== undefined) this.write(chunk);
    this.written.push('end');
  }

  consumed(byteCount: number): void {
    this.consumedBytes += byteCount;
  }

  reset(error: StreamError): void {
    this.resetCode = error.code;
    this.closed = true;
  }
}

/** A worker whose streams do what the test says. */
export class FakeWorker implements Worker {
  readonly kind = 'emulator';
  state: WorkerState = 'ready';
  readonly reason = '';
  readonly capabilities: readonly string[] = [];
  readonly slots = 10;
  readonly id: string;
  readonly account: string;
  readonly streams: FakeStream[] = [];
  failure: ProtocolError | undefined;
  /** Whether its streams take more than they are given at first. */
  isWritable = true;

  constructor(id = 'worker', account = 'tester') {
    this.id = id;
    this.account = account;
  }

  open(request: RequestHead, events: StreamEvents): FakeStream {
    if (this.failure !== undefined) throw this.failure;
    const stream = new FakeStream(request, events);
    stream.isWritable = this.isWritable;
    this.streams.push(stream);
    return stream;
  }

  openSocket(_request: RequestHead, _events: SocketStreamEvents): SocketStream {
    throw new Error('this worker opens no WebSockets');
  }

  get last(): FakeStream {
    const stream = this.streams.at(-1);
    if (stream === undefined) throw new Error('no stream was opened');
    return stream;
  }
}

/** A client that remembers what it was told. */
export class FakeClient implements ClientExchange {
  readonly method: string;
  readonly path: string;
  readonly headers = [];
  readonly operation: OperationName;
  readonly bodyLength: number | undefined;
  events: ClientEvents | undefined;
  isReading = false;
  isWritable = true;
  isDestroyed = false;
  head: ResponseHead | undefined;
  answer = '';
  error: GatewayError | undefined;

  constructor(bodyLength: number | 'unknown' = 0, line = 'POST /v1beta/models') {
    const [method = '', path = ''] = line.split(' ');
    this.method = method;
    this.path = path;
    this.operation = parseOperation(method, path).name;
    this.bodyLength = bodyLength === 'unknown' ? undefined : bodyLength;
  }

  bind(events: ClientEvents): void {
    this.events = events;
  }

  startBody(): void {
    this.isReading = true;
  }

  pauseBody(): void {
    this.isReading = false;
  }

  resumeBody(): void {
    this.isReading = true;
  }

  sendHead(head: ResponseHead): void {
    this.head = head;
  }

  write(chunk: Uint8Array): boolean {
    this.answer += Buffer.from(chunk).toString();
    return this.isWritable;
  }

  end(chunk: Uint8Array): void {
    this.answer += `${Buffer.from(chunk).toString()}<end>`;
  }

  fail(error: GatewayError): void {
    this.error = error;
  }

  destroy(): void {
    this.isDestroyed = true;
  }
}

interface PoolOptions extends Partial<RetryRules> {
  readonly workerWaitMs?: number;
  readonly replayDiskBytes?: number;
  readonly heldFolder?: string;
}

/** An orchestrator over so many workers, and what a test does to them. */
export function startPool(count: number, options: PoolOptions = {}) {
  const { replayDiskBytes, heldFolder } = { ...failoverOptions, ...options };
  const { maxAttempts, retrySent } = { ...failoverOptions.retryRules, ...options };
  const { workerWaitMs = 0 } = options;
  const clock = new FakeClock();
  const logged: string[] = [];
  const log = (_fields: object, message: string) => void logged.push(message);
  const events = new Events({ debug() {}, info() {}, warn: log, error: log });
  const pool = new Pool({ balancer: new RoundRobin(), clock, events, queueLimit: 10, queueTimeoutMs: 60_000, workerWaitMs });
  const workers = Array.from({ length: count }, (_, index) => new FakeWorker(`w${index + 1}`));
  for (const worker of workers) pool.add(worker);
  const orchestrator = new Orchestrator({
    pool,
    clock,
    events,
    maxBodyBytes: 1_000_000,
    firstByteTimeoutMs,
    idleTimeoutMs: 5_000,
    requestTimeoutMs,
    ...failoverOptions,
    retryRules: { maxAttempts, retrySent },
    replayDiskBytes,
    heldFolder,
  });
  const [first, second, third] = workers;
  if (first === undefined) throw new Error('a test without workers');
  const send = (client: FakeClient) => {
    orchestrator.handle(client);
    return client;
  };
  const setState = (worker: FakeWorker, state: WorkerState) => {
    worker.state = state;
    pool.changed(worker);
  };
  const lose = (worker: FakeWorker) => {
    worker.state = 'gone';
    for (const stream of worker.streams) if (!stream.closed) stream.events.onReset(failure('SESSION_LOST', true));
    pool.remove(worker, true);
    clock.advance(lossPauseMs);
  };
  const atRest = () => ({ ...orchestrator.debugState(), leases: pool.debugState().leases, waiting: pool.debugState().waiting });
  return {
    clock,
    logged,
    pool,
    orchestrator,
    workers,
    first,
    second: second ?? first,
    third: third ?? first,
    send,
    setState,
    lose,
    atRest,
  };
}

/** Files below a folder that this process has open, with a name or without; only Linux tells. */
export function countOpenFiles(folder: string): number {
  return readdirSync('/proc/self/fd').filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith(`${folder}/`);
    } catch {
      // The descriptor with which the list was made.
      return false;
    }
  }).length;
}
