import type { ResponseHead, StreamError, StreamEvents } from '@gemini-proxy/protocol';

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
