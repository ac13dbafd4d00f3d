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
import { describe, expect, it, vi } from 'vitest';
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
}

const windowBytes = 256 * 1024;
const waitOptions = { timeout: 20_000, interval: 5 };

/** What every pair of transports must carry; the worker's end may be in another process. */
export function sessionConformance(target: ConformanceTarget): void {
  describe(`a session over ${target.name}`, () => {
    it('opens with the right token', async () => {
      await using link = await Link.open(target);
      expect(link.gateway.debugState().state).toBe('open');
      await link.expectBaseline();
    });

    it('closes with UNAUTHORIZED on a wrong token', async () => {
      await using link = await Link.connect(target, 'a wrong token');
      await vi.waitFor(async () => {
        expect(await link.pair.report()).toMatchObject({ closeCode: 'UNAUTHORIZED', closeReason: 'the worker token is wrong' });
      }, waitOptions);
      expect(link.closeError?.code).toBe('UNAUTHORIZED');
    });

    it.each([0, 1, 1000, 65_536, 65_537, 262_144, 1_000_003])('echoes %i bytes unchanged', async (byteCount) => {
      await using link = await Link.open(target);
      const exchange = link.exchange('/echo', byteCount);
      await exchange.ended();
      expect(exchange.summary).toEqual({ status: 200, byteCount, mismatch: -1, error: undefined });
      await link.expectBaseline();
    });

    it('echoes on many streams at once', async () => {
      await using link = await Link.open(target);
      const exchanges = Array.from({ length: 100 }, (_, index) => link.exchange('/echo', index * 997));
      await Promise.all(exchanges.map((exchange) => exchange.ended()));
      for (const [index, exchange] of exchanges.entries()) {
        expect(exchange.summary).toEqual({ status: 200, byteCount: index * 997, mismatch: -1, error: undefined });
      }
      await link.expectBaseline();
    });

    it('carries floods in both directions at once', async () => {
      await using link = await Link.open(target);
      const byteCount = 3_000_000;
      const exchanges = Array.from({ length: 6 }, () => link.exchange(`/flood/${byteCount}`, byteCount));
      await Promise.all(exchanges.map((exchange) => exchange.ended()));
      for (const { summary } of exchanges) expect(summary).toEqual({ status: 200, byteCount, mismatch: -1, error: undefined });
      await link.expectBaseline();
    });

    it('lets a stream that nobody reads fill its window, and no other stream wait for it', async () => {
      await using link = await Link.open(target);
      const stalled = link.exchange('/flood/1000000', 0, { isReading: false });
      await vi.waitFor(() => expect(stalled.summary.byteCount).toBe(windowBytes), waitOptions);
      const other = link.exchange('/flood/1000000', 0);
      await other.ended();
      expect([other.summary.byteCount, stalled.summary.byteCount]).toEqual([1_000_000, windowBytes]);
      stalled.read();
      await stalled.ended();
      expect(stalled.summary).toEqual({ status: 200, byteCount: 1_000_000, mismatch: -1, error: undefined });
      await link.expectBaseline();
    });

    it('waits for a worker that reads slowly', async () => {
      await using link = await Link.open(target);
      const exchange = link.exchange('/slow', 2_000_000);
      await exchange.ended();
      expect(exchange.text).toBe('2000000 0');
      await link.expectBaseline();
    });

    it('reports an answer that breaks off', async () => {
      await using link = await Link.open(target);
      const exchange = link.exchange('/cut', 0);
      await exchange.ended();
      expect(exchange.summary).toMatchObject({ status: 200, byteCount: 10, error: 'UPSTREAM_CUT' });
      await link.expectBaseline();
    });

    it('tells the worker of a cancel', async () => {
      await using link = await Link.open(target);
      const exchange = link.exchange('/never', 1000);
      const flood = link.exchange('/flood/100000000', 0);
      await vi.waitFor(() => expect(flood.summary.byteCount).toBeGreaterThan(1_000_000), waitOptions);
      exchange.cancel();
      flood.cancel();
      await vi.waitFor(async () => expect((await link.pair.report()).resets).toEqual(['CANCELLED', 'CANCELLED']), waitOptions);
      await link.expectBaseline();
    });

    it('takes a whole answer although the body is not wanted', async () => {
      await using link = await Link.open(target);
      const exchange = link.exchange('/early', 50_000_000);
      await exchange.ended();
      expect(exchange.summary).toEqual({ status: 413, byteCount: 10, mismatch: -1, error: 'RESPONSE_COMPLETE' });
      await link.expectBaseline();
    });

    it('outlives a handler that throws', async () => {
      await using link = await Link.open(target);
      const broken = link.exchange('/broken', 10);
      await broken.ended();
      expect(broken.summary.error).toBe('INTERNAL');
      const exchange = link.exchange('/echo', 10);
      await exchange.ended();
      expect(exchange.summary.byteCount).toBe(10);
      await link.expectBaseline();
    });

    it('hears how the worker is, and that it drains', async () => {
      await using link = await Link.open(target);
      await link.exchange('/status', 0).ended();
      expect(link.statuses).toEqual([{ state: 'needs-interaction', reason: 'click here once' }]);
      const running = link.exchange('/never', 0);
      await link.exchange('/drain', 0).ended();
      expect(link.goaways).toEqual([{ reason: 'asked to' }]);
      expect(() => link.exchange('/echo', 0)).toThrow(ProtocolError);
      expect((await link.pair.report()).state).toMatchObject({ state: 'draining', streams: 1 });
      running.cancel();
    });

    it('tells the worker why it was closed', async () => {
      await using link = await Link.open(target);
      const exchange = link.exchange('/never', 0);
      await vi.waitFor(async () => expect((await link.pair.report()).state.streams).toBe(1), waitOptions);
      link.gateway.destroy(new ProtocolError('REPLACED', 'another connection took over this worker id'));
      expect(exchange.summary.error).toBe('SESSION_LOST');
      await vi.waitFor(async () => {
        expect(await link.pair.report()).toMatchObject({
          closeCode: 'REPLACED',
          resets: ['SESSION_LOST'],
          state: { state: 'closed', streams: 0, queuedBytes: 0, timers: 0 },
        });
      }, waitOptions);
    });
  });
}

/** The gateway's end of a link to a conformance worker. */
class Link implements AsyncDisposable {
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
        onHello: (hello) =>
          hello.token === 'the right token'
            ? { version: 1, sessionId: 'conformance', windowBytes, pingIntervalMs: 15_000, resume: null }
            : new ProtocolError('UNAUTHORIZED', 'the worker token is wrong'),
        onOpen: () => this.#opened.resolve(),
        onStatus: (status) => this.statuses.push(status),
        onGoaway: (goaway) => this.goaways.push(goaway),
        onClose: (error) => {
          this.closeError = error;
        },
      },
    );
    this.#gateway = gateway;
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
