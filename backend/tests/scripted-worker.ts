import {
  createWorkerSession,
  defaultLimits,
  type Hello,
  ProtocolError,
  type ServedStream,
  StreamError,
  type StreamEvents,
  subprotocol,
  type WorkerSession,
} from '@gemini-proxy/protocol';
import { WebSocket } from 'ws';
import { workerPath } from '../src/index.ts';
import { systemClock } from '../src/system-clock.ts';
import { WebSocketTransport } from '../src/worker-link/websocket-transport.ts';
import { workerToken } from './start-gateway.ts';

/** What a scripted worker does with a request: nothing happens that the script does not say. */
export type Script = (stream: ServedStream) => Partial<StreamEvents>;

export interface ScriptedWorker extends AsyncDisposable {
  readonly session: WorkerSession;
  readonly socket: WebSocket;
  /** Streams in the order in which they were opened. */
  readonly streams: readonly ServedStream[];
  /** Resets that came from the gateway. */
  readonly resets: readonly StreamError[];
  /** Reasons of the gateway's goaway frames. */
  readonly goaways: readonly string[];
  /** What it was told of being held back. */
  readonly holds: readonly boolean[];
  /** Resolves with the reason when the session has ended. */
  readonly closed: Promise<ProtocolError>;
}

export interface ScriptedWorkerOptions {
  readonly port: number;
  readonly script: Script;
  readonly hello?: Partial<Hello>;
  readonly status?: 'ready' | 'needs-interaction' | 'refused' | 'probing';
  readonly reason?: string;
}

/** Connects a worker that follows a script; resolves once it has said how it is, or the session has ended. */
export async function connectScriptedWorker(options: ScriptedWorkerOptions): Promise<ScriptedWorker> {
  const socket = new WebSocket(`ws://127.0.0.1:${options.port}${workerPath}`, subprotocol, { perMessageDeflate: false });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const transport = new WebSocketTransport(socket);
  const streams: ServedStream[] = [];
  const resets: StreamError[] = [];
  const goaways: string[] = [];
  const holds: boolean[] = [];
  const welcomed = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<ProtocolError>();
  const hello: Hello = {
    version: 1,
    token: workerToken,
    workerId: 'scripted',
    account: 'tester',
    kind: 'emulator',
    slots: 100,
    capabilities: [],
    resume: null,
    ...options.hello,
  };
  const session = createWorkerSession(
    { transport, clock: systemClock, limits: defaultLimits, scheduleFlush: (flush) => void setImmediate(flush), hello },
    {
      onWelcome: () => welcomed.resolve(),
      onStream: (stream) => {
        streams.push(stream);
        const events = options.script(stream);
        return {
          onHead() {},
          onData(chunk) {
            stream.consumed(chunk.length);
          },
          onWritable() {},
          ...events,
          onReset(error) {
            resets.push(error);
            events.onReset?.(error);
          },
        };
      },
      onGoaway: ({ reason }) => goaways.push(reason),
      onHold: ({ isHeld }) => holds.push(isHeld),
      onClose: (error) => {
        closed.resolve(error);
        welcomed.resolve();
      },
    },
  );
  transport.attach(session);
  await welcomed.promise;
  session.sendStatus({ state: options.status ?? 'ready', reason: options.reason ?? '' });
  return {
    session,
    socket,
    streams,
    resets,
    goaways,
    holds,
    closed: closed.promise,
    [Symbol.asyncDispose]: async () => {
      session.destroy(new ProtocolError('CLOSED', 'The test is over.'));
      await closed.promise;
    },
  };
}

/** Answers with 200 and the request's own bytes, keeping to both windows. */
export const echo: Script = (stream) => {
  stream.sendHead({ status: 200, headers: [['content-type', 'application/octet-stream']] });
  if (stream.bodyless) stream.end();
  let unreturned = 0;
  return {
    onData(chunk, end) {
      if (end) stream.end(chunk);
      else if (stream.write(chunk)) stream.consumed(chunk.length);
      else unreturned += chunk.length;
    },
    onWritable() {
      stream.consumed(unreturned);
      unreturned = 0;
    },
  };
};

/** Reads the body to its end, then answers at once with this. */
export function answering(status: number, headers: [string, string][], body: string | Uint8Array<ArrayBuffer>): Script {
  return (stream) => {
    const answer = () => {
      stream.sendHead({ status, headers });
      stream.end(typeof body === 'string' ? new TextEncoder().encode(body) : body);
    };
    if (stream.bodyless) answer();
    return {
      onData(chunk, end) {
        stream.consumed(chunk.length);
        if (end) answer();
      },
    };
  };
}

/** A failure as a worker reports it. */
export function failing(code: StreamError['code'], message: string, sentUpstream: boolean): Script {
  return (stream) => {
    stream.reset(new StreamError(code, message, { sentUpstream }));
    return {};
  };
}
