import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  type Clock,
  createGatewaySession,
  defaultLimits,
  type GatewaySession,
  type HeaderList,
  type Hello,
  ProtocolError,
  type RequestHead,
  type WorkerStatus,
} from '@gemini-proxy/protocol';
import { type WebSocket, WebSocketServer } from 'ws';

export interface FakeWorkerLink {
  readonly hello: Hello;
  readonly session: GatewaySession;
  status: WorkerStatus | undefined;
}

export interface FakeAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly text: string;
}

/** As much of a gateway as the page needs: it takes workers with the right token, and sends them requests. */
export class FakeGateway implements AsyncDisposable {
  readonly token = 'right-token';
  /** Sockets that were ever opened. */
  opened = 0;
  readonly workers = new Set<FakeWorkerLink>();
  readonly #server: WebSocketServer;
  readonly #sessions = new Set<GatewaySession>();

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (socket) => this.#accept(socket));
  }

  static async listen(port = 0): Promise<FakeGateway> {
    const server = new WebSocketServer({ host: '127.0.0.1', port, path: '/worker', handleProtocols: () => 'gemini-proxy.v1' });
    await once(server, 'listening');
    return new FakeGateway(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get endpoint(): string {
    return `ws://127.0.0.1:${this.port}/worker`;
  }

  get readyWorkers(): readonly FakeWorkerLink[] {
    return [...this.workers].filter(({ status }) => status?.state === 'ready');
  }

  /** Sends a request through a worker and collects the answer. */
  request({ session }: FakeWorkerLink, path: string, body: string): Promise<FakeAnswer> {
    const head: RequestHead = {
      attempt: 'attempt-1',
      method: 'POST',
      path,
      headers: [['content-type', 'application/json']],
      operation: 'models.generateContent',
    };
    return new Promise((resolve, reject) => {
      const decoder = new TextDecoder();
      let answer: FakeAnswer = { status: 0, headers: [], text: '' };
      const stream = session.open(
        head,
        {
          onHead: ({ status, headers }) => {
            answer = { ...answer, status, headers };
          },
          onData: (chunk, end) => {
            answer = { ...answer, text: answer.text + decoder.decode(chunk, { stream: !end }) };
            stream.consumed(chunk.length);
            if (end) resolve(answer);
          },
          onWritable: () => undefined,
          onReset: reject,
        },
        { bodyless: false },
      );
      stream.end(new TextEncoder().encode(body));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#sessions) session.destroy(new ProtocolError('GOING_AWAY', 'the test is over'));
    for (const socket of this.#server.clients) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: WebSocket): void {
    this.opened += 1;
    let link: FakeWorkerLink | undefined;
    const session = createGatewaySession(
      {
        clock,
        limits: defaultLimits,
        scheduleFlush: (flush) => setImmediate(flush),
        transport: {
          send: (message) => socket.send(message),
          close: (code, reason) => socket.close(code === 1006 ? 1011 : code, reason),
          get bufferedAmount() {
            return socket.bufferedAmount;
          },
        },
      },
      {
        onHello: (hello) => {
          if (hello.token !== this.token) return new ProtocolError('UNAUTHORIZED', 'The worker token is wrong.');
          link = { hello, session, status: undefined };
          return { version: 1, sessionId: hello.workerId, windowBytes: 262_144, pingIntervalMs: 20_000, resume: null };
        },
        onOpen: () => {
          if (link !== undefined) this.workers.add(link);
        },
        onStatus: (status) => {
          if (link !== undefined) link.status = status;
        },
        onGoaway: () => undefined,
        onClose: () => {
          this.#sessions.delete(session);
          if (link !== undefined) this.workers.delete(link);
        },
      },
    );
    this.#sessions.add(session);
    socket.on('message', (data: Buffer<ArrayBuffer>) => session.receive(new Uint8Array(data)));
    socket.on('close', (code, reason) => session.transportClosed(code, reason.toString()));
  }
}

const clock: Clock = {
  now: () => performance.now(),
  schedule: (callback, delayMs) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
