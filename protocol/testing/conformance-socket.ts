import type { GatewaySession, ResponseHead, SocketStream, SocketStreamEvents, StreamError } from '@gemini-proxy/protocol';
import { findMismatch, patternBytes } from './pattern.ts';

/** One websocket stream to a worker that echoes: sends messages of the given sizes, text and binary in turn, then closes. */
export class LinkSocket implements SocketStreamEvents {
  readonly #stream: SocketStream;
  readonly #sizes: readonly number[];
  readonly #ended = Promise.withResolvers<void>();
  #sent = 0;
  #received = 0;
  #mismatches = 0;
  #closed: string | undefined;
  #head: ResponseHead | undefined;
  #error: StreamError | undefined;

  constructor(gateway: GatewaySession, sizes: readonly number[]) {
    this.#sizes = sizes;
    const path = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';
    this.#stream = gateway.openSocket({ attempt: 'conformance', method: 'GET', path, headers: [], operation: 'unknown' }, this);
  }

  get summary() {
    return {
      status: this.#head?.status,
      received: this.#received,
      mismatches: this.#mismatches,
      closed: this.#closed,
      error: this.#error?.code,
    };
  }

  /** Both sides have closed, or the stream failed. */
  ended(): Promise<void> {
    return this.#ended.promise;
  }

  onHead(head: ResponseHead): void {
    this.#head = head;
    this.#pump();
  }

  onData(): void {}

  onMessage(message: Uint8Array<ArrayBuffer>, isText: boolean): void {
    const isRight =
      message.byteLength === this.#sizes[this.#received] &&
      isText === isTextAt(this.#received) &&
      findMismatch(message, 0) === -1;
    if (!isRight) this.#mismatches++;
    this.#received++;
    this.#stream.taken();
  }

  onClose(code: number, reason: string): void {
    this.#closed = `${code} ${reason}`;
    this.#ended.resolve();
  }

  onWritable(): void {
    this.#pump();
  }

  onReset(error: StreamError): void {
    this.#error = error;
    this.#ended.resolve();
  }

  #pump(): void {
    while (this.#sent < this.#sizes.length) {
      const isText = isTextAt(this.#sent);
      const message = patternBytes(0, this.#sizes[this.#sent] ?? 0);
      this.#sent++;
      if (!this.#stream.send(message, isText)) return;
    }
    this.#stream.close(4321, 'done');
  }
}

function isTextAt(index: number): boolean {
  return index % 2 === 0;
}
