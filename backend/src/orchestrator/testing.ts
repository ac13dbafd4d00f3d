import { type OperationName, parseOperation } from '@gemini-proxy/gemini';
import type {
  ProtocolError,
  RequestHead,
  ResponseHead,
  SocketStream,
  SocketStreamEvents,
  Stream,
  StreamError,
  StreamEvents,
} from '@gemini-proxy/protocol';
import type { GatewayError } from '../errors.ts';
import type { Worker, WorkerState } from '../pool/worker.ts';
import type { ClientEvents, ClientExchange } from './client-exchange.ts';

/** Failover as it is by default, but for its memory. */
export const failoverOptions = {
  failoverWaitMs: 3_000,
  retryRules: { maxAttempts: 3, retrySent: 'repeatable' },
  replayMemoryBytes: 512 * 1024,
} as const;

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

  constructor(id = 'worker', account = 'tester') {
    this.id = id;
    this.account = account;
  }

  open(request: RequestHead, events: StreamEvents): FakeStream {
    if (this.failure !== undefined) throw this.failure;
    const stream = new FakeStream(request, events);
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
