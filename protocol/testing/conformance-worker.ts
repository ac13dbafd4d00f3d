import {
  type Clock,
  createWorkerSession,
  defaultLimits,
  type ProtocolError,
  type ServedSocketStream,
  type ServedStream,
  type SessionDebugState,
  type SocketStreamEvents,
  StreamError,
  type StreamEvents,
  type Transport,
  type TransportEvents,
  type WorkerSession,
} from '@gemini-proxy/protocol';
import { findMismatch, patternBytes } from './pattern.ts';

/** What the suite asks a worker about itself. */
export interface WorkerReport {
  readonly state: SessionDebugState;
  readonly closeCode: string | undefined;
  readonly closeReason: string | undefined;
  /** Codes of the resets that came from the gateway. */
  readonly resets: readonly string[];
}

export interface ConformanceWorkerOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly scheduleFlush: (flush: () => void) => void;
  readonly token: string;
}

/** The far end of the conformance suite: it does with each stream what the stream's path says. Runs in Node and in a page. */
export class ConformanceWorker {
  readonly #options: ConformanceWorkerOptions;
  readonly #session: WorkerSession;
  readonly #clock: Clock;
  readonly #resets: string[] = [];
  #closeError: ProtocolError | undefined;

  constructor(options: ConformanceWorkerOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#session = this.#createSession(options.transport, undefined);
    this.transportEvents = toEvents(this.#session);
  }

  /** To be told of the transport's events. */
  readonly transportEvents: TransportEvents;

  /** Goes on with the session over another transport; returns who is to be told of its events. */
  reconnect(transport: Transport): TransportEvents {
    return toEvents(this.#createSession(transport, this.#session));
  }

  report(): WorkerReport {
    return {
      state: this.#session.debugState(),
      closeCode: this.#closeError?.code,
      closeReason: this.#closeError?.message,
      resets: this.#resets,
    };
  }

  #createSession(transport: Transport, resumes: WorkerSession | undefined): WorkerSession {
    const { clock, scheduleFlush, token } = this.#options;
    const hello = { version: 1, workerId: 'conformance', account: 'default', kind: 'emulator' as const, slots: 100 };
    return createWorkerSession(
      {
        transport,
        clock,
        scheduleFlush,
        limits: defaultLimits,
        hello: { ...hello, token, capabilities: [], resume: null },
        resumes,
      },
      {
        onWelcome: () => {},
        onStream: (stream) => this.#serve(stream),
        onSocket: (stream) => this.#serveSocket(stream),
        onGoaway: () => {},
        onClose: (error) => {
          this.#closeError = error;
        },
      },
    );
  }

  #serve(stream: ServedStream): StreamEvents {
    const [name, parameter] = stream.request.path.slice(1).split('/');
    const onReset = (error: StreamError): void => {
      this.#resets.push(error.code);
    };
    const ignore = { onHead: () => {}, onData: () => {}, onWritable: () => {}, onReset };
    switch (name) {
      case 'echo':
        stream.sendHead({ status: 200, headers: stream.request.headers });
        return { ...ignore, ...echo(stream) };
      case 'flood':
        stream.sendHead({ status: 200, headers: [] });
        return { ...ignore, ...flood(stream, Number(parameter)) };
      case 'slow':
        return { ...ignore, ...this.#readSlowly(stream) };
      case 'cut':
        stream.sendHead({ status: 200, headers: [] });
        stream.write(patternBytes(0, 10));
        // Behind the flush: a reset drops what has not been sent.
        this.#options.scheduleFlush(() => stream.reset(new StreamError('UPSTREAM_CUT', 'broken off', { sentUpstream: true })));
        return ignore;
      case 'early':
        stream.sendHead({ status: 413, headers: [] });
        stream.end(patternBytes(0, 10));
        stream.reset(new StreamError('RESPONSE_COMPLETE', 'the body is not wanted', { sentUpstream: true }));
        return ignore;
      case 'broken':
        return {
          ...ignore,
          onData: () => {
            throw new Error('a bug of the worker');
          },
        };
      case 'drain':
        this.#session.drain('asked to');
        stream.sendHead({ status: 200, headers: [] });
        stream.end();
        return ignore;
      case 'status':
        this.#session.sendStatus({ state: 'needs-interaction', reason: 'click here once' });
        stream.sendHead({ status: 200, headers: [] });
        stream.end();
        return ignore;
      default:
        return ignore;
    }
  }

  /** Sends each message back with its kind, takes it when it may be on its way, and closes as it is closed. */
  #serveSocket(stream: ServedSocketStream): SocketStreamEvents {
    stream.sendHead({ status: 101, headers: stream.request.headers });
    let untaken = 0;
    const takeAll = (): void => {
      for (; untaken > 0; untaken--) stream.taken();
    };
    return {
      onHead: () => {},
      onData: () => {},
      onMessage: (message, isText) => {
        untaken++;
        if (stream.send(message, isText)) takeAll();
      },
      onWritable: takeAll,
      onClose: (code, reason) => stream.close(code, reason),
      onReset: (error) => this.#resets.push(error.code),
    };
  }

  /** Consumes a chunk only some time after it came, and answers with the count of bytes and of wrong chunks. */
  #readSlowly(stream: ServedStream): Partial<StreamEvents> {
    let receivedBytes = 0;
    let wrongChunks = 0;
    return {
      onData: (chunk, end) => {
        if (findMismatch(chunk, receivedBytes) !== -1) wrongChunks++;
        receivedBytes += chunk.byteLength;
        this.#clock.schedule(() => {
          stream.consumed(chunk.byteLength);
          if (!end) return;
          stream.sendHead({ status: 200, headers: [] });
          stream.end(new TextEncoder().encode(`${receivedBytes} ${wrongChunks}`));
        }, 2);
      },
    };
  }
}

function toEvents(session: WorkerSession): TransportEvents {
  return {
    onOpen: () => {},
    onMessage: (message) => session.receive(message),
    onClose: (code, reason) => session.transportClosed(code, reason),
  };
}

/** Sends back what comes, and gives credit for it only when it is on its way. */
function echo(stream: ServedStream): Partial<StreamEvents> {
  let owedBytes = 0;
  return {
    onData: (chunk, end) => {
      owedBytes += chunk.byteLength;
      if (end) stream.end(chunk);
      else if (stream.write(chunk)) owedBytes -= give(stream, owedBytes);
    },
    onWritable: () => {
      owedBytes -= give(stream, owedBytes);
    },
  };
}

/** Writes as fast as it may, and reads as fast as it can. */
function flood(stream: ServedStream, byteCount: number): Partial<StreamEvents> {
  let sentBytes = 0;
  const pump = (): void => {
    while (sentBytes < byteCount) {
      const piece = patternBytes(sentBytes, Math.min(50_000, byteCount - sentBytes));
      sentBytes += piece.byteLength;
      if (!stream.write(piece)) return;
    }
    stream.end();
  };
  pump();
  return { onData: (chunk) => stream.consumed(chunk.byteLength), onWritable: pump };
}

function give(stream: ServedStream, byteCount: number): number {
  stream.consumed(byteCount);
  return byteCount;
}
