import { type RequestHead, type ResponseHead, StreamError } from '@gemini-proxy/protocol';
import { GatewayError, toGatewayError } from '../errors.ts';
import type { Lease, Waiter } from '../pool/pool.ts';
import { isUnanswering, type Worker } from '../pool/worker.ts';
import { Attempt, type AttemptEvents } from './attempt.ts';
import { type BodyEvents, BodyRelay } from './body-relay.ts';
import type { AnsweringWorker, ClientEvents, ClientExchange } from './client-exchange.ts';
import type { Timed } from './deadlines.ts';
import type { ExchangeContext, Terms } from './exchange-context.ts';
import { bodyTooLarge, isWorkerLost, toClientError } from './failures.ts';
import type { RequestTrace, TraceEnd } from './request-trace.ts';
import { Tries } from './tries.ts';

/** A whole answer that is made in the gateway. */
export interface LocalAnswer extends ResponseHead {
  readonly body: Uint8Array;
}

/** Makes an answer; rejects with `GatewayError`. */
export type LocalWork = (signal: AbortSignal) => Promise<LocalAnswer>;

/** Milliseconds between the loss of a worker and the next try: a page that goes takes all its connections with it, and they are not lost in one moment. */
export const lossPauseMs = 50;

/** Whose move it is, which decides what a missed deadline means. */
type Turn = 'queue' | 'client-sends' | 'upstream-begins' | 'upstream-sends' | 'client-reads';

/** The life of a request: lease, attempt, body up, answer down, and what ends it early. */
export class Exchange implements ClientEvents, AttemptEvents, BodyEvents, Waiter, Timed {
  readonly id: string;
  readonly #client: ClientExchange;
  readonly #trace: RequestTrace | undefined;
  readonly #terms: Terms;
  readonly #context: ExchangeContext;
  readonly #startedAtMs: number;
  readonly #body: BodyRelay;
  readonly #tries: Tries;
  #attempt: Attempt | undefined;
  #localWork: AbortController | undefined;
  #worker: AnsweringWorker | undefined;
  #turn: Turn = 'queue';
  #dueTick = Number.POSITIVE_INFINITY;
  /** When to look again at a worker that cannot answer for now. */
  #leaveTick = Number.POSITIVE_INFINITY;
  #cancelPause: (() => void) | undefined;
  #hasHead = false;
  #status: number | undefined;
  /** No more of the answer comes from a worker: it is complete, or an error took its place. */
  #isSettled = false;
  #failure: GatewayError | undefined;
  #responseBytes = 0;
  /** What the answer's head says of its length. */
  #declaredBytes: number | undefined;
  /** Bytes of the answer that wait in this process for the client to read; their credit is still out. */
  #unreadBytes = 0;

  constructor(id: string, client: ClientExchange, terms: Terms, context: ExchangeContext) {
    this.id = id;
    this.#client = client;
    this.#trace = client.trace;
    this.#terms = terms;
    this.#context = context;
    this.#startedAtMs = context.clock.now();
    const { method, operation } = client;
    const { isOwn = false } = terms;
    const retention = isOwn ? context.ownRetention : context.retention;
    this.#body = new BodyRelay(client, this, { retention, maxBytes: terms.maxBodyBytes });
    this.#tries = new Tries({ method, operation, isOwn }, context.retryRules);
  }

