import { type Clock, type ServedStream, StreamError, type StreamEvents } from '@gemini-proxy/protocol';
import { IncomingBody } from './request-body.ts';
import { SilenceTimer } from './silence-timer.ts';
import type { Execute, UpstreamResponse, WorkerDeadlines } from './worker.ts';

export type ExchangeOutcome =
  | { readonly status: number; readonly adaptation: string | undefined }
  | { readonly error: StreamError };

export interface ExchangeContext {
  readonly execute: Execute;
  readonly clock: Clock;
  readonly deadlines: WorkerDeadlines;
  /** Bytes moved. */
  onProgress(): void;
  /** Once, last. */
  onEnd(exchange: Exchange, outcome: ExchangeOutcome): void;
}

/** One request: executed once, its answer written to the stream as fast as the gateway takes it. Deadline, reset and abort are one mechanism: the signal, whose reason is a `StreamError`. */
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
    this.#silence = new SilenceTimer(context.clock, context.deadlines.firstByteMs, () => this.#onSilence());
    // A small body comes in the same message as its head: after this turn's frames the executor can take it whole.
    queueMicrotask(() => void this.#run());
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
    if (this.#isEnded) return;
    const { request } = this.stream;
    try {
      const response = await this.#context.execute(request, this.#body, this.#controller.signal);
      if (this.#isEnded) return;
      this.#hasHead = true;
      this.#silence.restart(this.#context.deadlines.idleMs);
      this.stream.sendHead({ status: response.status, headers: response.headers });
      await this.#passOn(response);
      if (this.#isEnded) return;
      this.stream.end();
      this.#letGoOfBody();
      this.#end({ status: response.status, adaptation: response.adaptation });
    } catch (error) {
      this.#fail(toStreamError(error));
    }
  }

  async #passOn(response: UpstreamResponse): Promise<void> {
    if (response.body === undefined) return;
    const expectedBytes = expectedLength(this.stream.request.method, response);
    for await (const chunk of response.body) {
      if (this.#isEnded) return;
      this.bytesSent += chunk.byteLength;
      this.#context.onProgress();
      if (this.stream.write(chunk)) this.#silence.activity();
      else await this.#untilWritable();
      if (this.#isEnded) return;
    }
    if (expectedBytes !== undefined && this.bytesSent < expectedBytes && !this.#isEnded) {
      const message = `The answer ended after ${this.bytesSent} of ${expectedBytes} bytes.`;
      throw new StreamError('UPSTREAM_CUT', message, { sentUpstream: true });
    }
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

function expectedLength(method: string, { status, headers }: UpstreamResponse): number | undefined {
  if (method === 'HEAD' || status === 304) return undefined;
  const value = headers.find(([name]) => name === 'content-length')?.[1];
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
}

function toStreamError(error: unknown): StreamError {
  if (error instanceof StreamError) return error;
  const message = `The worker failed: ${error instanceof Error ? error.message : String(error)}`;
  return new StreamError('INTERNAL', message, { sentUpstream: true, cause: error });
}
