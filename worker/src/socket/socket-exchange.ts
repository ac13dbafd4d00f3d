import {
  type Clock,
  defaultLimits,
  type HeaderList,
  type ServedSocketStream,
  type SocketStreamEvents,
  StreamError,
  type StreamErrorCode,
} from '@gemini-proxy/protocol';
import type { ExchangeOutcome } from '../exchange.ts';
import type { WorkerDeadlines } from '../worker.ts';
import type { ExecuteSocket, SocketRefusal, UpstreamSocket, UpstreamSocketEvents } from './upstream-socket.ts';

/** Bytes of an upstream's messages that may wait for the gateway's client: a page cannot make its upstream wait. */
const maxWaitingBytes = 8 * 1024 * 1024;

export interface SocketExchangeContext {
  readonly executeSocket: ExecuteSocket;
  readonly clock: Clock;
  readonly deadlines: WorkerDeadlines;
  /** Bytes moved. */
  onProgress(): void;
  /** Once, last. */
  onEnd(exchange: SocketExchange, outcome: ExchangeOutcome): void;
}

/** One WebSocket between a stream and the upstream: messages pass both ways, each side closes as the other did. */
export class SocketExchange implements SocketStreamEvents {
  readonly stream: ServedSocketStream;
  readonly startedAtMs: number;
  bytesReceived = 0;
  bytesSent = 0;
  readonly #context: SocketExchangeContext;
  #socket: UpstreamSocket | undefined;
  #cancelTimer: (() => void) | undefined;
  #isOpen = false;
  #isSocketClosed = false;
  #isStreamClosed = false;
  #isEnded = false;

  constructor(stream: ServedSocketStream, context: SocketExchangeContext) {
    this.stream = stream;
    this.#context = context;
    this.startedAtMs = context.clock.now();
    const { socketOpenMs } = context.deadlines;
    this.#cancelTimer = context.clock.schedule(
      () => this.#fail('FIRST_BYTE_TIMEOUT', `The WebSocket did not open within ${socketOpenMs / 1000} s.`),
      socketOpenMs,
    );
    // The stream's handlers are in place only after this turn.
    queueMicrotask(() => this.#open());
  }

  // The stream

  onHead(): void {
    // Only the gateway's side of a stream is sent a head.
  }

  onData(): void {
    // A gateway sends messages only.
  }

  onMessage(message: Uint8Array<ArrayBuffer>, isText: boolean): void {
    if (this.#isEnded) return;
    this.bytesReceived += message.byteLength;
    this.#context.onProgress();
    if (this.#isSocketClosed) this.stream.taken();
    else this.#socket?.send(message, isText, () => this.#onSent());
  }

  onClose(code: number, reason: string): void {
    this.#isStreamClosed = true;
    if (!this.#isSocketClosed) this.#socket?.close(code, reason);
    this.#awaitClose();
  }

  onWritable(): void {
    this.#socket?.resume();
  }

  onReset(error: StreamError): void {
    this.#socket?.terminate();
    this.#end({ error });
  }

  // The upstream

  readonly #events: UpstreamSocketEvents = {
    onOpen: (headers) => this.#onOpen(headers),
    onRefused: (refusal) => this.#onRefused(refusal),
    onMessage: (message, isText) => this.#passOn(message, isText),
    onClose: (code, reason) => this.#onSocketClosed(code, reason),
  };

  #onOpen(headers: HeaderList): void {
    if (this.#isEnded) return;
    if (!this.#sendHead(101, headers)) return;
    this.#isOpen = true;
    this.#stopTimer();
  }

  #onRefused({ status, headers, body }: SocketRefusal): void {
    if (this.#isEnded) return;
    this.#isSocketClosed = true;
    this.bytesSent += body.byteLength;
    if (!this.#sendHead(status, headers)) return;
    this.stream.end(body);
    this.stream.reset(new StreamError('RESPONSE_COMPLETE', 'The WebSocket was refused.', { sentUpstream: true }));
    this.#end({ status, adaptation: undefined });
  }

  /** An answer whose head cannot be passed on is the upstream's failure. */
  #sendHead(status: number, headers: HeaderList): boolean {
    try {
      this.stream.sendHead({ status, headers });
      return true;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#fail('UPSTREAM_UNREACHABLE', `The upstream's answer cannot be passed on: ${message}`);
      return false;
    }
  }

  #passOn(message: Uint8Array<ArrayBuffer>, isText: boolean): void {
    if (this.#isEnded) return;
    const { maxSocketMessageBytes } = defaultLimits;
    if (message.byteLength > maxSocketMessageBytes) {
      this.#fail('UPSTREAM_CUT', `A message of ${message.byteLength} bytes; the limit is ${maxSocketMessageBytes}.`);
      return;
    }
    this.bytesSent += message.byteLength;
    this.#context.onProgress();
    if (this.stream.send(message, isText)) return;
    this.#socket?.pause();
    if (this.stream.queuedBytes > maxWaitingBytes) {
      this.#fail('UPSTREAM_CUT', `The client reads too slowly: more than ${maxWaitingBytes} bytes wait for it.`);
    }
  }

  #onSocketClosed(code: number, reason: string): void {
    if (this.#isEnded) return;
    this.#isSocketClosed = true;
    if (!this.#isOpen) {
      this.#fail('UPSTREAM_UNREACHABLE', `The WebSocket could not be opened (code ${code}). ${reason}`.trimEnd());
      return;
    }
    this.stream.close(code, reason);
    this.#awaitClose();
  }

  #open(): void {
    if (this.#isEnded) return;
    try {
      this.#socket = this.#context.executeSocket(this.stream.request, this.#events);
    } catch (error) {
      const message = `The WebSocket could not be opened: ${error instanceof Error ? error.message : String(error)}`;
      this.#fail('UPSTREAM_UNREACHABLE', message, false);
    }
  }

  #onSent(): void {
    if (!this.stream.closed && !this.#isEnded) this.stream.taken();
  }

  /** One side has closed: the exchange is over when the other has, too, for which it has some time. */
  #awaitClose(): void {
    if (this.#isEnded) return;
    if (this.#isSocketClosed && this.#isStreamClosed) {
      this.#end({ status: 101, adaptation: undefined });
      return;
    }
    this.#cancelTimer ??= this.#context.clock.schedule(
      () => this.#fail('UPSTREAM_CUT', 'The other side did not close in time.'),
      this.#context.deadlines.socketCloseMs,
    );
  }

  #fail(code: StreamErrorCode, message: string, sentUpstream = true): void {
    if (this.#isEnded) return;
    const error = new StreamError(code, message, { sentUpstream });
    this.stream.reset(error);
    this.onReset(error);
  }

  #end(outcome: ExchangeOutcome): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#stopTimer();
    this.#context.onEnd(this, outcome);
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}
