import { type Hello, holdCapability, protocolVersion, type WorkerStatus } from '@gemini-proxy/protocol';
import { ChangeNotifier } from './change-notifier.ts';
import type { ExchangeOutcome } from './exchange.ts';
import { Link, type LinkState } from './link.ts';
import { LogRing } from './log-ring.ts';
import { Probe } from './probe.ts';
import { toSentence } from './reasons.ts';
import { type RunningExchange, Serving, toInFlightRequest } from './serving.ts';
import type {
  EndedRequest,
  Intake,
  LastClose,
  LogEntry,
  Worker,
  WorkerDebugState,
  WorkerOptions,
  WorkerSnapshot,
} from './worker.ts';

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
  readonly #options: WorkerOptions;
  #linkState: LinkState = { connection: 'stopped', connectionReason: 'Not started.' };
  #lastClose: LastClose | undefined;
  #lastRequest: EndedRequest | undefined;
  #intake: Intake = 'open';
  #drain: Drain | undefined;
  /** Than in the hello. */
  #areSlotsOthers = false;
  #isReleased = false;
  #isHeld = false;
  #welcomes = 0;
  #snapshot: WorkerSnapshot | undefined;

  constructor(options: WorkerOptions) {
    const { clock, random, scheduleFlush, deadlines, execute, kind } = options;
    this.#options = options;
    this.#notifier = new ChangeNotifier(scheduleFlush);
    this.#probe = new Probe({
      execute,
      kind,
      clock,
      random,
      deadlines,
      isWaitedForSince: (atMs) => this.#serving.isWaitedForSince(atMs),
      onStatus: (status) => this.#onStatus(status),
    });
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
      onUp: (isNew) => this.#onUp(isNew),
      onDown: () => this.#probe.pause(),
      onStream: (stream) => this.#serving.accept(stream),
      onSocket: (stream) => this.#serving.acceptSocket(stream),
      onGoaway: (reason) => {
        this.#isReleased = true;
        this.#addLog('info', `The gateway sends nothing new: ${reason}`);
      },
      onHold: (isHeld) => {
        this.#isHeld = isHeld;
        this.#addLog(
          'info',
          isHeld ? 'Held back in the console of the gateway: nothing new comes.' : 'No longer held back in the console.',
        );
      },
      onClosed: (close) => {
        this.#lastClose = close;
      },
    });
  }

  start(): void {
    if (this.#linkState.connection === 'stopped') this.#intake = 'open';
    this.#link.start();
  }

  stop(reason: string): void {
    this.#link.stop(reason);
  }

  async drain(reason: string): Promise<void> {
    if (this.#linkState.connection === 'stopped') return;
    if (this.#drain === undefined) {
      const { clock, deadlines } = this.#options;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#drain = { reason, promise, resolve, endsAtMs: clock.now() + deadlines.drainMs, cancelTimer: () => {} };
      this.#intake = 'draining';
      this.#link.drain(reason);
      this.#addLog('info', `Draining: ${reason}`);
      this.#stopWhenDrained(this.#drain);
    }
    await this.#drain?.promise;
  }

  pause(): void {
    this.#setIntake('open', 'paused');
  }

  resume(): void {
    this.#setIntake('paused', 'open');
  }

  setSlots(slots: number): void {
    if (slots === this.#serving.slots) return;
    this.#serving.slots = slots;
    this.#areSlotsOthers = true;
    this.#link.sendStatus(this.#statusForGateway);
    this.#changed();
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
      lastClose: this.#lastClose,
      status: this.#probe.status,
      refusal: this.#probe.refusal,
      intake: this.#intake,
      isReleased: this.#isReleased,
      isHeld: this.#isHeld,
      slots: this.#serving.slots,
      served: this.#serving.served,
      failed: this.#serving.failed,
      reconnects: Math.max(0, this.#welcomes - 1),
      bytesReceived: this.#serving.bytesReceived,
      bytesSent: this.#serving.bytesSent,
      inFlight: this.#serving.inFlight(),
      lastRequest: this.#lastRequest,
      log: this.#log.entries(),
    };
    return this.#snapshot;
  }

  subscribe(listener: () => void): () => void {
    void this.snapshot;
    return this.#notifier.subscribe(listener);
  }

  debugState(): WorkerDebugState {
    const link = this.#link.debugState();
    return {
      streams: Math.max(link.streams, this.#serving.size),
      timers: link.timers + this.#probe.timers + this.#serving.size + (this.#drain === undefined ? 0 : 1),
      queuedBytes: link.queuedBytes,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#link.stop('The worker was closed.');
    this.#probe.dispose();
    this.#notifier.clear();
  }

  #onUp(isNew: boolean): void {
    if (isNew) {
      this.#isReleased = false;
      this.#isHeld = false;
    }
    this.#welcomes += 1;
    // A gateway that restarted knows nothing of this worker; one that did not holds it for what it last said.
    this.#link.sendStatus(this.#statusForGateway);
    if (this.#drain !== undefined) this.#link.drain(this.#drain.reason);
    this.#probe.resume();
  }

  /** The user's wish stands above what the probe found. The slots are said where they are not those of the hello. */
  get #statusForGateway(): WorkerStatus {
    const status: WorkerStatus = this.#intake === 'paused' ? pausedStatus : this.#probe.status;
    const { slots } = this.#serving;
    return this.#areSlotsOthers ? { ...status, slots } : status;
  }

  #setIntake(from: Intake, to: Intake): void {
    if (this.#intake !== from) return;
    this.#intake = to;
    this.#link.sendStatus(this.#statusForGateway);
    this.#addLog('info', to === 'paused' ? pausedStatus.reason : 'New requests are taken again.');
  }

  /** The last answers may still wait for the socket or for credit when their exchanges are over. */
  #stopWhenDrained(drain: Drain): void {
    const { clock } = this.#options;
    const { streams, queuedBytes } = this.#link.debugState();
    const isDone = this.#serving.size === 0 && streams === 0 && queuedBytes === 0;
    if (isDone || clock.now() >= drain.endsAtMs) this.#link.stop(drain.reason);
    else drain.cancelTimer = clock.schedule(() => this.#stopWhenDrained(drain), drainCheckMs);
  }

  #onLinkState(state: LinkState): void {
    this.#linkState = state;
    if (state.connection === 'stopped') {
      this.#drain?.cancelTimer();
      this.#drain?.resolve();
      this.#drain = undefined;
    }
    this.#addLog(state.connection === 'waiting' ? 'warn' : 'info', state.connectionReason);
  }

  #onStatus(status: WorkerStatus): void {
    if (this.#intake !== 'paused') this.#link.sendStatus(this.#statusForGateway);
    this.#addLog(status.state === 'ready' ? 'info' : 'warn', status.reason);
  }

  #onExchangeEnd(exchange: RunningExchange, outcome: ExchangeOutcome): void {
    const { operation, attempt } = exchange.stream.request;
    const durationMs = this.#options.clock.now() - exchange.startedAtMs;
    const seconds = (durationMs / 1000).toFixed(1);
    const result = 'status' in outcome ? outcome.status : outcome.error.code;
    this.#lastRequest = { ...toInFlightRequest(exchange), durationMs, outcome: result };
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

  /** Comes several times in each request. */
  #changed(): void {
    if (this.#snapshot === undefined) return;
    this.#snapshot = undefined;
    this.#notifier.changed();
  }
}

interface Drain {
  readonly reason: string;
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly endsAtMs: number;
  cancelTimer: () => void;
}

/** Milliseconds between two looks whether all is done. */
const drainCheckMs = 50;

const pausedStatus: WorkerStatus = { state: 'paused', reason: toSentence('paused') };

/** Capability of a worker that carries WebSockets. */
const liveCapability = 'live';

function toHello({ token, workerId, account, kind, slots, capabilities: named, executeSocket }: WorkerOptions): Hello {
  const capabilities = [...named, ...(executeSocket === undefined ? [] : [liveCapability]), holdCapability];
  return { version: protocolVersion, token, workerId, account, kind, slots, capabilities, resume: null };
}
