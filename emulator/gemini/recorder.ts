import type { IncomingHttpHeaders } from 'node:http';
import type { BodyDigest } from './digest.ts';

/** One request as it arrived, and what became of it. Times are the clock's, in milliseconds. */
export interface ReceivedRequest {
  readonly id: number;
  readonly method: string;
  /** The path with its query, byte for byte. */
  readonly path: string;
  readonly httpVersion: string;
  readonly headers: IncomingHttpHeaders;
  readonly receivedAtMs: number;
  /** The body as received; undefined until its end has come. */
  body: BodyDigest | undefined;
  status: number | undefined;
  /** The answer's body before compression; undefined until all of it is written. */
  answer: BodyDigest | undefined;
  /** Whether the client went away before the answer was complete. */
  isAborted: boolean;
  closedAtMs: number | undefined;
}

/** Keeps the last requests for tests to look at. */
export class RequestRecorder {
  readonly #limit: number;
  #requests: ReceivedRequest[] = [];
  #lastId = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Oldest first; at most as many as the limit. */
  get requests(): readonly ReceivedRequest[] {
    return this.#requests;
  }

  get isEnabled(): boolean {
    return this.#limit > 0;
  }

  clear(): void {
    this.#requests = [];
  }

  add(request: Pick<ReceivedRequest, 'method' | 'path' | 'httpVersion' | 'headers' | 'receivedAtMs'>): ReceivedRequest {
    this.#lastId += 1;
    const received: ReceivedRequest = {
      ...request,
      id: this.#lastId,
      body: undefined,
      status: undefined,
      answer: undefined,
      isAborted: false,
      closedAtMs: undefined,
    };
    this.#requests.push(received);
    if (this.#requests.length > this.#limit) this.#requests.shift();
    return received;
  }
}
