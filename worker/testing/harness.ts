import {
  createGatewaySession,
  defaultLimits,
  type GatewaySession,
  type Hello,
  type ProtocolError,
  type RequestHead,
  type ResponseHead,
  type Resumption,
  type Stream,
  type StreamError,
  type Welcome,
  type WorkerStatus,
} from '@gemini-proxy/protocol';
import { FakeClock, type MemoryTransport, transportPair } from '@gemini-proxy/protocol/testing';
import { createWorker } from '../src/create-worker.ts';
import { defaultDeadlines } from '../src/deadlines.ts';
import type { Execute, RequestBody, UpstreamResponse, WorkerOptions } from '../src/worker.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** One call that the engine made of its executor: the test decides when and how it is answered. */
interface FakeCall {
  readonly request: RequestHead;
  readonly body: RequestBody;
  readonly signal: AbortSignal;
  answer(response: Partial<UpstreamResponse>): void;
  fail(error: unknown): void;
}

/** An executor that answers probes as told, and leaves requests to the test. */
class FakeExecutor {
  /** Requests of the gateway, oldest first. */
  readonly calls: FakeCall[] = [];
  /** Probes that have not been answered. */
  readonly pendingProbes: FakeCall[] = [];
  probeCount = 0;
  /** `undefined` leaves a probe pending, as a hook does. */
  answerProbe: (() => Partial<UpstreamResponse>) | undefined = () => ({ status: 200 });

  readonly execute: Execute = (request, body, signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<UpstreamResponse>();
    const call: FakeCall = {
      request,
      body,
      signal,
      answer: (response) => resolve({ status: 200, headers: [], body: undefined, ...response }),
      fail: reject,
    };
    if (!request.attempt.startsWith('probe-')) {
      this.calls.push(call);
      return promise;
    }
    this.probeCount += 1;
    if (this.answerProbe === undefined) this.pendingProbes.push(call);
    else {
      try {
        call.answer(this.answerProbe());
      } catch (error) {
        call.fail(error);
      }
    }
    return promise;
  };
}

/** What the gateway saw of one stream. */
export interface SeenStream {
  readonly stream: Stream;
  head: ResponseHead | undefined;
  readonly chunks: Bytes[];
  ended: boolean;
  reset: StreamError | undefined;
}

/** The gateway's end of one connection. */
export interface FakeGateway {
  readonly session: GatewaySession;
  readonly transport: MemoryTransport;
  readonly statuses: WorkerStatus[];
  readonly goaways: string[];
  hello: Hello | undefined;
  closed: ProtocolError | undefined;
}

export interface HarnessOptions extends Partial<WorkerOptions> {
  /** What the gateway answers to a hello. */
  readonly judge?: (hello: Hello) => Welcome | Resumption | ProtocolError;
  readonly windowBytes?: number;
  /** Connections that never open. */
  readonly isReachable?: () => boolean;
}

/** An engine on a clock that stands still, with a gateway in memory. */
export function createHarness(options: HarnessOptions = {}) {
  const clock = new FakeClock();
  const executor = new FakeExecutor();
  const gateways: FakeGateway[] = [];
  let dials = 0;
  const welcome: Welcome = {
    version: 1,
    sessionId: 's1',
    windowBytes: options.windowBytes ?? 256 * 1024,
    pingIntervalMs: 3_600_000,
    resume: null,
  };

  const worker = createWorker({
    connect: (events) => {
      dials += 1;
      const pair = transportPair(queueMicrotask);
      pair.worker.listen(events);
      queueMicrotask(() => {
        if (options.isReachable?.() === false) {
          events.onClose(1006, '');
          return;
        }
        gateways.push(acceptConnection(pair.gateway, clock, options.judge ?? (() => welcome)));
        events.onOpen();
      });
      return pair.worker;
    },
    execute: executor.execute,
    token: 'token',
    workerId: 'w1',
    account: 'me',
    kind: 'aistudio',
    slots: 4,
    capabilities: [],
    clock,
    random: () => 0.5,
    scheduleFlush: (flush) => setImmediate(flush),
    deadlines: defaultDeadlines,
    ...options,
  });

  return {
    worker,
    clock,
    executor,
    gateways,
    get dials() {
      return dials;
    },
    /** The gateway's end of the newest connection. */
    get gateway(): FakeGateway {
      const gateway = gateways.at(-1);
      if (gateway === undefined) throw new Error('no connection was made');
      return gateway;
    },
    async start() {
      worker.start();
      await turns();
    },
    async pass(ms: number) {
      clock.advance(ms);
      await turns();
    },
  };
}

