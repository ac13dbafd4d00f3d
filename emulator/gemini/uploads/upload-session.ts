import type { ApiError } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import type { FileContent } from '../resources/file-store.ts';
import { type ContentLimits, ContentMeter } from './content-meter.ts';

export type UploadState = 'active' | 'final' | 'cancelled';

export interface UploadSessionInput {
  readonly id: string;
  /** The size that the client has promised. */
  readonly declaredBytes: number | undefined;
  readonly startedAtMs: number;
  /** Bytes of a part that is not the last are a multiple of this. */
  readonly granularity: number;
  readonly limits: ContentLimits;
  /** Makes of the content what the upload is for, and returns the answer. */
  readonly finish: (content: FileContent) => unknown;
}

/** A resumable upload between its start and its end. */
export class UploadSession {
  readonly id: string;
  readonly declaredBytes: number | undefined;
  readonly startedAtMs: number;
  readonly granularity: number;
  readonly meter: ContentMeter;
  state: UploadState = 'active';
  /** What the upload has ended with; a client that has lost it may ask again. */
  end: { readonly status: number; readonly value: unknown } = { status: 200, value: {} };
  isReceiving = false;
  readonly #finish: (content: FileContent) => unknown;
  #committedBytes = 0;

  constructor(input: UploadSessionInput) {
    this.id = input.id;
    this.declaredBytes = input.declaredBytes;
    this.startedAtMs = input.startedAtMs;
    this.granularity = input.granularity;
    this.meter = new ContentMeter(input.limits);
    this.#finish = input.finish;
  }

  /** Where the next part has to begin. */
  get committedBytes(): number {
    return this.#committedBytes;
  }

  /**
   * Takes in one part and resolves with whether it counts. A part that breaks off counts in whole granules; one that `isAcceptable`
   * refuses does not count at all.
   */
  async receive(exchange: Exchange, isAcceptable: (bytes: number) => boolean): Promise<boolean> {
    this.isReceiving = true;
    const start = this.meter.mark();
    let granule = start;
    try {
      await exchange.consumeBody((chunk) => {
        let rest = chunk;
        for (;;) {
          const room = this.granularity - ((this.meter.bytes - start.bytes) % this.granularity);
          if (rest.byteLength < room) break;
          this.meter.update(rest.subarray(0, room));
          granule = this.meter.mark();
          rest = rest.subarray(room);
        }
        if (rest.byteLength > 0) this.meter.update(rest);
      });
      const isAccepted = isAcceptable(this.meter.bytes - start.bytes);
      if (!isAccepted) this.meter.rewind(start);
      return isAccepted;
    } catch (error) {
      this.meter.rewind(granule);
      throw error;
    } finally {
      this.#committedBytes = this.meter.bytes;
      this.isReceiving = false;
    }
  }

  finish(): unknown {
    this.state = 'final';
    const value = this.#finish(this.meter.content());
    this.end = { status: 200, value };
    return value;
  }

  fail({ code, body }: ApiError): void {
    this.state = 'final';
    this.end = { status: code, value: body };
  }
}
