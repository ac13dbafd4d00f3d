import { type OperationName, parseOperation } from '@gemini-proxy/gemini';
import type { HeaderList, ResponseHead } from '@gemini-proxy/protocol';
import { GatewayError } from '../errors.ts';
import { BodyPump } from './body-pump.ts';
import type { AnsweringWorker, ClientEvents, ClientExchange } from './client-exchange.ts';
import type { Orchestrator } from './orchestrator.ts';

/** A body that is read piece by piece, once, as fast as the worker takes it. */
interface CallBody {
  readonly bytes: number;
  read(): AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** A request that the gateway itself makes through a worker. */
export interface Call {
  readonly method: string;
  /** Path with query, without credentials. */
  readonly path: string;
  readonly headers: HeaderList;
  /** A body in memory of at most 64 KiB is sent again by another worker where the first did not send it upstream. */
  readonly body?: Uint8Array<ArrayBuffer> | CallBody | undefined;
  /** Account whose workers alone will do. Default: any. */
  readonly account?: string | undefined;
  readonly maxAnswerBytes: number;
  readonly signal: AbortSignal;
}

export interface CallAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Account of the worker that made the call. */
  readonly account: string;
  readonly workerId: string;
}

/** Makes a call and resolves with its whole answer, whatever its status; rejects with `GatewayError`, or with the signal's reason. */
export type Caller = (call: Call) => Promise<CallAnswer>;

/** Makes calls that take the way of a client's requests: leases, deadlines, retries, log. */
export function createCaller(orchestrator: Orchestrator): Caller {
  return (call) => {
    call.signal.throwIfAborted();
    const exchange = new CallExchange(call);
    orchestrator.handle(exchange, { account: call.account, maxBodyBytes: Number.POSITIVE_INFINITY, isOwn: true });
    return exchange.answer;
  };
}

/** An exchange whose client is this process. */
class CallExchange implements ClientExchange {
  readonly method: string;
  readonly path: string;
  readonly headers: HeaderList;
  readonly operation: OperationName;
  readonly bodyLength: number;
  readonly #call: Call;
  readonly #answer = Promise.withResolvers<CallAnswer>();
  readonly #pump = new BodyPump();
  readonly #chunks: Uint8Array[] = [];
  #events: ClientEvents | undefined;
  #head: (ResponseHead & { readonly from: AnsweringWorker }) | undefined;
  #answerBytes = 0;
  #isOver = false;

  constructor(call: Call) {
    this.#call = call;
    this.method = call.method;
    this.path = call.path;
    this.headers = call.headers;
    this.operation = parseOperation(call.method, call.path).name;
    this.bodyLength = lengthOf(call.body);
  }

  get answer(): Promise<CallAnswer> {
    return this.#answer.promise;
  }

  bind(events: ClientEvents): void {
    this.#events = events;
    this.#call.signal.addEventListener('abort', this.#onAbort);
  }

  startBody(): void {
    const { body } = this.#call;
    if (body === undefined || this.#events === undefined) return;
    void this.#pump.run(body instanceof Uint8Array ? [body] : body.read(), this.#events);
  }

  pauseBody(): void {
    this.#pump.pause();
  }

  resumeBody(): void {
    this.#pump.resume();
  }

  sendHead(head: ResponseHead, from: AnsweringWorker | undefined): void {
    if (from !== undefined) this.#head = { ...head, from };
  }

  write(chunk: Uint8Array): boolean {
    this.#answerBytes += chunk.length;
    if (this.#answerBytes > this.#call.maxAnswerBytes) {
      this.#events?.onBroken(
        new GatewayError('ANSWER_TOO_LARGE', `The answer is longer than ${this.#call.maxAnswerBytes} bytes.`),
      );
    } else {
      this.#chunks.push(chunk);
    }
    return true;
  }

  end(chunk: Uint8Array): void {
    this.write(chunk);
    if (this.#isOver || this.#head === undefined) return;
    const { status, headers, from } = this.#head;
    const body = joined(this.#chunks, this.#answerBytes);
    this.#answer.resolve({ status, headers, body, account: from.account, workerId: from.id });
    this.#finish(true);
  }

  fail(error: GatewayError): void {
    this.#answer.reject(error);
    this.#finish(false);
  }

  destroy(): void {
    this.fail(new GatewayError('INTERNAL', 'The call was given up.'));
  }

  readonly #onAbort = (): void => {
    this.#answer.reject(this.#call.signal.reason);
    this.#finish(false);
  };

  /** The exchange hears of its end in a turn of its own, as it does from a socket. */
  #finish(isDelivered: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#call.signal.removeEventListener('abort', this.#onAbort);
    this.#pump.stop();
    queueMicrotask(() => this.#events?.onClosed(isDelivered));
  }
}

function lengthOf(body: Call['body']): number {
  if (body === undefined) return 0;
  return body instanceof Uint8Array ? body.length : body.bytes;
}

function joined(chunks: readonly Uint8Array[], byteCount: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(byteCount);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
