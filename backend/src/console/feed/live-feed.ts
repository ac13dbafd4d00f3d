import type { ServerResponse } from 'node:http';
import type { Clock } from '@gemini-proxy/protocol';
import { GatewayError } from '../../errors.ts';
import type { RequestRecord } from '../../requests/request-record.ts';
import { safetyHeaders } from '../api/write-answer.ts';
import type { LiveEventData, Topic } from '../contract/live-events.ts';
import type { LogLine } from '../contract/settings.ts';
import { toSummary } from '../views/request-view.ts';
import { formatEvent, Subscriber } from './subscriber.ts';

/** Topics that are sent whole whenever they differ from what was sent last. */
type StateTopic = 'workers' | 'uploads' | 'setup' | 'capture';

export interface LiveFeedOptions {
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The present state of each topic. */
  readonly read: { readonly [Name in StateTopic]: () => LiveEventData<Name> };
  readonly readPulse: () => Omit<LiveEventData<'pulse'>, 'requestsPerSecond' | 'failedPerSecond' | 'nowMs'>;
  /** Requests and failures since the start. */
  readonly readTotals: () => { readonly requests: number; readonly failed: number };
  /** Grows when a file or a cache comes or goes. */
  readonly readResourceRevision: () => number;
  /** Lines after this one, oldest first, and how many more there were. */
  readonly readLogs: (afterId: number) => {
    readonly lines: readonly LogLine[];
    readonly skipped: number;
    readonly lastId: number;
  };
}

/** Event streams at once. */
export const maxSubscribers = 16;
/** Milliseconds between two sendings of what has changed. */
const tickMs = 250;
const pulseMs = 1_000;
const heartbeatMs = 15_000;
/** Requests in one sending at most. */
const maxRequestsPerTick = 200;

const stateTopics: readonly StateTopic[] = ['workers', 'uploads', 'setup', 'capture'];

/**
 * The console's live channel. Nothing is queued for a subscriber: what has changed is gathered, and written a few times a second to all who
 * take it. It costs nothing while nobody listens.
 */
export class LiveFeed {
  readonly #options: LiveFeedOptions;
  readonly #subscribers = new Set<Subscriber>();
  readonly #changed = new Map<string, RequestRecord>();
  readonly #sent = new Map<StateTopic, string>();
  #skipped = 0;
  #isStateDue = false;
  #cancelTick = () => {};
  #lastPulse = { atMs: 0, requests: 0, failed: 0 };
  #lastHeartbeatMs = 0;
  #lastLogId = 0;
  #lastRevision = 0;

  constructor(options: LiveFeedOptions) {
    this.#options = options;
  }

  get subscribers(): number {
    return this.#subscribers.size;
  }

