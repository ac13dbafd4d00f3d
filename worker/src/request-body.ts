import type { RequestBodyStream } from './worker.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** A request's body: the session pushes, the executor pulls. Bounded by the stream's window: credit goes back for what was read. */
export class IncomingBody implements RequestBodyStream, AsyncIterator<Bytes, undefined> {
  readonly #giveCredit: (byteCount: number) => void;
  readonly #queue: Bytes[] = [];
  #unacknowledged = 0;
  #isEnded = false;
  #isDiscarded = false;
  #wasRead = false;
  #failure: Error | undefined;
  #waiting: PromiseWithResolvers<IteratorResult<Bytes, undefined>> | undefined;

  constructor(giveCredit: (byteCount: number) => void) {
    this.#giveCredit = giveCredit;
  }

  /** Whether the last piece has arrived. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  push(chunk: Bytes, end: boolean): void {
    this.#isEnded ||= end;
    if (this.#isDiscarded) {
      this.#acknowledge(chunk.byteLength);
    } else if (chunk.byteLength > 0) {
      this.#queue.push(chunk);
    }
    this.#answerWaiting();
  }

  /** Ends the body with an error: the stream was reset, or a deadline passed. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#queue.length = 0;
    this.#answerWaiting();
  }

  /** Lets go of what is here and what is still to come: the answer was complete before it, so nobody reads it. */
  discard(): void {
    this.#isDiscarded = true;
    this.#acknowledge(this.#unacknowledged + byteLengthOf(this.#queue));
    this.#unacknowledged = 0;
    this.#queue.length = 0;
    this.#answerWaiting();
  }

  takeIfComplete(): readonly Bytes[] | undefined {
    if (!this.#isEnded || this.#wasRead || this.#isDiscarded || this.#failure !== undefined) return undefined;
    this.#wasRead = true;
    const pieces = this.#queue.splice(0);
    this.#acknowledge(byteLengthOf(pieces));
    return pieces;
  }

  [Symbol.asyncIterator](): AsyncIterator<Bytes, undefined> {
    return this;
  }

  next(): Promise<IteratorResult<Bytes, undefined>> {
    this.#wasRead = true;
    this.#acknowledge(this.#unacknowledged);
    this.#unacknowledged = 0;
    const waiting = Promise.withResolvers<IteratorResult<Bytes, undefined>>();
    this.#waiting = waiting;
    this.#answerWaiting();
    return waiting.promise;
  }

  return(): Promise<IteratorResult<Bytes, undefined>> {
    this.discard();
    return Promise.resolve({ done: true, value: undefined });
  }

  #answerWaiting(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    const chunk = this.#queue.shift();
    if (this.#failure !== undefined) waiting.reject(this.#failure);
    else if (chunk !== undefined) {
      this.#unacknowledged = chunk.byteLength;
      waiting.resolve({ done: false, value: chunk });
    } else if (this.#isEnded || this.#isDiscarded) waiting.resolve({ done: true, value: undefined });
    else return;
    this.#waiting = undefined;
  }

  #acknowledge(byteCount: number): void {
    if (byteCount > 0 && this.#failure === undefined) this.#giveCredit(byteCount);
  }
}

function byteLengthOf(chunks: readonly Bytes[]): number {
  let total = 0;
  for (const chunk of chunks) total += chunk.byteLength;
  return total;
}
