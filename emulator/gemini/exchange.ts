import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { constants, type Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { gzip, gzipSync } from 'node:zlib';
import { type BodySink, createGzipSink, createPlainSink, withAbort } from './body-sink.ts';
import type { Clock } from './clock.ts';
import { DigestMeter } from './digest.ts';
import { apiErrors } from './errors.ts';
import { answerHeaders, connectionHeaders } from './headers.ts';
import type { ReceivedRequest, RequestRecorder } from './recorder.ts';

export type HttpRequest = IncomingMessage | Http2ServerRequest;
export type HttpResponse = ServerResponse | Http2ServerResponse;

interface ExchangeContext {
  readonly clock: Clock;
  readonly recorder: RequestRecorder;
  readonly isGzipEnabled: boolean;
  readonly onClose: () => void;
}

/** Above this a whole answer is compressed off the main thread. */
const MAX_SYNCHRONOUS_GZIP_BYTES = 65_536;
const gzipInBackground = promisify(gzip);
const noQuery = new URLSearchParams();

/** One request and its answer, over HTTP/1.1 or HTTP/2: the only file that knows the difference. */
export class Exchange {
  readonly request: HttpRequest;
  readonly method: string;
  /** The path with its query, byte for byte. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly #response: HttpResponse;
  readonly #body: Writable;
  readonly #context: ExchangeContext;
  readonly #startedAtMs: number;
  /** Made on demand: a whole answer needs none. */
  #left: AbortController | undefined;
  #leftReason: Error | undefined;
  #rejectBody: ((reason: Error) => void) | undefined;
  readonly #received: ReceivedRequest | undefined;
  readonly #answerMeter: DigestMeter | undefined;
  #isEnded = false;
  #isCut = false;

  constructor(request: HttpRequest, response: HttpResponse, context: ExchangeContext) {
    this.request = request;
    this.method = request.method ?? 'GET';
    this.path = request.url ?? '/';
    const queryStart = this.path.indexOf('?');
    this.query = queryStart < 0 ? noQuery : new URLSearchParams(this.path.slice(queryStart + 1));
    this.#response = response;
    this.#body = response;
    this.#context = context;
    this.#startedAtMs = context.clock.now();
    if (context.recorder.isEnabled) {
      this.#answerMeter = new DigestMeter();
      this.#received = context.recorder.add({
        method: this.method,
        path: this.path,
        httpVersion: request.httpVersion,
        headers: request.headers,
        receivedAtMs: this.#startedAtMs,
      });
    }
    // A reset in the middle of a body is reported by 'close' as well.
    request.on('error', () => {});
    response.on('error', () => {});
    response.on('close', () => this.#onClose());
  }

  /** Aborted when the client leaves before the answer is complete. */
  get signal(): AbortSignal {
    if (this.#left === undefined) {
      this.#left = new AbortController();
      if (this.#leftReason !== undefined) this.#left.abort(this.#leftReason);
    }
    return this.#left.signal;
  }

  get isHeadSent(): boolean {
    return this.#response.headersSent;
  }

  /** Scheme and host by which the client has called. */
  get origin(): string {
    const isEncrypted = 'encrypted' in this.request.socket && this.request.socket.encrypted === true;
    return `${isEncrypted ? 'https' : 'http'}://${this.header(':authority') ?? this.header('host') ?? 'localhost'}`;
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return typeof value === 'object' ? value.join(', ') : value;
  }

  /** Collects the request's body; an `ApiError` if it is larger than the limit. */
  async readBody(maxBytes: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    await this.consumeBody((chunk) => {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw apiErrors.bodyTooLarge(maxBytes);
      chunks.push(chunk);
    });
    const [only] = chunks;
    return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
  }

  /** Gives the request's body to a function chunk by chunk, and settles at its end. */
  consumeBody(onChunk: (chunk: Buffer) => void): Promise<void> {
    const meter = this.#received === undefined ? undefined : new DigestMeter();
    if (this.#leftReason !== undefined) return Promise.reject(this.#leftReason);
    return new Promise((resolve, reject) => {
      const onData = (chunk: Buffer) => {
        meter?.update(chunk);
        try {
          onChunk(chunk);
        } catch (error) {
          this.request.off('data', onData);
          reject(error);
        }
      };
      this.request.on('data', onData);
      this.request.once('end', () => {
        if (this.#received !== undefined) this.#received.body = meter?.digest();
        resolve();
      });
      this.#rejectBody = reject;
    });
  }

  /** Sends the head and returns the way to send the body. */
  openBody(status: number, headers: OutgoingHttpHeaders, { compress }: { compress: boolean }): BodySink {
    const isCompressed = compress && this.#acceptsGzip();
    this.#writeHead(status, isCompressed ? { ...headers, 'content-encoding': 'gzip' } : headers);
    const sink = isCompressed ? createGzipSink(this.#body, this.signal) : createPlainSink(this.#body, this.signal);
    return {
      write: (chunk) => {
        this.#answerMeter?.update(chunk);
        return sink.write(chunk);
      },
      drained: () => sink.drained(),
      end: () => {
        this.#markEnded();
        sink.end();
      },
    };
  }

  /** Sends bytes as they are. */
  sendBytes(status: number, headers: OutgoingHttpHeaders, body: Uint8Array): void {
    this.#answerMeter?.update(body);
    this.#writeHead(status, { ...headers, 'content-length': body.byteLength });
    this.#markEnded();
    this.#body.end(body);
  }

  /** Sends a whole answer. A string that need not be compressed leaves in one write together with its head. */
  async send(status: number, headers: OutgoingHttpHeaders, text: string): Promise<void> {
    this.#answerMeter?.update(Buffer.from(text));
    if (text !== '' && this.#acceptsGzip()) {
      const body = Buffer.from(text);
      const zipped = body.byteLength > MAX_SYNCHRONOUS_GZIP_BYTES ? await gzipInBackground(body) : gzipSync(body, { level: 1 });
      this.#writeHead(status, { ...headers, 'content-encoding': 'gzip', 'content-length': zipped.byteLength });
      this.#markEnded();
      this.#body.end(zipped);
      return;
    }
    this.#writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) });
    this.#markEnded();
    this.#body.end(text);
  }

  /** Breaks the answer off, as a failing network does. */
  cut(): void {
    this.#isCut = true;
    if (this.#response instanceof Http2ServerResponse) {
      this.#response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    } else {
      this.#response.destroy();
    }
  }

  /** Resolves when what was written has been handed to the network. */
  flushed(): Promise<void> {
    return withAbort(this.signal, (resolve) => {
      this.#body.write('', () => resolve());
      return () => {};
    });
  }

  /** Reads the request's body and forgets it: the leaving of a client is not noticed while bytes of its wait to be read. */
  discardBody(): void {
    this.request.resume();
  }

  /** Stops reading the request until the answer has drained; for answers that are made of the request. */
  pauseUntilDrained(): void {
    this.request.pause();
    this.#body.once('drain', () => this.request.resume());
  }

  /** Bytes of the answer that the client has not taken yet. */
  get pendingBytes(): number {
    return this.#body.writableLength;
  }

  #writeHead(status: number, headers: OutgoingHttpHeaders): void {
    if (this.#received !== undefined) this.#received.status = status;
    const all = { ...answerHeaders(this.#context.clock.now() - this.#startedAtMs, this.header('origin')), ...headers };
    if (this.#response instanceof Http2ServerResponse) {
      this.#response.writeHead(status, all);
      return;
    }
    const wantsClose = !this.#response.shouldKeepAlive;
    this.#response.writeHead(status, { ...all, ...connectionHeaders(wantsClose, 'content-length' in all) });
  }

  #acceptsGzip(): boolean {
    return this.#context.isGzipEnabled && /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(this.header('accept-encoding') ?? '');
  }

  #markEnded(): void {
    this.#isEnded = true;
    if (this.#received !== undefined) this.#received.answer = this.#answerMeter?.digest();
  }

  #onClose(): void {
    const isComplete = this.#isEnded && this.#isFlushed();
    if (this.#received !== undefined) {
      this.#received.isAborted = !isComplete && !this.#isCut;
      this.#received.closedAtMs = this.#context.clock.now();
    }
    if (!isComplete) {
      this.#leftReason = new Error('The client left before the answer was complete.');
      this.#left?.abort(this.#leftReason);
      this.#rejectBody?.(this.#leftReason);
    }
    this.#context.onClose();
  }

  /** HTTP/2 reports 'finish' for broken streams too, so the stream itself is asked. */
  #isFlushed(): boolean {
    if (this.#response instanceof Http2ServerResponse) {
      const { stream } = this.#response;
      return stream.writableFinished && !stream.aborted;
    }
    return this.#response.writableFinished;
  }
}
