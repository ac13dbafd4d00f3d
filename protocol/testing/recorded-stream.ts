import type { ResponseHead, SocketStreamEvents, StreamError, StreamEvents } from '@gemini-proxy/protocol';

/** Handlers of a stream that only write down what they are told. */
export class RecordedStream implements StreamEvents {
  head: ResponseHead | undefined;
  readonly chunks: Uint8Array<ArrayBuffer>[] = [];
  isEnded = false;
  writableCount = 0;
  error: StreamError | undefined;

  get byteCount(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  }

  /** All data so far, as one array. */
  get bytes(): number[] {
    return this.chunks.flatMap((chunk) => [...chunk]);
  }

  onHead(head: ResponseHead): void {
    this.head = head;
  }

  onData(chunk: Uint8Array<ArrayBuffer>, end: boolean): void {
    this.chunks.push(chunk);
    this.isEnded = end;
  }

  onWritable(): void {
    this.writableCount++;
  }

  onReset(error: StreamError): void {
    this.error = error;
  }
}

/** The same for a websocket stream: messages as text, or as their bytes. */
export class RecordedSocket extends RecordedStream implements SocketStreamEvents {
  readonly messages: (string | number[])[] = [];
  readonly closes: string[] = [];

  onMessage(message: Uint8Array<ArrayBuffer>, isText: boolean): void {
    this.messages.push(isText ? new TextDecoder().decode(message) : [...message]);
  }

  onClose(code: number, reason: string): void {
    this.closes.push(`${code} ${reason}`);
  }
}