  start(): void {
    if (this.#isSettled) return;
    this.#enter();
    this.#trace?.onQueued();
    const { maxBodyBytes } = this.#terms;
    if ((this.#client.bodyLength ?? 0) > maxBodyBytes) this.fail(bodyTooLarge(maxBodyBytes));
    else this.#context.pool.acquire(this, this.#terms);
  }

  /** Answers in place of a worker; what is left of the request's body is not read. */
  answer(work: LocalWork): void {
    if (this.#isSettled) return;
    this.#enter();
    this.#body.stop();
    this.#localWork = new AbortController();
    this.#expect('upstream-begins');
    work(this.#localWork.signal).then(
      (answer) => this.#onLocalAnswer(answer),
      (error: unknown) => this.fail(toGatewayError(error)),
    );
  }

  refuse(error: GatewayError): void {
    if (this.#isSettled) return;
    this.#enter();
    this.fail(error);
  }

  /** Ends the request with an error of the gateway's own. */
  fail(error: GatewayError): void {
    if (this.#isSettled) return;
    this.#settle(error.message);
    this.#failure = error;
    this.#expect('client-reads');
    this.#client.fail(error);
  }

  // The pool

  onLease(lease: Lease): void {
    this.#tries.begin();
    const attempt = new Attempt(lease, this);
    this.#attempt = attempt;
    this.#worker = lease.worker;
    this.#trace?.onLeased(lease.worker);
    attempt.start(this.#toRequestHead(), { bodyless: this.#client.bodyLength === 0 });
    if (this.#attempt === attempt) this.#body.sendTo(attempt);
  }

  onUnavailable(error: GatewayError): void {
    this.fail(this.#tries.toFinalError(error));
  }

  /** An unanswered request goes to another worker: at once, or where a lost connection, or a failed test call, is not mended in a moment. */
  onWorkerUnready(worker: Worker): void {
    if (this.#attempt?.worker !== worker || this.#hasHead) return;
    const { deadlines, failoverTicks } = this.#context;
    if (worker.state === 'suspended' || worker.state === 'probing') this.#leaveTick = deadlines.after(failoverTicks);
    else this.#leaveWorker(worker);
  }

  // The client

  onBody(chunk: Uint8Array<ArrayBuffer>): void {
    this.#body.onBody(chunk);
  }

  onBodyEnd(): void {
    this.#body.onBodyEnd();
  }

  onDrain(): void {
    const byteCount = this.#unreadBytes;
    this.#unreadBytes = 0;
    if (this.#isSettled) return;
    this.#expect('upstream-sends');
    if (byteCount > 0) this.#attempt?.consumed(byteCount);
  }

  onBroken(error: GatewayError): void {
    this.fail(error);
  }

  onClosed(isDelivered: boolean): void {
    if (!this.#isSettled) this.#settle('The client has gone.');
    this.#context.deadlines.delete(this);
    const { events } = this.#context;
    this.#trace?.onEnded(this.#toTraceEnd(isDelivered));
    if (this.#failure !== undefined) events.requestFailed(this.#summary(), this.#failure);
    else if (isDelivered) events.requestCompleted(this.#summary());
    else events.requestCancelled(this.#summary());
    this.#context.onDone(this);
  }

  // The attempt

  onHead(head: ResponseHead): void {
    this.#hasHead = true;
    this.#status = head.status;
    this.#trace?.onHead(head);
    this.#body.release();
    this.#declaredBytes = this.#client.method === 'HEAD' ? undefined : declaredBytesOf(head);
    this.#expect('upstream-sends');
    this.#client.sendHead(head, this.#worker);
  }

  onData(chunk: Uint8Array<ArrayBuffer>, end: boolean): void {
    this.#responseBytes += chunk.length;
    this.#trace?.onAnswerBody(chunk);
    if (this.#contradictsHead(end)) {
      this.fail(new GatewayError('UPSTREAM_CUT', 'The answer is not as long as its head says.'));
    } else if (end) {
      this.#client.end(chunk);
      this.#body.stop();
      this.#isSettled = true;
      this.#expect('client-reads');
    } else if (this.#client.write(chunk) && this.#unreadBytes === 0) {
      this.#expect('upstream-sends');
      this.#attempt?.consumed(chunk.length);
    } else {
      this.#expect('client-reads');
      this.#unreadBytes += chunk.length;
    }
  }

  onWritable(): void {
    this.#body.onWritable();
  }

  onAttemptFailed(error: Error): void {
    const { attempt } = this.#toRequestHead();
    this.#trace?.onAttemptFailed(error);
    this.#attempt = undefined;
    this.#leaveTick = Number.POSITIVE_INFINITY;
    if (this.#worker !== undefined) this.#tries.failed(this.#worker.id, error);
    if (!this.#mayTryAgain(error)) {
      this.fail(toClientError(error));
      return;
    }
    this.#context.events.requestRetried(this.id, attempt, error);
    this.#expect('queue');
    this.#body.detach();
    const tryAgain = () => this.#context.pool.acquire(this, this.#tries.requirement(this.#terms));
    if (isWorkerLost(error)) this.#cancelPause = this.#context.clock.schedule(tryAgain, lossPauseMs);
    else tryAgain();
  }

  // The request's body

  onBodyTurn(turn: 'client-sends' | 'upstream-begins'): void {
    if (!this.#hasHead) this.#expect(turn);
  }

  onBodyFailed(error?: GatewayError): void {
    this.fail(error ?? this.#tries.toLastError());
  }

  onBodyUnkept(error: unknown): void {
    this.#context.events.bodyNotKept(this.id, error);
  }

  // Time

  onTick(tick: number): void {
    if (tick >= this.#leaveTick && this.#attempt !== undefined) this.#leaveWorker(this.#attempt.worker);
    if (tick < this.#dueTick) return;
    switch (this.#turn) {
      case 'queue':
        return;
      case 'client-sends':
        if (this.#body.stopKeeping()) return;
        this.fail(new GatewayError('REQUEST_TIMEOUT', 'The request body did not arrive in time.'));
        return;
      case 'upstream-begins':
        this.#onFirstByteTimeout();
        return;
      case 'upstream-sends':
        this.fail(new GatewayError('IDLE_TIMEOUT', 'The answer was silent for too long.'));
        return;
      case 'client-reads':
        this.#settle('The client does not read its answer.');
        this.#client.destroy();
        return;
      default:
        this.#turn satisfies never;
    }
  }

  #expect(turn: Turn): void {
    const { deadlines, firstByteTicks, idleTicks, requestTicks } = this.#context;
    this.#turn = turn;
    if (turn === 'queue') this.#dueTick = Number.POSITIVE_INFINITY;
    else if (turn === 'upstream-begins') this.#dueTick = deadlines.after(firstByteTicks);
    else this.#dueTick = deadlines.after(turn === 'client-sends' ? requestTicks : idleTicks);
  }

  /** The worker is told, so that it tries itself out. */
  #onFirstByteTimeout(): void {
    const message = 'No answer began in time.';
    if (this.#attempt === undefined) this.fail(new GatewayError('FIRST_BYTE_TIMEOUT', message));
    else this.#attempt.abandon(new StreamError('FIRST_BYTE_TIMEOUT', message, { sentUpstream: true }));
  }

  /** Takes the request from a worker that is connected and cannot answer for now, if it may be repeated and another worker is free; else looks again later. */
  #leaveWorker(worker: Worker): void {
    this.#leaveTick = Number.POSITIVE_INFINITY;
    if (this.#hasHead || !isUnanswering(worker)) return;
    const error = new StreamError('CANCELLED', `The worker is ${worker.state}, and another one gets the request.`, {
      sentUpstream: true,
    });
    const { pool, deadlines, failoverTicks } = this.#context;
    const other = this.#tries.requirement(this.#terms, worker.id);
    const mayLeave = this.#body.isRepeatable && this.#tries.remedyFor(error) !== 'none';
    if (mayLeave && pool.hasOther(other, { whenFree: false })) this.#attempt?.abandon(error);
    else this.#leaveTick = deadlines.after(failoverTicks);
  }

  #mayTryAgain(error: Error): boolean {
    if (this.#hasHead || !this.#body.isRepeatable) return false;
    const remedy = this.#tries.remedyFor(error);
    if (remedy !== 'other-worker') return remedy === 'any-worker';
    return this.#context.pool.hasOther(this.#tries.requirement(this.#terms), { whenFree: true });
  }

  #enter(): void {
    this.#context.events.requestStarted();
    this.#context.deadlines.add(this);
  }

  #onLocalAnswer({ status, headers, body }: LocalAnswer): void {
    if (this.#isSettled) return;
    this.#status = status;
    this.#responseBytes = body.length;
    this.#trace?.onHead({ status, headers });
    this.#trace?.onAnswerBody(body);
    this.#client.sendHead({ status, headers }, undefined);
    this.#client.end(body);
    this.#isSettled = true;
    this.#expect('client-reads');
  }

  /** A client would take a wrong length for the next answer, or wait for ever. */
  #contradictsHead(isEnd: boolean): boolean {
    const declared = this.#declaredBytes;
    return declared !== undefined && (isEnd ? this.#responseBytes !== declared : this.#responseBytes > declared);
  }

  #settle(why: string): void {
    this.#isSettled = true;
    this.#body.stop();
    this.#cancelPause?.();
    this.#localWork?.abort(new Error(why));
    if (this.#attempt === undefined) this.#context.pool.cancel(this);
    else this.#attempt.cancel(why);
  }

  #toRequestHead(): RequestHead {
    const { method, path, headers, operation } = this.#client;
    return { attempt: `${this.id}.${this.#tries.count}`, method, path, headers, operation };
  }

  #toTraceEnd(isDelivered: boolean): TraceEnd {
    const unfailed = isDelivered ? 'completed' : 'cancelled';
    return {
      outcome: this.#failure === undefined ? unfailed : 'failed',
      error: this.#failure,
      requestBytes: this.#body.byteCount,
      responseBytes: this.#responseBytes,
      notes: this.#client.notes,
    };
  }

  #summary() {
    const { notes } = this.#client;
    return {
      id: this.id,
      method: this.#client.method,
      operation: this.#client.operation,
      worker: this.#worker?.id,
      status: this.#status,
      durationMs: Math.round(this.#context.clock.now() - this.#startedAtMs),
      requestBytes: this.#body.byteCount,
      responseBytes: this.#responseBytes,
      ...(notes === undefined ? {} : { notes }),
    };
  }
}

function declaredBytesOf({ status, headers }: ResponseHead): number | undefined {
  if (status === 204 || status === 304) return undefined;
  const length = headers.find(([name]) => name === 'content-length')?.[1];
  return length === undefined ? undefined : Number(length);
}
