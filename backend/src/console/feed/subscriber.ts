import type { ServerResponse } from 'node:http';
import type { LiveEventName, Topic } from '../contract/live-events.ts';

/** Milliseconds that a subscriber may take no byte. */
const stallMs = 60_000;

/** One open event stream. What it does not take in time is left out, and made good later. */
export class Subscriber {
  readonly #response: ServerResponse;
  readonly #topics: ReadonlySet<Topic>;
  /** Whether who listens is still signed in. */
  readonly isAllowed: () => boolean;
  readonly #missed = new Set<Topic>();
  #stalledSinceMs: number | undefined;
  #skippedRequests = 0;
  #skippedLogs = 0;

  constructor(response: ServerResponse, topics: ReadonlySet<Topic>, isAllowed: () => boolean) {
    this.#response = response;
    this.#topics = topics;
    this.isAllowed = isAllowed;
    response.on('drain', () => {
      this.#stalledSinceMs = undefined;
    });
  }

  wants(topic: Topic): boolean {
    return this.#topics.has(topic);
  }

  /** Whether it has not taken what was written before. */
  get isBlocked(): boolean {
    return this.#stalledSinceMs !== undefined;
  }

  isStalledAt(nowMs: number): boolean {
    return this.#stalledSinceMs !== undefined && nowMs - this.#stalledSinceMs > stallMs;
  }

  miss(topic: Topic): void {
    if (this.wants(topic)) this.#missed.add(topic);
  }

  skipRequests(count: number): void {
    if (this.wants('requests')) this.#skippedRequests += count;
  }

  skipLogs(count: number): void {
    if (this.wants('logs')) this.#skippedLogs += count;
  }

  /** What was missed, once. */
  takeMissed(): { readonly topics: readonly Topic[]; readonly requests: number; readonly logs: number } {
    const taken = { topics: [...this.#missed], requests: this.#skippedRequests, logs: this.#skippedLogs };
    this.#missed.clear();
    this.#skippedRequests = 0;
    this.#skippedLogs = 0;
    return taken;
  }

  send(text: string, nowMs: number): void {
    if (text === '' || this.#response.destroyed || this.#response.writableEnded) return;
    if (!this.#response.write(text)) this.#stalledSinceMs ??= nowMs;
  }

  end(text: string): void {
    if (!this.#response.destroyed) this.#response.end(text);
  }

  destroy(): void {
    this.#response.destroy();
  }
}

/** One event as it is written. */
export function formatEvent(name: LiveEventName, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
