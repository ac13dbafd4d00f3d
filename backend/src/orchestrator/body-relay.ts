import type { GatewayError } from '../errors.ts';
import type { ClientExchange } from './client-exchange.ts';
import { bodyTooLarge } from './failures.ts';
import type { RequestTrace } from './request-trace.ts';
import { RetainedBody, type RetainedBodyEvents, type Retention } from './retained-body.ts';

/** Who gets a body: an attempt. */
export interface BodySink {
  /** `false`: no more until `onWritable`. */
  write(chunk: Uint8Array<ArrayBuffer>): boolean;
  end(lastChunk?: Uint8Array<ArrayBuffer>): void;
}

/** What a relay tells the exchange. */
export interface BodyEvents {
  /** Whose move it is now: the client's to send, or the worker's to take what is there, or to answer. */
  onBodyTurn(turn: 'client-sends' | 'upstream-begins'): void;
  /** No worker can have the body: it is too large (`error`), or its beginning, which the next one needs, is not kept any more. */
  onBodyFailed(error?: GatewayError): void;
  /** The disk failed: there is no other attempt from now on. */
  onBodyUnkept(error: unknown): void;
}

export interface BodyTerms {
  readonly retention: Retention;
  /** Largest body, bytes. */
  readonly maxBytes: number;
}

/**
 * A request's body on its way from the client to whoever executes the request, at the pace of the slower. Until the answer begins it is kept,
 * and an attempt that follows another gets what that has had before the client goes on.
 */
export class BodyRelay implements RetainedBodyEvents {
  readonly #client: ClientExchange;
  readonly #trace: RequestTrace | undefined;
  readonly #events: BodyEvents;
  readonly #maxBytes: number;
  readonly #kept: RetainedBody;
  #sink: BodySink | undefined;
  #byteCount = 0;
  #isStarted = false;
  #isEnded: boolean;
  /** The sink has not yet got what one before it has had. */
  #isReplaying = false;
  /** There is no other attempt: what is kept is of no use once the sink has it. */
  #isReleased = false;
  /** The sink takes no more for now. */
  #isBlocked = false;
  #unblocked: PromiseWithResolvers<void> | undefined;

  constructor(client: ClientExchange, events: BodyEvents, { retention, maxBytes }: BodyTerms) {
    this.#client = client;
    this.#trace = client.trace;
    this.#events = events;
    this.#maxBytes = maxBytes;
    this.#kept = new RetainedBody(retention, this);
    this.#isEnded = client.bodyLength === 0;
  }

  /** Bytes that came. */
  get byteCount(): number {
    return this.#byteCount;
  }

  /** Whether another attempt can get all that came. */
  get isRepeatable(): boolean {
    return this.#kept.isComplete;
  }

  sendTo(sink: BodySink): void {
    this.#sink = sink;
    this.#isBlocked = false;
    let sentBytes = 0;
    // They are in memory as they are: in the sink's queue they take no more of it.
    for (const chunk of this.#kept.chunks) {
      this.#isBlocked = !sink.write(chunk);
      sentBytes += chunk.length;
    }
    const rest = this.#kept.readRest();
    if (rest === undefined) this.#onCaughtUp(sink);
    else void this.#replay(rest, sink, sentBytes);
  }

  /** Takes the sink away; the client waits for another one. */
  detach(): void {
    this.#leaveSink();
    this.#client.pauseBody();
  }