/** Lets everything happen that needs no time. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Opens a stream from the gateway's side. `autoConsume` gives credit back at once. */
export function openStream(
  gateway: FakeGateway,
  request: Partial<RequestHead> = {},
  { bodyless = true, autoConsume = true } = {},
): SeenStream {
  const seen: Omit<SeenStream, 'stream'> = { head: undefined, chunks: [], ended: false, reset: undefined };
  const head: RequestHead = {
    attempt: 'a1',
    method: 'POST',
    path: '/v1beta/models/gemini-2.5-flash:generateContent',
    headers: [],
    operation: 'models.generateContent',
    ...request,
  };
  const result = Object.assign(seen, {
    stream: gateway.session.open(
      head,
      {
        onHead: (answer) => {
          seen.head = answer;
        },
        onData: (chunk, end) => {
          if (chunk.byteLength > 0) seen.chunks.push(chunk);
          seen.ended ||= end;
          if (autoConsume) result.stream.consumed(chunk.byteLength);
        },
        onWritable: () => {},
        onReset: (error) => {
          seen.reset = error;
        },
      },
      { bodyless },
    ),
  });
  return result;
}

/** A body that comes when the test says so. */
export function createBody() {
  const queue: (Bytes | Error | undefined)[] = [];
  let wake = Promise.withResolvers<void>();
  let pulled = 0;
  let returned = false;
  const push = (item: Bytes | Error | undefined) => {
    queue.push(item);
    wake.resolve();
    wake = Promise.withResolvers();
  };
  async function* read(): AsyncGenerator<Bytes, void> {
    try {
      for (;;) {
        while (queue.length === 0) await wake.promise;
        const item = queue.shift();
        if (item instanceof Error) throw item;
        if (item === undefined) return;
        pulled += 1;
        yield item;
      }
    } finally {
      returned = true;
    }
  }
  return {
    body: read(),
    push: (chunk: Bytes) => push(chunk),
    end: () => push(undefined),
    fail: (error: Error) => push(error),
    get pulled() {
      return pulled;
    },
    get returned() {
      return returned;
    },
  };
}

function acceptConnection(
  transport: MemoryTransport,
  clock: FakeClock,
  judge: (hello: Hello) => Welcome | Resumption | ProtocolError,
): FakeGateway {
  const statuses: WorkerStatus[] = [];
  const goaways: string[] = [];
  const seen: Pick<FakeGateway, 'hello' | 'closed'> = { hello: undefined, closed: undefined };
  const session = createGatewaySession(
    { transport, clock, scheduleFlush: (flush) => setImmediate(flush), limits: defaultLimits },
    {
      onHello: (hello) => {
        seen.hello = hello;
        return judge(hello);
      },
      onOpen: () => {},
      onStatus: (status) => statuses.push(status),
      onGoaway: ({ reason }) => goaways.push(reason),
      onClose: (error) => {
        seen.closed = error;
      },
    },
  );
  transport.listen({
    onOpen: () => {},
    onMessage: (message) => session.receive(message),
    onClose: (code, reason) => session.transportClosed(code, reason),
  });
  return Object.assign(seen, { session, transport, statuses, goaways });
}
