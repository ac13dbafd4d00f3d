import {
  createGatewaySession,
  defaultLimits,
  type GatewaySession,
  type Goaway,
  ProtocolError,
  type ResponseHead,
  type Stream,
  StreamError,
  type StreamEvents,
  type Transport,
  type TransportEvents,
  type WorkerStatus,
} from '@gemini-proxy/protocol';
import { expect, vi } from 'vitest';
import type { WorkerReport } from './conformance-worker.ts';
import { findMismatch, patternBytes } from './pattern.ts';
import { realClock } from './real-clock.ts';

export interface ConformanceTarget {
  readonly name: string;
  /** Connects two transports and starts a `ConformanceWorker` at the far end. `onConnect` is given the gateway's transport, and says who listens to it. */
  connectPair(options: { token: string; onConnect: (transport: Transport) => TransportEvents }): Promise<ConformancePair>;
}

export interface ConformancePair extends AsyncDisposable {
  report(): Promise<WorkerReport>;
  /** Cuts the connection without a goodbye, and lets the worker go on over another. */
  reconnect(onConnect: (transport: Transport) => TransportEvents): Promise<void>;
}

export const windowBytes = 256 * 1024;
export const waitOptions = { timeout: 20_000, interval: 5 };

/** The gateway's end of a link to a conformance worker. */
export class Link implements AsyncDisposable {
  readonly statuses: WorkerStatus[] = [];
  readonly goaways: Goaway[] = [];
  readonly #opened = Promise.withResolvers<void>();
  #gateway: GatewaySession | undefined;
  #pair: ConformancePair | undefined;
  closeError: ProtocolError | undefined;

  get gateway(): GatewaySession {
    if (this.#gateway === undefined) throw new Error('not connected');
    return this.#gateway;
  }

  get pair(): ConformancePair {
    if (this.#pair === undefined) throw new Error('not connected');
    return this.#pair;
  }

  static async connect(target: ConformanceTarget, token: string): Promise<Link> {
    const link = new Link();
    link.#pair = await target.connectPair({ token, onConnect: (transport) => link.#listenTo(transport) });
    return link;
  }

  static async open(target: ConformanceTarget): Promise<Link> {
    const link = await Link.connect(target, 'the right token');
    await link.#opened.promise;
    return link;
  }

  /** Cuts the connection, and waits until the session goes on over another. */
  async reconnect(): Promise<void> {
    await this.pair.reconnect((transport) => this.#listenTo(transport));
    await vi.waitFor(() => expect(this.gateway.suspended).toBe(false), waitOptions);
  }

  /** Sends a pattern of so many bytes, and reads the answer. */
  exchange(path: string, byteCount: number, options: { isReading: boolean } = { isReading: true }): LinkExchange {
    return new LinkExchange(this.gateway, { path, byteCount, ...options });
  }

  /** Both ends are as they were before the first stream. */
  async expectBaseline(): Promise<void> {
    await vi.waitFor(async () => {
      const baseline = { state: 'open', streams: 0, queuedBytes: 0, timers: 1 };
      expect(this.gateway.debugState()).toEqual(baseline);
      expect((await this.pair.report()).state).toEqual(baseline);
    }, waitOptions);
    expect(this.closeError).toBe(undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gateway?.[Symbol.asyncDispose]();
    await this.#pair?.[Symbol.asyncDispose]();
  }

  #listenTo(transport: Transport): TransportEvents {
    const scheduleFlush = (flush: () => void): void => {
      setImmediate(flush);
    };
    const gateway = createGatewaySession(
      { transport, clock: realClock, limits: defaultLimits, scheduleFlush },
      {
        onHello: (hello) => {
          if (hello.token !== 'the right token') return new ProtocolError('UNAUTHORIZED', 'the worker token is wrong');
          if (hello.resume !== null) return { session: this.gateway, secret: `${hello.resume.secret}+` };
          const resume = { isResumed: false, secret: 'secret', graceMs: 20_000, receivedMessages: 0 };
          return { version: 1, sessionId: 'conformance', windowBytes, pingIntervalMs: 15_000, resume };
        },
        onOpen: () => this.#opened.resolve(),
        onStatus: (status) => this.statuses.push(status),
        onGoaway: (goaway) => this.goaways.push(goaway),
        onClose: (error) => {
          this.closeError = error;
        },
      },
    );
    // The ends of later connections are only there to resume the first.
    this.#gateway ??= gateway;
    return {
      onOpen: () => {},
      onMessage: (message) => gateway.receive(message),
      onClose: (code, reason) => gateway.transportClosed(code, reason),
    };
  }
}

/** One exchange, from the gateway's side: checks the pattern as it comes, and keeps only the first bytes. */
class LinkExchange implements StreamEvents {
  readonly #stream: Stream;
  readonly #ended = Promise.withResolvers<void>();
  readonly #byteCount: number;
  #isReading: boolean;
  #isBodyEnded = false;
  #isAnswerEnded = false;
  #sentBytes = 0;
  #unreadBytes = 0;
  #head: ResponseHead | undefined;
  #receivedBytes = 0;
  #mismatch = -1;
  #firstChunk: Uint8Array<ArrayBuffer> | undefined;
  #error: StreamError | undefined;

  constructor(gateway: GatewaySession, options: { path: string; byteCount: number; isReading: boolean }) {
    this.#byteCount = options.byteCount;
    this.#isReading = options.isReading;
    const request = { attempt: 'conformance', method: 'POST', path: options.path, headers: [['x-name', 'välue']] as const };
    this.#stream = gateway.open({ ...request, operation: 'unknown' }, this, { bodyless: false });
    this.#pump();
  }

  get summary() {
    return {
      status: this.#head?.status,
      byteCount: this.#receivedBytes,
      mismatch: this.#mismatch,
      error: this.#error?.code,
    };
  }

  get text(): string {
    return new TextDecoder().decode(this.#firstChunk);
  }

  /** Both directions are done, or the stream failed. */
  ended(): Promise<void> {
    return this.#ended.promise;
  }

  read(): void {
    this.#isReading = true;
    this.#stream.consumed(this.#unreadBytes);
  }

  cancel(): void {
    this.#stream.reset(new StreamError('CANCELLED', 'the client has gone', { sentUpstream: true }));
  }

  onHead(head: ResponseHead): void {
    this.#head = head;
  }

  onData(chunk: Uint8Array<ArrayBuffer>, end: boolean): void {
    const mismatch = findMismatch(chunk, this.#receivedBytes);
    if (mismatch !== -1 && this.#mismatch === -1) this.#mismatch = this.#receivedBytes + mismatch;
    this.#firstChunk ??= chunk;
    this.#receivedBytes += chunk.byteLength;
    if (this.#isReading) this.#stream.consumed(chunk.byteLength);
    else this.#unreadBytes += chunk.byteLength;
    this.#isAnswerEnded = end;
    if (end && this.#isBodyEnded) this.#ended.resolve();
  }

  onWritable(): void {
    this.#pump();
  }

  onReset(error: StreamError): void {
    this.#error = error;
    this.#ended.resolve();
  }

  #pump(): void {
    while (this.#sentBytes < this.#byteCount) {
      const piece = patternBytes(this.#sentBytes, Math.min(40_000, this.#byteCount - this.#sentBytes));
      this.#sentBytes += piece.byteLength;
      if (!this.#stream.write(piece)) return;
    }
    this.#stream.end();
    this.#isBodyEnded = true;
    if (this.#isAnswerEnded) this.#ended.resolve();
  }
}
