import {
  type Clock,
  type RequestHead,
  type ResponseHead,
  type SocketStream,
  type SocketStreamEvents,
  StreamError,
} from '@gemini-proxy/protocol';
import { GatewayError, toGatewayError } from '../errors.ts';
import type { Events } from '../events.ts';
import type { Lease, Pool, Waiter } from '../pool/pool.ts';
import type { ClientSocket, ClientSocketEvents } from './client-socket.ts';
import type { Deadlines, Timed } from './deadlines.ts';
import { lossPauseMs } from './exchange.ts';
import { isWorkerLost, type RepeatRules, remedyFor, toClientError } from './failures.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** What all live sessions share. */
export interface LiveContext {
  readonly pool: Pool;
  readonly deadlines: Deadlines;
  readonly events: Events;
  readonly clock: Clock;
  readonly openTicks: number;
  readonly idleTicks: number;
  readonly closeTicks: number;
  readonly onDone: (session: LiveSession) => void;
}

/** Tries at most, the first one included. */
const maxAttempts = 3;
/** Bytes of a refusal's body at most. */
const maxRefusalBytes = 256 * 1024;
/** A socket that did not open has had no effect. One that could not be opened may have been refused, which a page cannot tell. */
const repeatRules: RepeatRules = { whenSent: false, whenLost: true };
/** Capability of the workers that carry WebSockets. */
const capability = 'live';

/** What is waited for, which decides what a missed deadline means. */
type Phase = 'queue' | 'opening' | 'open' | 'closing';

/** The life of a client's WebSocket: lease, stream, messages both ways, and a close on either side that closes the other. */
export class LiveSession implements ClientSocketEvents, SocketStreamEvents, Waiter, Timed {
  readonly id: string;
  readonly #client: ClientSocket;
  readonly #context: LiveContext;
  readonly #startedAtMs: number;
  readonly #refusalBody: Bytes[] = [];
  #lease: Lease | undefined;
  #stream: SocketStream | undefined;
  readonly #failedWorkers = new Set<string>();
  #account: string | undefined;
  #cancelPause: (() => void) | undefined;
  #attempts = 0;
  #workerId: string | undefined;
  #phase: Phase = 'queue';
  #dueTick = Number.POSITIVE_INFINITY;
  #head: ResponseHead | undefined;
  #isUpstreamClosed = false;
  #isClientClosed = false;
  #failure: GatewayError | undefined;
  #requestBytes = 0;
  #responseBytes = 0;
  #refusalBytes = 0;

  constructor(id: string, client: ClientSocket, context: LiveContext) {
    this.id = id;
    this.#client = client;
    this.#context = context;
    this.#startedAtMs = context.clock.now();
  }

  start(): void {
    this.#context.events.requestStarted();
    this.#client.trace?.onQueued();
    this.#context.deadlines.add(this);
    const { account } = this.#client;
    if (account === undefined) {
      this.#acquire(undefined);
      return;
    }
    this.#expect('open');
    account.then(
      (known) => this.#acquire(known),
      (error: unknown) => this.fail(toGatewayError(error)),
    );
  }

