import type { FieldViolation } from '@gemini-proxy/gemini';
import type { GatewayError } from './errors.ts';

/** What the events need of a logger; pino's has it. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const maxLoggedViolations = 10;

/** How a request went, for its log line. */
export interface RequestSummary {
  readonly id: string;
  readonly method: string;
  readonly operation: string;
  readonly worker: string | undefined;
  readonly status: number | undefined;
  readonly durationMs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** What was found out about it before it was handled. */
  readonly notes?: readonly string[];
}

export interface Counters {
  readonly requestsStarted: number;
  readonly requestsCompleted: number;
  readonly requestsFailed: number;
  readonly requestsCancelled: number;
  readonly requestsRefused: number;
  readonly requestsRetried: number;
  readonly requestsInvalid: number;
  readonly requestsUnchecked: number;
  readonly workersConnected: number;
  readonly workersDisconnected: number;
  readonly workersTripped: number;
  readonly workersSuspected: number;
  readonly workersSuspended: number;
  readonly workersResumed: number;
  readonly socketsRefused: number;
  readonly storeFailures: number;
  readonly bugs: number;
}

/** Business events: each is one method that writes the log line and counts, so that the two cannot drift apart. Never logs keys, tokens, queries or bodies. */
export class Events {
  readonly #log: Log;
  readonly #counters: { -readonly [name in keyof Counters]: Counters[name] } = {
    requestsStarted: 0,
    requestsCompleted: 0,
    requestsFailed: 0,
    requestsCancelled: 0,
    requestsRefused: 0,
    requestsRetried: 0,
    requestsInvalid: 0,
    requestsUnchecked: 0,
    workersConnected: 0,
    workersDisconnected: 0,
    workersTripped: 0,
    workersSuspected: 0,
    workersSuspended: 0,
    workersResumed: 0,
    socketsRefused: 0,
    storeFailures: 0,
    bugs: 0,
  };

  constructor(log: Log) {
    this.#log = log;
  }

  get counters(): Counters {
    return { ...this.#counters };
  }

  requestStarted(): void {
    this.#counters.requestsStarted += 1;
  }

  requestCompleted(summary: RequestSummary): void {
    this.#counters.requestsCompleted += 1;
    this.#log.debug(summary, 'request-completed');
  }

  /** The gateway answered, or cut the answer, for itself. */
  requestFailed(summary: RequestSummary, error: GatewayError): void {
    this.#counters.requestsFailed += 1;
    this.#log.warn({ ...summary, reason: error.reason, error: error.logMessage }, 'request-failed');
    if (error.reason === 'INTERNAL') this.bug(error);
  }

  /** The client left before it had its answer. */
  requestCancelled(summary: RequestSummary): void {
    this.#counters.requestsCancelled += 1;
    this.#log.info(summary, 'request-cancelled');
  }

  /** Turned away at the door: host, key, path, malformed HTTP. */
  requestRefused(error: GatewayError): void {
    this.#counters.requestsRefused += 1;
    this.#log.info({ reason: error.reason, error: error.message }, 'request-refused');
  }

  requestRetried(id: string, attempt: string, error: Error): void {
    this.#counters.requestsRetried += 1;
    this.#log.info({ id, attempt, error: error.message }, 'request-retried');
  }

  /** The disk did not take a body that may have to be sent again: its request goes on, and is not tried again. */
  bodyNotKept(id: string, error: unknown): void {
    this.#log.warn({ id, err: error }, 'body-not-kept');
  }

  /** A body that does not fit its operation. The descriptions hold no values. */
  requestInvalid(operation: string, violations: readonly FieldViolation[]): void {
    this.#counters.requestsInvalid += 1;
    const shown = violations.slice(0, maxLoggedViolations);
    this.#log.warn(
      { operation, violations: shown.map(({ field, description }) => ({ field, description })), count: violations.length },
      'request-invalid',
    );
  }

  /** A body that would be checked, but is too large for that, or compressed. */
  requestUnchecked(operation: string): void {
    this.#counters.requestsUnchecked += 1;
    this.#log.info({ operation }, 'request-unchecked');
  }

  workerConnected(worker: {
    readonly id: string;
    readonly account: string;
    readonly kind: string;
    readonly slots: number;
  }): void {
    this.#counters.workersConnected += 1;
    this.#log.info({ worker: worker.id, account: worker.account, kind: worker.kind, slots: worker.slots }, 'worker-connected');
  }

  workerChanged(worker: { readonly id: string; readonly state: string; readonly reason: string }): void {
    this.#log.info({ worker: worker.id, state: worker.state, reason: worker.reason }, 'worker-changed');
  }

  /** Its socket broke. It has some time to come back, and its requests wait for that. */
  workerSuspended(workerId: string, code: string, message: string): void {
    this.#counters.workersSuspended += 1;
    this.#log.info({ worker: workerId, code, error: message }, 'worker-suspended');
  }

  /** It is back, with all that it was doing. */
  workerResumed(workerId: string, awayMs: number): void {
    this.#counters.workersResumed += 1;
    this.#log.info({ worker: workerId, awayMs: Math.round(awayMs) }, 'worker-resumed');
  }

  /** Too many of its calls failed on the way: it gets nothing for a while. */
  workerTripped(workerId: string): void {
    this.#counters.workersTripped += 1;
    this.#log.warn({ worker: workerId }, 'worker-tripped');
  }

  /** It left a request without an answer, and gets nothing until it has proved itself. */
  workerSuspected(workerId: string): void {
    this.#counters.workersSuspected += 1;
    this.#log.warn({ worker: workerId }, 'worker-suspected');
  }

  /** It can do fewer requests at once than it says. */
  workerSlotsLearnt(workerId: string, slots: number): void {
    this.#log.info({ worker: workerId, slots }, 'worker-slots-learnt');
  }

  workerDisconnected(workerId: string, code: string, message: string): void {
    this.#counters.workersDisconnected += 1;
    this.#log.info({ worker: workerId, code, error: message }, 'worker-disconnected');
  }

  /** A socket on the worker endpoint that never became a worker. */
  socketRefused(code: string, message: string): void {
    this.#counters.socketsRefused += 1;
    this.#log.warn({ code, error: message }, 'worker-socket-refused');
  }

  gatewayListening(url: string): void {
    this.#log.info({ url }, 'gateway-listening');
  }

  gatewayStopping(running: number): void {
    this.#log.info({ running }, 'gateway-stopping');
  }

  /** What still runs at the deadline is cut. */
  gatewayCutting(running: number): void {
    this.#log.warn({ running }, 'gateway-cutting');
  }

  /** A file whose owner is away has a copy at another account now. */
  fileReuploaded(facts: { readonly name: string; readonly account: string; readonly copy: string }): void {
    this.#log.info(facts, 'file-reuploaded');
  }

  /** Who owns what could not be read or written; requests go on without. */
  storeFailed(error: unknown): void {
    this.#counters.storeFailures += 1;
    this.#log.error({ err: error }, 'store-failed');
  }

  /** An error that nothing expects: its stack is what a developer needs. */
  bug(error: unknown): void {
    this.#counters.bugs += 1;
    this.#log.error({ err: error }, 'unexpected-error');
  }
}