  /** The answer has begun. */
  release(): void {
    this.#isReleased = true;
    if (this.#isReplaying) return;
    this.#kept.drop();
    this.#goOn();
  }

  /** Keeps nothing any more if it is the disk that holds the client up. Returns whether it was. */
  stopKeeping(): boolean {
    if (!this.#kept.isWriting) return false;
    this.#events.onBodyUnkept(new Error('The disk does not take the bytes in time.'));
    this.#kept.drop();
    this.#goOn();
    return true;
  }

  /** Nobody wants the body any more. */
  stop(): void {
    this.#isEnded = true;
    this.#leaveSink();
    this.#kept.drop();
  }

  // The client

  onBody(chunk: Uint8Array<ArrayBuffer>): void {
    if (this.#isEnded) return;
    this.#byteCount += chunk.length;
    if (this.#byteCount > this.#maxBytes) {
      this.#events.onBodyFailed(bodyTooLarge(this.#maxBytes));
      return;
    }
    this.#trace?.onRequestBody(chunk);
    const mayGoOn = this.#kept.add(chunk);
    // The end travels with the last chunk where the length tells which one that is.
    this.#isEnded = this.#byteCount === this.#client.bodyLength;
    const sink = this.#isReplaying ? undefined : this.#sink;
    if (sink === undefined) this.#onEarlyChunk();
    else if (this.#isEnded) this.#end(sink, chunk);
    else {
      this.#isBlocked = !sink.write(chunk);
      if (this.#isBlocked || !mayGoOn) this.#client.pauseBody();
      this.#events.onBodyTurn(this.#isBlocked ? 'upstream-begins' : 'client-sends');
    }
  }

  onBodyEnd(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (this.#sink !== undefined && !this.#isReplaying) this.#end(this.#sink);
  }

  // The sink

  onWritable(): void {
    this.#isBlocked = false;
    if (this.#isReplaying) this.#wakeReplay();
    else this.#goOn();
  }

  // What is kept

  onKept(failure: Error | undefined): void {
    if (failure !== undefined) this.#events.onBodyUnkept(failure);
    if (!this.#failIfLost()) this.#goOn();
  }

  /** What comes before the sink can have it has to be kept. */
  #onEarlyChunk(): void {
    if (!this.#failIfLost()) this.#client.pauseBody();
  }

  #failIfLost(): boolean {
    const isLost = !this.#kept.isComplete && (this.#isReplaying || this.#sink === undefined);
    if (isLost) this.#events.onBodyFailed();
    return isLost;
  }

  async #replay(rest: AsyncIterable<Uint8Array<ArrayBuffer>>, sink: BodySink, fromByte: number): Promise<void> {
    this.#isReplaying = true;
    this.#events.onBodyTurn('upstream-begins');
    let sentBytes = fromByte;
    try {
      for await (const piece of rest) {
        if (this.#isBlocked) await this.#untilWritable();
        if (sink !== this.#sink) return;
        this.#isBlocked = !sink.write(piece);
        this.#events.onBodyTurn('upstream-begins');
        sentBytes += piece.length;
        // Not left to the end of `rest`, which comes a moment later: another chunk could have come by then.
        if (sentBytes < this.#byteCount) continue;
        this.#onCaughtUp(sink);
        return;
      }
    } catch (error) {
      if (sink !== this.#sink) return;
      this.#events.onBodyUnkept(error);
      this.#events.onBodyFailed();
    }
  }

  #onCaughtUp(sink: BodySink): void {
    this.#isReplaying = false;
    if (this.#isReleased) this.#kept.drop();
    if (this.#isEnded) {
      this.#end(sink);
    } else if (this.#isStarted) {
      this.#goOn();
    } else {
      this.#isStarted = true;
      this.#events.onBodyTurn('client-sends');
      this.#client.startBody();
    }
  }

  /** Lets the client go on once both the sink and the disk take more. */
  #goOn(): void {
    if (this.#isEnded || this.#isReplaying || this.#sink === undefined) return;
    this.#events.onBodyTurn(this.#isBlocked ? 'upstream-begins' : 'client-sends');
    if (!this.#isBlocked && !this.#kept.isWriting) this.#client.resumeBody();
  }

  #end(sink: BodySink, lastChunk?: Uint8Array<ArrayBuffer>): void {
    if (this.#client.bodyLength !== 0) sink.end(lastChunk);
    this.#trace?.onSent();
    this.#events.onBodyTurn('upstream-begins');
  }

  #leaveSink(): void {
    this.#sink = undefined;
    this.#isReplaying = false;
    this.#wakeReplay();
  }

  #untilWritable(): Promise<void> {
    this.#unblocked ??= Promise.withResolvers();
    return this.#unblocked.promise;
  }

  #wakeReplay(): void {
    this.#unblocked?.resolve();
    this.#unblocked = undefined;
  }
}
