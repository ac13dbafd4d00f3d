import {
  type Clock,
  type HeaderList,
  ProtocolError,
  type ServedStream,
  StreamError,
  type StreamEvents,
} from '@gemini-proxy/protocol';
import { IncomingBody } from './request-body.ts';
import { SilenceTimer } from './silence-timer.ts';
import type { Execute, UpstreamResponse, WorkerDeadlines } from './worker.ts';

export type ExchangeOutcome =
  | { readonly status: number; readonly adaptation: string | undefined }
  | { readonly error: StreamError };

/** Bytes of a whole answer that wait for its end. */
const maxHeldBytes = 64 * 1024;

export interface ExchangeContext {
  readonly execute: Execute;
  readonly clock: Clock;
  readonly deadlines: WorkerDeadlines;
  /** Bytes moved. */
  onProgress(): void;
  /** Once, last. */
  onEnd(exchange: Exchange, outcome: ExchangeOutcome): void;
}

/** One request: executed once, its answer written as fast as the gateway takes it. Deadline, reset and abort are one: the signal, its reason a `StreamError`. */
export class Exchange implements StreamEvents {
  readonly stream: ServedStream;
  readonly startedAtMs: number;
  bytesReceived = 0;
  bytesSent = 0;
  readonly #context: ExchangeContext;
  readonly #controller = new AbortController();
  readonly #body: IncomingBody | undefined;
  readonly #silence: SilenceTimer;
  #isEnded = false;
  #hasHead = false;
  #writable: PromiseWithResolvers<void> | undefined;

  constructor(stream: ServedStream, context: ExchangeContext) {
    this.stream = stream;
    this.#context = context;
    this.startedAtMs = context.clock.now();
    this.#body = stream.bodyless ? undefined : new IncomingBody((byteCount) => stream.consumed(byteCount));
    const { firstByteMs, idleMs } = context.deadlines;
    this.#silence = new SilenceTimer(context.clock, firstByteMs, () => this.#onSilence(), idleMs);
    void this.#run();
  }

  get isAnswered(): boolean {
    return this.#hasHead;
  }

  onHead(): void {
    // Only the gateway's side of a stream is sent a head.
  }

  onData(chunk: Uint8Array<ArrayBuffer>, end: boolean): void {
    this.bytesReceived += chunk.byteLength;
    this.#silence.activity();
    this.#body?.push(chunk, end);
    this.#context.onProgress();
  }

  onWritable(): void {
    this.#writable?.resolve();
    this.#writable = undefined;
  }

  onReset(error: StreamError): void {
    this.#body?.fail(error);
    this.#end({ error });
  }

