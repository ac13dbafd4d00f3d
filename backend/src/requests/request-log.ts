import type { Metrics } from '../metrics/metrics.ts';
import type { TokenCounts } from '../metrics/token-counts.ts';
import { type BodyPlace, type RecordKeeper, type RequestFacts, RequestRecord } from './request-record.ts';
import { WorkerStatistics } from './worker-statistics.ts';

export interface RequestLogOptions {
  readonly metrics: Pick<Metrics, 'record' | 'recordTokens'>;
  /** Milliseconds since an arbitrary point. */
  readonly elapsed: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Requests that are remembered. */
export const requestCapacity = 1_000;
/** Bytes of all bodies that are kept at once. */
export const maxTotalBodyBytes = 64 * 1024 ** 2;

/** How bodies are kept. */
export interface CaptureSettings {
  readonly isOn: boolean;
  /** Of one body. */
  readonly maxBodyBytes: number;
  /** Whose bodies are kept at once. */
  readonly maxRequests: number;
}

/** The last requests, running ones included; their bodies only where a user wants them. */
export class RequestLog implements RecordKeeper, BodyPlace {
  readonly statistics = new WorkerStatistics();
  readonly #options: RequestLogOptions;
  /** The record of sequence number n is at n modulo their number: no order to be kept, and nothing to be searched. */
  readonly #records: (RequestRecord | undefined)[] = Array.from({ length: requestCapacity });
  /** Those with bodies, oldest first. */
  readonly #captured = new Set<RequestRecord>();
  readonly #prefix: string;
  #sequence = 0;
  #capture: CaptureSettings = { isOn: false, maxBodyBytes: 256 * 1024, maxRequests: 50 };
  #bodyBytes = 0;
  #isForced = false;
  #listener: ((record: RequestRecord) => void) | undefined;

  constructor(options: RequestLogOptions) {
    this.#options = options;
    // Ids differ from those of an earlier process that a page may still show.
    this.#prefix = `${(Math.floor(options.now() / 1000) % 36 ** 5).toString(36)}-`;
  }

  /** Opens the record of a request; it stays until newer ones take its place. */
  begin(facts: RequestFacts, startedMs = this.elapsed()): RequestRecord {
    this.#sequence += 1;
    const record = new RequestRecord(`${this.#prefix}${this.#sequence.toString(36)}`, facts, this, this.#startOf(startedMs));
    const place = this.#sequence % requestCapacity;
    const oldest = this.#records[place];
    if (oldest?.isCaptured === true) this.#forgetBodies(oldest);
    this.#records[place] = record;
    if (record.requestBody !== undefined) {
      this.#captured.add(record);
      this.#boundBodies();
    }
    return record;
  }

  #startOf(startedMs: number): { readonly atMs: number; readonly elapsedMs: number } {
    return { atMs: this.#options.now() - (this.elapsed() - startedMs), elapsedMs: startedMs };
  }

  /** The same, with bodies whatever is set. */
  beginCaptured(facts: RequestFacts): RequestRecord {
    this.#isForced = true;
    const record = this.begin(facts);
    this.#isForced = false;
    return record;
  }

  find(id: string): RequestRecord | undefined {
    return this.#at(this.#sequenceOf(id));
  }

  get size(): number {
    return Math.min(this.#sequence, requestCapacity);
  }

  /** Newest first, from the one before `before` on. */
  *newestFirst(before?: string): Generator<RequestRecord> {
    const from = before === undefined ? this.#sequence : this.#sequenceOf(before) - 1;
    for (let sequence = from; sequence > this.#sequence - requestCapacity; sequence -= 1) {
      const record = this.#at(sequence);
      if (record !== undefined) yield record;
    }
  }

  get capture(): CaptureSettings & { readonly keptRequests: number; readonly keptBytes: number } {
    return { ...this.#capture, keptRequests: this.#captured.size, keptBytes: this.#bodyBytes };
  }

  setCapture(settings: CaptureSettings): void {
    this.#capture = settings;
    this.#boundBodies();
  }

  forgetBodies(): void {
    for (const record of this.#captured) record.forgetBodies();
    this.#captured.clear();
  }

  /** Hears of every change of a record; one listener at most. */
  listen(listener: ((record: RequestRecord) => void) | undefined): void {
    this.#listener = listener;
  }

  // The keeper of the records

  elapsed(): number {
    return this.#options.elapsed();
  }

  get bodies(): BodyPlace | undefined {
    return this.#capture.isOn || this.#isForced ? this : undefined;
  }

  onChanged(record: RequestRecord): void {
    this.#listener?.(record);
  }

  onEnded(record: RequestRecord): void {
    const { end, failure, endedMs = 0, firstByteMs, tokens } = record;
    const outcome = failure !== undefined && end?.outcome === 'completed' ? 'failed' : (end?.outcome ?? 'completed');
    this.#options.metrics.record({
      outcome,
      reason: failure,
      // How long a WebSocket is open is its client's matter.
      durationMs: record.facts.kind === 'live' ? undefined : endedMs,
      firstByteMs,
      tokensIn: tokens?.tokensIn ?? 0,
      tokensOut: tokens?.tokensOut ?? 0,
    });
    if (record.worker !== undefined) this.statistics.record(record.worker.id, outcomeForWorker(record), endedMs);
    this.#boundBodies();
    this.#listener?.(record);
  }

  onTokens(record: RequestRecord, tokens: TokenCounts): void {
    this.#options.metrics.recordTokens(tokens);
    this.#listener?.(record);
  }

  // The place of the bodies

  get maxBodyBytes(): number {
    return this.#capture.maxBodyBytes;
  }

  onKept(byteCount: number): void {
    this.#bodyBytes += byteCount;
    if (this.#bodyBytes > maxTotalBodyBytes) this.#boundBodies();
  }

  #at(sequence: number): RequestRecord | undefined {
    const isKept = sequence > Math.max(0, this.#sequence - requestCapacity) && sequence <= this.#sequence;
    return isKept ? this.#records[sequence % requestCapacity] : undefined;
  }

  /** Not a number for ids of an earlier process. */
  #sequenceOf(id: string): number {
    return id.startsWith(this.#prefix) ? Number.parseInt(id.slice(this.#prefix.length), 36) : Number.NaN;
  }

  #forgetBodies(record: RequestRecord): void {
    record.forgetBodies();
    this.#captured.delete(record);
  }

  #boundBodies(): void {
    for (const record of this.#captured) {
      if (this.#captured.size <= this.#capture.maxRequests && this.#bodyBytes <= maxTotalBodyBytes) return;
      this.#captured.delete(record);
      record.forgetBodies();
    }
  }
}

/** An answer that says what is wrong with the request is as good as any. */
function outcomeForWorker({ end, status = 0 }: RequestRecord): 'completed' | 'failed' | 'cancelled' {
  if (end?.outcome === 'completed') return status >= 500 ? 'failed' : 'completed';
  return end?.outcome ?? 'completed';
}