  /** Turns an answer into an event stream, for as long as it is allowed; throws `GatewayError` where there are too many. */
  subscribe(response: ServerResponse, topics: ReadonlySet<Topic>, isAllowed: () => boolean): void {
    if (this.#subscribers.size >= maxSubscribers) {
      throw new GatewayError(
        'CONSOLE_CONFLICT',
        `There are ${maxSubscribers} event streams already: close a page of the console.`,
      );
    }
    response.writeHead(200, {
      ...safetyHeaders,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const subscriber = new Subscriber(response, topics, isAllowed);
    const nowMs = this.#options.now();
    if (this.#subscribers.size === 0) this.#begin(nowMs);
    this.#subscribers.add(subscriber);
    response.on('close', () => this.#onGone(subscriber));
    response.on('error', () => response.destroy());
    const states = stateTopics
      .filter((topic) => subscriber.wants(topic))
      .map((topic) => formatEvent(topic, this.#options.read[topic]()));
    subscriber.send(`retry: 1000\n${formatEvent('hello', { nowMs, heartbeatMs })}${states.join('')}`, nowMs);
  }

  /** A request has begun, or something happened to it. */
  readonly onRequestChanged = (record: RequestRecord): void => {
    if (this.#subscribers.size === 0) return;
    if (this.#changed.size < maxRequestsPerTick || this.#changed.has(record.id)) this.#changed.set(record.id, record);
    else this.#skipped += 1;
  };

  /** Workers are others than before: they are sent with the next tick. */
  onStateChanged(): void {
    this.#isStateDue = true;
  }

  /** Ends all streams. */
  close(reason: string): void {
    this.#cancelTick();
    for (const subscriber of this.#subscribers) subscriber.end(formatEvent('bye', { reason }));
    this.#subscribers.clear();
  }

  #begin(nowMs: number): void {
    this.#changed.clear();
    this.#skipped = 0;
    this.#sent.clear();
    for (const topic of stateTopics) this.#sent.set(topic, JSON.stringify(this.#options.read[topic]()));
    this.#lastPulse = { atMs: nowMs, ...this.#options.readTotals() };
    this.#lastHeartbeatMs = nowMs;
    this.#lastLogId = this.#options.readLogs(Number.POSITIVE_INFINITY).lastId;
    this.#lastRevision = this.#options.readResourceRevision();
    this.#schedule();
  }

  #schedule(): void {
    this.#cancelTick = this.#options.clock.schedule(() => this.#tick(), tickMs);
  }

  #onGone(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    if (this.#subscribers.size === 0) this.#cancelTick();
  }

  #tick(): void {
    const nowMs = this.#options.now();
    const events = this.#gather(nowMs);
    for (const subscriber of this.#subscribers) {
      if (subscriber.isStalledAt(nowMs) || !subscriber.isAllowed()) subscriber.destroy();
      else if (subscriber.isBlocked) this.#leaveOut(subscriber, events);
      else subscriber.send(this.#textFor(subscriber, events), nowMs);
    }
    if (this.#subscribers.size > 0) this.#schedule();
  }

  /** What there is to say now, as text by topic. */
  #gather(nowMs: number): Gathered {
    const texts = new Map<Topic, string>();
    const isPulseDue = nowMs - this.#lastPulse.atMs >= pulseMs;
    if (isPulseDue) texts.set('pulse', this.#pulse(nowMs));
    if (isPulseDue || this.#isStateDue) this.#gatherStates(texts);
    const requests = this.#takeRequests();
    const logs = this.#options.readLogs(this.#lastLogId);
    this.#lastLogId = logs.lastId;
    const revision = this.#options.readResourceRevision();
    if (revision !== this.#lastRevision) texts.set('resources', formatEvent('resources', { changed: true }));
    this.#lastRevision = revision;
    const isHeartbeatDue = nowMs - this.#lastHeartbeatMs >= heartbeatMs;
    if (isHeartbeatDue) this.#lastHeartbeatMs = nowMs;
    return { texts, requests, logs, isHeartbeatDue };
  }

  #gatherStates(texts: Map<Topic, string>): void {
    this.#isStateDue = false;
    for (const topic of stateTopics) {
      const data = JSON.stringify(this.#options.read[topic]());
      if (data === this.#sent.get(topic)) continue;
      this.#sent.set(topic, data);
      texts.set(topic, `event: ${topic}\ndata: ${data}\n\n`);
    }
  }

  #pulse(nowMs: number): string {
    const { requests, failed } = this.#options.readTotals();
    const seconds = Math.max(1, nowMs - this.#lastPulse.atMs) / 1000;
    const rate = (now: number, before: number) => Math.round(((now - before) * 10) / seconds) / 10;
    const requestsPerSecond = rate(requests, this.#lastPulse.requests);
    const failedPerSecond = rate(failed, this.#lastPulse.failed);
    this.#lastPulse = { atMs: nowMs, requests, failed };
    return formatEvent('pulse', { nowMs, requestsPerSecond, failedPerSecond, ...this.#options.readPulse() });
  }

  #takeRequests(): { readonly data: LiveEventData<'requests'>['requests']; readonly skipped: number } {
    const data = [...this.#changed.values()].map(toSummary);
    const skipped = this.#skipped;
    this.#changed.clear();
    this.#skipped = 0;
    return { data, skipped };
  }

  #leaveOut(subscriber: Subscriber, { texts, requests, logs }: Gathered): void {
    for (const topic of texts.keys()) subscriber.miss(topic);
    subscriber.skipRequests(requests.data.length + requests.skipped);
    subscriber.skipLogs(logs.lines.length + logs.skipped);
  }

  #textFor(subscriber: Subscriber, { texts, requests, logs, isHeartbeatDue }: Gathered): string {
    const missed = subscriber.takeMissed();
    const parts: string[] = [];
    for (const [topic, text] of texts) if (subscriber.wants(topic)) parts.push(text);
    for (const topic of missed.topics) if (!texts.has(topic)) parts.push(this.#again(topic));
    const skippedRequests = requests.skipped + missed.requests;
    if (subscriber.wants('requests') && requests.data.length + skippedRequests > 0) {
      parts.push(formatEvent('requests', { requests: requests.data, skipped: skippedRequests }));
    }
    const skippedLogs = logs.skipped + missed.logs;
    if (subscriber.wants('logs') && logs.lines.length + skippedLogs > 0) {
      parts.push(formatEvent('logs', { lines: logs.lines, skipped: skippedLogs }));
    }
    if (parts.length === 0 && isHeartbeatDue) parts.push(': alive\n\n');
    return parts.join('');
  }

  /** State as it is now. A pulse that was missed is over. */
  #again(topic: Topic): string {
    if (topic === 'resources') return formatEvent('resources', { changed: true });
    const state = stateTopics.find((candidate) => candidate === topic);
    return state === undefined ? '' : formatEvent(state, this.#options.read[state]());
  }
}

interface Gathered {
  readonly texts: ReadonlyMap<Topic, string>;
  readonly requests: { readonly data: LiveEventData<'requests'>['requests']; readonly skipped: number };
  readonly logs: { readonly lines: readonly LogLine[]; readonly skipped: number };
  readonly isHeartbeatDue: boolean;
}
