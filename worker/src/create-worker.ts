import { type Hello, protocolVersion, type WorkerStatus } from '@gemini-proxy/protocol';
import { ChangeNotifier } from './change-notifier.ts';
import type { ExchangeOutcome } from './exchange.ts';
import { Link, type LinkState } from './link.ts';
import { LogRing } from './log-ring.ts';
import { Probe } from './probe.ts';
import { type RunningExchange, Serving } from './serving.ts';
import type { LogEntry, Worker, WorkerDebugState, WorkerOptions, WorkerSnapshot } from './worker.ts';

/** Creates the engine of one connection. Nothing happens until `start`. */
export function createWorker(options: WorkerOptions): Worker {
  return new WorkerEngine(options);
}

/** Joins the link to the gateway, the probe, and the requests in flight, and shows them as one snapshot. */
class WorkerEngine implements Worker {
  readonly #link: Link;
  readonly #probe: Probe;
  readonly #serving: Serving;
  readonly #log = new LogRing(Date.now);
  readonly #notifier: ChangeNotifier;
  readonly #clock: WorkerOptions['clock'];
  #linkState: LinkState = { connection: 'stopped', connectionReason: 'Not started.' };
  #welcomes = 0;
  #snapshot: WorkerSnapshot | undefined;

  constructor(options: WorkerOptions) {
    const { clock, random, scheduleFlush, deadlines, execute, kind } = options;
    this.#clock = clock;
    this.#notifier = new ChangeNotifier(scheduleFlush);
    this.#probe = new Probe({ execute, kind, clock, random, deadlines, onStatus: (status) => this.#onStatus(status) });
    this.#serving = new Serving({
      execute,
      executeSocket: options.executeSocket,
      clock,
      deadlines,
      slots: options.slots,
      onChange: () => this.#changed(),
      onEnd: (exchange, outcome) => this.#onExchangeEnd(exchange, outcome),
    });
    this.#link = new Link({
      connect: options.connect,
      hello: toHello(options),
      clock,
      random,
      scheduleFlush,
      connectMs: deadlines.connectMs,
      onState: (state) => this.#onLinkState(state),
      onUp: () => this.#onUp(),
      onDown: () => this.#probe.pause(),
      onStream: (stream) => this.#serving.accept(stream),
      onSocket: (stream) => this.#serving.acceptSocket(stream),
      onGoaway: (reason) => this.#addLog('info', `The gateway is draining: ${reason}`),
    });
  }

  start(): void {
    this.#link.start();
  }

  stop(reason: string): void {
    this.#link.stop(reason);
  }

  probe(): void {
    this.#probe.run();
  }

  reconnectNow(): void {
    this.#link.reconnectNow();
  }

  get snapshot(): WorkerSnapshot {
    this.#snapshot ??= {
      ...this.#linkState,
      status: this.#probe.status,
      served: this.#serving.served,
      failed: this.#serving.failed,
      reconnects: Math.max(0, this.#welcomes - 1),
      bytesReceived: this.#serving.bytesReceived,
      bytesSent: this.#serving.bytesSent,
      inFlight: this.#serving.inFlight(),
      log: this.#log.entries(),
    };
    return this.#snapshot;
  }

  subscribe(listener: () => void): () => void {
    return this.#notifier.subscribe(listener);
  }

  debugState(): WorkerDebugState {
    const link = this.#link.debugState();
    return {
      streams: Math.max(link.streams, this.#serving.size),
      timers: link.timers + this.#probe.timers + this.#serving.size,
      queuedBytes: link.queuedBytes,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#link.stop('The worker was closed.');
    this.#probe.dispose();
    this.#notifier.clear();
  }

  #onUp(): void {
    this.#welcomes += 1;
    // A gateway that restarted knows nothing of this worker; one that did not holds it for what it last said.
    this.#link.sendStatus(this.#probe.status);
    this.#probe.resume();
  }

  #onLinkState(state: LinkState): void {
    this.#linkState = state;
    this.#addLog(state.connection === 'waiting' ? 'warn' : 'info', state.connectionReason);
  }

  #onStatus(status: WorkerStatus): void {
    this.#link.sendStatus(status);
    this.#addLog(status.state === 'ready' ? 'info' : 'warn', status.reason);
  }

  #onExchangeEnd(exchange: RunningExchange, outcome: ExchangeOutcome): void {
    const { operation, attempt } = exchange.stream.request;
    const seconds = ((this.#clock.now() - exchange.startedAtMs) / 1000).toFixed(1);
    if ('status' in outcome) {
      if (outcome.status === 401 || outcome.status === 403) this.#probe.suspect();
      else if (outcome.status < 500) this.#probe.noteProof();
      const how = outcome.adaptation === undefined ? '' : `, adapted: ${outcome.adaptation}`;
      this.#addLog('info', `${operation} ${attempt}: ${outcome.status}, ${exchange.bytesSent} bytes in ${seconds} s${how}`);
      return;
    }
    const { code, message } = outcome.error;
    if (code === 'FIRST_BYTE_TIMEOUT' || code === 'UPSTREAM_UNREACHABLE') this.#probe.suspect();
    this.#addLog(code === 'CANCELLED' ? 'info' : 'warn', `${operation} ${attempt}: ${code} after ${seconds} s. ${message}`);
  }

  #addLog(level: LogEntry['level'], text: string): void {
    this.#log.add(level, text);
    this.#changed();
  }

  #changed(): void {
    this.#snapshot = undefined;
    this.#notifier.changed();
  }
}

/** Capability of a worker that carries WebSockets. */
const liveCapability = 'live';

function toHello({ token, workerId, account, kind, slots, capabilities: named, executeSocket }: WorkerOptions): Hello {
  const capabilities = executeSocket === undefined ? named : [...named, liveCapability];
  return { version: protocolVersion, token, workerId, account, kind, slots, capabilities, resume: null };
}