  /** Ends the session with an error of the gateway's own. */
  fail(error: GatewayError): void {
    if (this.#failure !== undefined || this.#isClientClosed) return;
    this.#failure = error;
    this.#letGo(error.message);
    this.#expect('closing');
    this.#client.fail(error);
  }

  /** Cuts the client's connection. */
  destroy(): void {
    this.#client.terminate();
  }

  // The pool

  onLease(lease: Lease): void {
    this.#attempts += 1;
    this.#lease = lease;
    this.#workerId = lease.worker.id;
    this.#client.trace?.onLeased(lease.worker);
    this.#expect('opening');
    try {
      this.#stream = lease.worker.openSocket(this.#toRequestHead(), this);
    } catch (error) {
      this.#onAttemptFailed(error instanceof Error ? error : new Error(String(error)));
    }
  }

  onUnavailable(error: GatewayError): void {
    this.fail(error);
  }

  // The client

  onClientMessage(message: Bytes, isText: boolean): void {
    this.#requestBytes += message.byteLength;
    this.#alive();
    if (this.#stream?.send(message, isText) === false) this.#client.pause();
  }

  onClientClosed(code: number, reason: string): void {
    this.#isClientClosed = true;
    const stream = this.#stream;
    const isOrderly = this.#head?.status === 101 && (code !== 1006 || this.#isUpstreamClosed);
    if (stream === undefined || !isOrderly) {
      this.#finish('The client has gone.');
      return;
    }
    stream.close(code, reason);
    if (this.#isUpstreamClosed) this.#finish('');
    else this.#expect('closing');
  }

  // The stream

  onHead(head: ResponseHead): void {
    this.#head = head;
    this.#client.trace?.onHead(head);
    this.#lease?.answered();
    if (head.status !== 101) return;
    this.#expect('open');
    this.#client.accept(head);
  }

  /** The body of a refusal. */
  onData(chunk: Bytes, end: boolean): void {
    this.#refusalBytes += chunk.byteLength;
    this.#responseBytes += chunk.byteLength;
    if (this.#refusalBytes > maxRefusalBytes) {
      this.fail(new GatewayError('UPSTREAM_CUT', `The answer to the handshake is longer than ${maxRefusalBytes} bytes.`));
      return;
    }
    this.#refusalBody.push(chunk);
    this.#stream?.consumed(chunk.byteLength);
    if (!end || this.#head === undefined) return;
    this.#letGo('The answer is complete.');
    this.#expect('closing');
    this.#client.refuse(this.#head, joined(this.#refusalBody));
  }

  onMessage(message: Bytes, isText: boolean): void {
    this.#responseBytes += message.byteLength;
    this.#alive();
    const stream = this.#stream;
    if (this.#isClientClosed) stream?.taken();
    else this.#client.send(message, isText, () => this.#onSent(stream));
  }

  onWritable(): void {
    this.#client.resume();
  }

  onClose(code: number, reason: string): void {
    this.#isUpstreamClosed = true;
    if (this.#isClientClosed) {
      this.#finish('');
      return;
    }
    this.#expect('closing');
    this.#client.close(code, reason);
  }

  onReset(error: StreamError): void {
    this.#stream = undefined;
    if (this.#isClientClosed) this.#finish('');
    // The client is being told of the close already.
    else if (!this.#isUpstreamClosed) this.#onAttemptFailed(error);
  }

  // Time

  onTick(tick: number): void {
    if (tick < this.#dueTick) return;
    switch (this.#phase) {
      case 'queue':
        return;
      case 'opening':
        this.fail(new GatewayError('FIRST_BYTE_TIMEOUT', 'The WebSocket to the Gemini API did not open in time.'));
        return;
      case 'open':
        this.fail(new GatewayError('IDLE_TIMEOUT', 'No message went either way for too long.'));
        return;
      case 'closing':
        if (this.#isClientClosed) this.#finish('The upstream did not close in time.');
        else this.#client.terminate();
        return;
      default:
        this.#phase satisfies never;
    }
  }

  #onAttemptFailed(error: Error): void {
    this.#client.trace?.onAttemptFailed(error);
    const { attempt } = this.#toRequestHead();
    this.#failedWorkers.add(this.#lease?.worker.id ?? '');
    this.#lease?.release();
    this.#lease = undefined;
    if (this.#head !== undefined || this.#attempts >= maxAttempts || remedyFor(error, repeatRules) === 'none') {
      this.fail(toClientError(error));
      return;
    }
    this.#context.events.requestRetried(this.id, attempt, error);
    this.#expect('queue');
    const tryAgain = () => this.#acquire(this.#account);
    if (isWorkerLost(error)) this.#cancelPause = this.#context.clock.schedule(tryAgain, lossPauseMs);
    else tryAgain();
  }

  #acquire(account: string | undefined): void {
    if (this.#isClientClosed || this.#failure !== undefined) return;
    this.#account = account;
    this.#expect('queue');
    this.#context.pool.acquire(this, { account, capability, avoid: this.#failedWorkers });
  }

  #onSent(stream: SocketStream | undefined): void {
    this.#alive();
    if (stream !== undefined && !stream.closed) stream.taken();
  }

  #alive(): void {
    if (this.#phase === 'open') this.#expect('open');
  }

  #expect(phase: Phase): void {
    const { deadlines, openTicks, idleTicks, closeTicks } = this.#context;
    this.#phase = phase;
    if (phase === 'queue') this.#dueTick = Number.POSITIVE_INFINITY;
    else this.#dueTick = deadlines.after(phase === 'opening' ? openTicks : phase === 'open' ? idleTicks : closeTicks);
  }

  /** Gives the worker back, or the place in the queue. */
  #letGo(why: string): void {
    const stream = this.#stream;
    this.#stream = undefined;
    this.#cancelPause?.();
    if (this.#lease === undefined) this.#context.pool.cancel(this);
    // What has been closed on both sides still has its close to send.
    if (stream !== undefined && !stream.closed && why !== '') {
      stream.reset(new StreamError('CANCELLED', why, { sentUpstream: true }));
    }
    this.#lease?.release();
    this.#lease = undefined;
  }

  #finish(why: string): void {
    this.#letGo(why);
    const { deadlines, events, onDone } = this.#context;
    deadlines.delete(this);
    const unfailed = why === '' || this.#isRefused ? 'completed' : 'cancelled';
    this.#client.trace?.onEnded({
      outcome: this.#failure === undefined ? unfailed : 'failed',
      error: this.#failure,
      requestBytes: this.#requestBytes,
      responseBytes: this.#responseBytes,
      notes: undefined,
    });
    if (this.#failure !== undefined) events.requestFailed(this.#summary(), this.#failure);
    else if (why === '' || this.#isRefused) events.requestCompleted(this.#summary());
    else events.requestCancelled(this.#summary());
    onDone(this);
  }

  /** The upstream has answered the handshake with something else than a socket. */
  get #isRefused(): boolean {
    return this.#head !== undefined && this.#head.status !== 101;
  }

  #toRequestHead(): RequestHead {
    const { path, headers, operation } = this.#client;
    return { attempt: `${this.id}.${this.#attempts}`, method: 'GET', path, headers, operation };
  }

  #summary() {
    return {
      id: this.id,
      method: 'GET',
      operation: this.#client.operation,
      worker: this.#workerId,
      status: this.#head?.status,
      durationMs: Math.round(this.#context.clock.now() - this.#startedAtMs),
      requestBytes: this.#requestBytes,
      responseBytes: this.#responseBytes,
    };
  }
}

function joined(pieces: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.byteLength;
  }
  return whole;
}
