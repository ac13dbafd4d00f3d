import { once } from 'node:events';
import {
  createWorkerSession,
  defaultLimits,
  type Hello,
  type ProtocolError,
  type ServedStream,
  subprotocol,
  type WorkerSession,
} from '@gemini-proxy/protocol';
import { describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { workerPath } from '../src/index.ts';
import { systemClock } from '../src/system-clock.ts';
import { WebSocketTransport } from '../src/worker-link/websocket-transport.ts';
import { expectBaseline } from './baseline.ts';
import { clientKey, type StartedGateway, startGateway, workerToken } from './start-gateway.ts';

const sessionGraceMs = 30_000;
const patience = { timeout: 15_000, interval: 5 };

/** A worker that answers nothing by itself, and whose connection is the test's to cut. */
interface ResumableWorker {
  readonly session: WorkerSession;
  readonly socket: WebSocket;
  readonly streams: ServedStream[];
  readonly ends: ProtocolError[];
  /** What the gateway's welcome said of resume. */
  readonly secret: string;
}

interface Connecting {
  readonly resumes?: WorkerSession;
  readonly hello?: Partial<Hello>;
}

/** Connects, and resolves with the session once it is welcome: a new one, or the one that goes on. */
async function connectWorker({ port }: StartedGateway, { resumes, hello }: Connecting = {}): Promise<ResumableWorker> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${workerPath}`, subprotocol, { perMessageDeflate: false });
  let secret = '';
  socket.once('message', (data: Buffer) => {
    secret = /"secret":"([^"]*)"/.exec(data.toString('latin1'))?.[1] ?? '';
  });
  await once(socket, 'open');
  const transport = new WebSocketTransport(socket);
  const streams: ServedStream[] = [];
  const ends: ProtocolError[] = [];
  const said: Hello = {
    version: 1,
    token: workerToken,
    workerId: 'resumable',
    account: 'tester',
    kind: 'emulator',
    slots: 10,
    capabilities: [],
    resume: null,
    ...hello,
  };
  const welcome = Promise.withResolvers<void>();
  const session = createWorkerSession(
    {
      transport,
      clock: systemClock,
      limits: defaultLimits,
      scheduleFlush: (flush) => void setImmediate(flush),
      hello: said,
      resumes,
    },
    {
      onWelcome: () => welcome.resolve(),
      onStream: (stream) => {
        streams.push(stream);
        return { onHead() {}, onData: (chunk) => stream.consumed(chunk.byteLength), onWritable() {}, onReset() {} };
      },
      onGoaway() {},
      onClose: (error) => {
        ends.push(error);
        welcome.resolve();
      },
    },
  );
  transport.attach(session);
  await Promise.race([welcome.promise, vi.waitFor(() => expect(resumes?.suspended).toBe(false), patience)]);
  if (resumes === undefined || resumes.closed) session.sendStatus({ state: 'ready', reason: '' });
  return { session: resumes === undefined || resumes.closed ? session : resumes, socket, streams, ends, secret };
}

/** A request under way: its answer has begun. */
async function begin(
  { url }: StartedGateway,
  worker: ResumableWorker,
): Promise<{ readonly stream: ServedStream; readonly answer: Response }> {
  const answer = fetch(`${url}/v1beta/models/m:streamGenerateContent`, {
    method: 'POST',
    body: 'x',
    headers: { 'x-goog-api-key': clientKey },
  });
  const [stream] = await vi.waitFor(() => {
    expect(worker.streams.length).toBeGreaterThan(0);
    return worker.streams;
  }, patience);
  if (stream === undefined) throw new Error('no stream');
  stream.sendHead({ status: 200, headers: [] });
  return { stream, answer: await answer };
}

function stateIs({ gateway }: StartedGateway, state: string): Promise<void> {
  return vi.waitFor(() => expect(gateway.workers().map((worker) => worker.state)).toEqual([state]), patience);
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe('a worker whose socket breaks', () => {
  it('is suspended, and comes back to its requests with the state that it had', async () => {
    await using started = await startGateway({ sessionGraceMs });
    const worker = await connectWorker(started);
    const { stream, answer } = await begin(started, worker);
    stream.write(bytes('one, '));
    worker.socket.terminate();
    await stateIs(started, 'suspended');
    stream.write(bytes('two, '));
    const again = await connectWorker(started, { resumes: worker.session });
    await stateIs(started, 'ready');
    stream.end(bytes('three'));
    expect(await answer.text()).toBe('one, two, three');
    expect(started.gateway.counters()).toMatchObject({ workersConnected: 1, workersSuspended: 1, workersResumed: 1 });
    expect(started.log.some((line) => line.startsWith('worker-suspended') && line.includes('TRANSPORT_LOST'))).toBe(true);
    expect(started.log.some((line) => line.startsWith('worker-resumed') && line.includes('awayMs'))).toBe(true);
    for (const secret of [worker.secret, again.secret]) {
      expect(secret).toHaveLength(32);
      expect(started.log.join()).not.toContain(secret);
      expect(JSON.stringify(started.gateway.debugState())).not.toContain(secret);
    }
    await worker.session[Symbol.asyncDispose]();
    await vi.waitFor(() => expect(started.gateway.workers()).toEqual([]), patience);
    await expectBaseline(started.gateway);
  });

  it('is lost when it does not come back within its grace time', async () => {
    await using started = await startGateway({ sessionGraceMs: 300 });
    const worker = await connectWorker(started);
    const { answer } = await begin(started, worker);
    worker.socket.terminate();
    await expect(answer.text()).rejects.toThrow('terminated');
    await expectBaseline(started.gateway);
  });

  it('is lost at once where the grace time is 0', async () => {
    await using started = await startGateway({ sessionGraceMs: 0 });
    const worker = await connectWorker(started);
    expect(worker.secret).toBe('');
    worker.socket.terminate();
    await vi.waitFor(() => expect(worker.ends.map(({ code }) => code)).toEqual(['TRANSPORT_LOST']), patience);
    await vi.waitFor(() => expect(started.gateway.workers()).toEqual([]), patience);
  });

  it('gives way at once to a new session of the same worker', async () => {
    await using started = await startGateway({ sessionGraceMs });
    const worker = await connectWorker(started);
    const { answer } = await begin(started, worker);
    worker.socket.terminate();
    await stateIs(started, 'suspended');
    await connectWorker(started);
    await stateIs(started, 'ready');
    await expect(answer.text()).rejects.toThrow('terminated');
    await worker.session[Symbol.asyncDispose]();
    await expectBaseline(started.gateway);
  });

  it('is not kept waiting by the gateway’s stop', async () => {
    const started = await startGateway({ sessionGraceMs });
    const worker = await connectWorker(started);
    worker.socket.terminate();
    await stateIs(started, 'suspended');
    await started.gateway.destroy();
    expect(started.gateway.debugState().workerLink).toEqual({ strangers: 0, sessions: {} });
    await worker.session[Symbol.asyncDispose]();
  });
});

describe('a claim to a session', () => {
  /** Says hello with what is claimed; resolves with what the welcome says, or with the code of the close. */
  async function claim({ port }: StartedGateway, changes: { token?: string; account?: string; resume: object }) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${workerPath}`, subprotocol, { perMessageDeflate: false });
    await once(socket, 'open');
    const base = { version: 1, token: workerToken, workerId: 'resumable', account: 'tester', kind: 'emulator', slots: 10 };
    const payload = bytes(JSON.stringify({ ...base, capabilities: [], ...changes }));
    const frame = Buffer.alloc(10 + payload.byteLength);
    frame.writeUInt8(1, 0);
    frame.writeUInt32BE(payload.byteLength, 6);
    frame.set(payload, 10);
    socket.send(frame);
    const answer = await Promise.race([
      once(socket, 'message').then(([data]) => JSON.parse(data.subarray(10).toString()).resume),
      once(socket, 'close').then(([code]) => code),
    ]);
    return { socket, answer };
  }

  async function startSuspended() {
    const started = await startGateway({ sessionGraceMs });
    const worker = await connectWorker(started);
    const { stream, answer } = await begin(started, worker);
    worker.socket.terminate();
    await stateIs(started, 'suspended');
    const { resume } = await helloOf(worker);
    return { started, worker, stream, answer, resume };
  }

  /** What the worker would say. */
  async function helloOf(worker: ResumableWorker): Promise<{ readonly resume: Record<string, unknown> }> {
    const sent = Promise.withResolvers<Uint8Array>();
    const transport = { send: sent.resolve, close: () => {}, bufferedAmount: 0 };
    const events = { onWelcome() {}, onStream: () => refused, onGoaway() {}, onClose() {} };
    const hello: Hello = {
      version: 1,
      token: 't',
      workerId: 'w',
      account: 'a',
      kind: 'emulator',
      slots: 1,
      capabilities: [],
      resume: null,
    };
    const common = { clock: systemClock, limits: defaultLimits, scheduleFlush: () => {} };
    await using _ = createWorkerSession({ ...common, transport, hello, resumes: worker.session }, events);
    return JSON.parse(new TextDecoder().decode((await sent.promise).subarray(10)));
  }

  const refused = { onHead() {}, onData() {}, onWritable() {}, onReset() {} };

  it.each([
    ['a wrong secret', { secret: 'x'.repeat(32) }, {}],
    ['a secret of another length', { secret: 'x' }, {}],
    ['another session’s id', { sessionId: 'another' }, {}],
    ['another account', {}, { account: 'somebody-else' }],
  ])('with %s begins a new session, which replaces the old one', async (_, wrong, hello) => {
    const { started, worker, answer, resume } = await startSuspended();
    const { socket, answer: offer } = await claim(started, { ...hello, resume: { ...resume, ...wrong } });
    expect(offer).toMatchObject({ isResumed: false, receivedMessages: 0 });
    await expect(answer.text()).rejects.toThrow('terminated');
    socket.terminate();
    await worker.session[Symbol.asyncDispose]();
    await started[Symbol.asyncDispose]();
  });

  it('with a wrong token is turned away, and harms nothing', async () => {
    const { started, worker, resume } = await startSuspended();
    expect((await claim(started, { token: 'wrong', resume })).answer).toBe(4401);
    await stateIs(started, 'suspended');
    await worker.session[Symbol.asyncDispose]();
    await started[Symbol.asyncDispose]();
  });

  it('with a secret that was used is not resumed again, once the worker has the next', async () => {
    const { started, worker, resume } = await startSuspended();
    const again = await connectWorker(started, { resumes: worker.session });
    await stateIs(started, 'ready');
    const { socket, answer } = await claim(started, { resume });
    expect(answer).toMatchObject({ isResumed: false });
    await once(again.socket, 'close');
    expect(started.gateway.workers().map(({ state }) => state)).toEqual(['probing']);
    socket.terminate();
    await worker.session[Symbol.asyncDispose]();
    await started[Symbol.asyncDispose]();
  });

  it('with the right secret is good twice while the first welcome may be lost, and closes the rival', async () => {
    const { started, worker, resume } = await startSuspended();
    const first = await claim(started, { resume });
    const second = await claim(started, { resume });
    expect(first.answer).toMatchObject({ isResumed: true });
    expect(second.answer).toEqual(first.answer);
    const [code] = await once(first.socket, 'close');
    expect(code).toBe(4411);
    second.socket.terminate();
    await worker.session[Symbol.asyncDispose]();
    await started[Symbol.asyncDispose]();
  });

  it('with a count that cannot be right costs the session', async () => {
    const { started, worker, answer, resume } = await startSuspended();
    const rival = await claim(started, { resume: { ...resume, receivedMessages: 1_000_000 } });
    expect(rival.answer).toBe(4409);
    await expect(answer.text()).rejects.toThrow('terminated');
    await worker.session[Symbol.asyncDispose]();
    await expectBaseline(started.gateway);
    await started[Symbol.asyncDispose]();
  });
});
