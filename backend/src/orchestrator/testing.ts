import type { ProtocolError, RequestHead, Stream, StreamError, StreamEvents } from '@gemini-proxy/protocol';
import type { Worker, WorkerState } from '../pool/worker.ts';

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

  openSocket(): never {
    throw new Error('this worker opens no WebSockets');
  }

  get last(): FakeStream {
    const stream = this.streams.at(-1);
    if (stream === undefined) throw new Error('no stream was opened');
    return stream;
  }
}
