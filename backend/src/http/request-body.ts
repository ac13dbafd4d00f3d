import type { IncomingMessage, ServerResponse } from 'node:http';
import { GatewayError } from '../errors.ts';
import { isAwaitingContinue } from './discard-body.ts';

type Piece = Uint8Array<ArrayBuffer>;

/** A request's body as something to pull: nothing is read from the client before it is asked for. Read once; unlike Node's own iterator it leaves the connection alone when the reader stops. */
export class RequestBody implements AsyncIterable<Piece>, AsyncIterator<Piece> {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #pieces: Piece[] = [];
  #waiting: PromiseWithResolvers<IteratorResult<Piece>> | undefined;
  #isStarted = false;
  #isEnded = false;
  #error: GatewayError | undefined;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Piece>> {
    this.#start();
    const piece = this.#pieces.shift();
    if (piece !== undefined) return Promise.resolve({ done: false, value: piece });
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#isEnded) return Promise.resolve({ done: true, value: undefined });
    this.#waiting ??= Promise.withResolvers();
    this.#request.resume();
    return this.#waiting.promise;
  }

  /** Nobody reads on. */
  release(): void {
    this.#isStarted = true;
    this.#request.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose);
    this.#onEnd();
  }

  #start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    if (isAwaitingContinue(this.#request)) this.#response.writeContinue();
    this.#request.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onClose);
    if (this.#request.destroyed) this.#onClose();
  }

  readonly #onData = (piece: Buffer<ArrayBuffer>): void => {
    this.#request.pause();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#pieces.push(piece);
    else waiting.resolve({ done: false, value: piece });
  };

  readonly #onEnd = (): void => {
    this.#isEnded = true;
    this.#waiting?.resolve({ done: true, value: undefined });
    this.#waiting = undefined;
  };

  readonly #onClose = (): void => {
    if (this.#isEnded) return;
    this.#error = new GatewayError('MALFORMED_REQUEST', 'The request body broke off.');
    this.#waiting?.reject(this.#error);
    this.#waiting = undefined;
  };
}