  async #run(): Promise<void> {
    // A small body comes in the same message as its head: after this turn's frames the executor can take it whole.
    await undefined;
    if (this.#isEnded) return;
    const { request } = this.stream;
    try {
      const response = await this.#context.execute(request, this.#body, this.#controller.signal);
      if (this.#isEnded) return;
      this.#hasHead = true;
      this.#silence.restart(this.#context.deadlines.idleMs);
      const isHeld = isWhole(request.operation);
      if (!isHeld) this.stream.sendHead({ status: response.status, headers: response.headers });
      await this.#passOn(response, isHeld);
      if (this.#isEnded) return;
      this.#letGoOfBody();
      this.#end({ status: response.status, adaptation: response.adaptation });
    } catch (error) {
      this.#fail(toStreamError(error));
    }
  }

  /** A held head leaves with the end of a small answer, in one message, or with its first piece past the limit. */
  async #passOn(response: UpstreamResponse, isHeld: boolean): Promise<void> {
    const held: Uint8Array<ArrayBuffer>[] = [];
    let isHolding = isHeld;
    for await (const chunk of response.body ?? []) {
      if (this.#isEnded) return;
      this.bytesSent += chunk.byteLength;
      this.#context.onProgress();
      if (isHolding && this.bytesSent <= maxHeldBytes) {
        held.push(chunk);
        this.#silence.activity();
        continue;
      }
      if (isHolding) this.#release(response, held);
      isHolding = false;
      if (this.stream.write(chunk)) this.#silence.activity();
      else await this.#untilWritable();
      if (this.#isEnded) return;
    }
    if (this.#isEnded) return;
    this.#checkLength(response);
    if (isHolding) this.#release(response, held);
    // In the same message as what is before it.
    this.stream.end();
  }

  #release(response: UpstreamResponse, held: readonly Uint8Array<ArrayBuffer>[]): void {
    this.stream.sendHead({ status: response.status, headers: response.headers });
    // Whatever the window is: a few held pieces more do not outgrow it by more than their limit.
    for (const chunk of held) this.stream.write(chunk);
  }

  #checkLength(response: UpstreamResponse): void {
    const expectedBytes = expectedLength(this.stream.request.method, response);
    if (expectedBytes === undefined || this.bytesSent >= expectedBytes) return;
    const message = `The answer ended after ${this.bytesSent} of ${expectedBytes} bytes.`;
    throw new StreamError('UPSTREAM_CUT', message, { sentUpstream: true });
  }

  /** While the gateway's client is slow, the upstream's silence is of this side's making and does not count. */
  async #untilWritable(): Promise<void> {
    this.#writable = Promise.withResolvers();
    this.#silence.pause();
    await this.#writable.promise;
    this.#silence.resume();
  }

  /** The upstream may answer before it has read all: then the gateway need not send the rest. */
  #letGoOfBody(): void {
    if (this.#body === undefined) return;
    this.#body.discard();
    if (!this.#body.isEnded) {
      this.stream.reset(new StreamError('RESPONSE_COMPLETE', 'The answer was complete before the body.', { sentUpstream: true }));
    }
  }

  #onSilence(): void {
    const { firstByteMs, idleMs } = this.#context.deadlines;
    const error = this.#hasHead
      ? new StreamError('IDLE_TIMEOUT', `The answer was silent for ${idleMs / 1000} s.`, { sentUpstream: true })
      : new StreamError('FIRST_BYTE_TIMEOUT', `No answer began within ${firstByteMs / 1000} s.`, { sentUpstream: true });
    this.#fail(error);
  }

  #fail(error: StreamError): void {
    if (this.#isEnded) return;
    this.stream.reset(error);
    this.onReset(error);
  }

  #end(outcome: ExchangeOutcome): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#silence.cancel();
    if ('error' in outcome) this.#controller.abort(outcome.error);
    this.onWritable();
    this.#context.onEnd(this, outcome);
  }
}

const wholeResources = new Set(['models', 'tunedModels', 'files', 'cachedContents', 'batches', 'operations']);

/** Whether the API answers this operation whole: its head says nothing before its body is there. An unknown one may stream. */
function isWhole(operation: string): boolean {
  const [resource = '', verb = ''] = operation.split('.', 2);
  return wholeResources.has(resource) && verb !== 'streamGenerateContent' && verb !== 'download';
}

function expectedLength(method: string, { status, headers }: UpstreamResponse): number | undefined {
  if (method === 'HEAD' || status === 304) return undefined;
  const value = headers.find(isLength)?.[1];
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
}

function isLength([name]: HeaderList[number]): boolean {
  return name === 'content-length';
}

function toStreamError(error: unknown): StreamError {
  if (error instanceof StreamError) return error;
  // A hook may answer with `Response.error()`, whose status is 0, and an upstream with more headers than the wire takes.
  if (error instanceof ProtocolError) {
    const message = `The answer cannot be passed on: ${error.message}.`;
    return new StreamError('UPSTREAM_UNREACHABLE', message, { sentUpstream: true, cause: error });
  }
  const message = `The worker failed: ${error instanceof Error ? error.message : String(error)}`;
  return new StreamError('INTERNAL', message, { sentUpstream: true, cause: error });
}
