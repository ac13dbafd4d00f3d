import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { FakeClock } from '@gemini-proxy/protocol/testing';
import { describe, expect, it } from 'vitest';
import { RequestLog } from '../../requests/request-log.ts';
import type { Topic } from '../contract/live-events.ts';
import { topicSchema } from '../contract/live-events.ts';
import type { LogLine } from '../contract/settings.ts';
import { LiveFeed } from './live-feed.ts';

/** A client of the channel that takes what it is given, until it is told to stop. */
class FakeResponse extends EventEmitter {
  readonly written: string[] = [];
  isTaking = true;
  destroyed = false;
  writableEnded = false;

  writeHead(): void {}

  write(text: string): boolean {
    this.written.push(text);
    return this.isTaking;
  }

  end(text = ''): void {
    this.written.push(text);
    this.writableEnded = true;
    this.emit('close');
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }

  goOn(): void {
    this.isTaking = true;
    this.emit('drain');
  }

  /** Events since the last look. */
  take(): { readonly name: string; readonly data: unknown }[] {
    const blocks = this.written.splice(0).join('').split('\n\n');
    return blocks.flatMap((block) => {
      const [, name] = /^event: (.*)$/m.exec(block) ?? [];
      const [, data] = /^data: (.*)$/m.exec(block) ?? [];
      return name === undefined || data === undefined ? [] : [{ name, data: JSON.parse(data) }];
    });
  }
}

const facts = { kind: 'http', method: 'POST', path: '/v1beta/x', operation: 'unknown', headers: [] } as const;

function start() {
  const clock = new FakeClock();
  const now = () => clock.now();
  const state = { uploads: 0, logs: [] as LogLine[], requests: 0, revision: 0, isSignedIn: true };
  const log = new RequestLog({ metrics: { record: () => {}, recordTokens: () => {} }, elapsed: now, now });
  const setup = { step: 'waiting', workerId: null, account: null, reason: '', readyWorkers: 0, answered: 0 } as const;
  const capture = { isOn: false, maxBodyBytes: 1, maxRequests: 1, maxTotalBytes: 1, keptRequests: 0, keptBytes: 0 };
  const upload = { id: 'u', createdAtMs: 0, displayName: null, mimeType: null, state: 'receiving', totalBytes: 9 } as const;
  const feed = new LiveFeed({
    clock,
    now,
    read: {
      workers: () => ({ workers: [] }),
      uploads: () => ({ uploads: [{ ...upload, receivedBytes: state.uploads, account: null, status: null }] }),
      setup: () => setup,
      capture: () => capture,
    },
    readPulse: () => ({ inFlight: 0, waiting: 0, workers: {} }),
    readTotals: () => ({ requests: state.requests, failed: 0 }),
    readResourceRevision: () => state.revision,
    readLogs: (afterId) => ({ lines: state.logs.filter(({ id }) => id > afterId), skipped: 0, lastId: state.logs.length }),
  });
  log.listen(feed.onRequestChanged);
  const subscribe = (...topics: Topic[]) => {
    const response = new FakeResponse();
    const wanted = new Set(topics.length === 0 ? topicSchema.options : topics);
    feed.subscribe(response as unknown as ServerResponse, wanted, () => state.isSignedIn);
    return response;
  };
  return { clock, state, log, feed, subscribe };
}

const namesOf = (events: readonly { readonly name: string }[]) => events.map(({ name }) => name);

describe('LiveFeed', () => {
  it('begins with how things are, and then says what is new, once', () => {
    const { clock, state, subscribe } = start();
    const response = subscribe();
    expect(namesOf(response.take())).toEqual(['hello', 'workers', 'uploads', 'setup', 'capture']);
    clock.advance(1_000);
    expect(namesOf(response.take())).toEqual(['pulse']);
    state.uploads = 5;
    state.requests = 20;
    state.revision = 1;
    clock.advance(1_000);
    const events = response.take();
    expect(namesOf(events).sort()).toEqual(['pulse', 'resources', 'uploads']);
    expect(events.find(({ name }) => name === 'pulse')?.data).toMatchObject({ requestsPerSecond: 20 });
  });

  it('gathers what happens to a request, and bounds how much it sends at once', () => {
    const { clock, log, subscribe } = start();
    const response = subscribe('requests');
    response.take();
    const record = log.begin(facts);
    record.onQueued();
    record.onLeased({ id: 'a', account: 'b' });
    clock.advance(250);
    const [event] = response.take();
    expect(event?.data).toMatchObject({ requests: [{ state: 'running', workerId: 'a' }], skipped: 0 });
    for (let count = 0; count < 250; count += 1) log.begin(facts).onQueued();
    clock.advance(250);
    const [many] = response.take();
    expect(many?.data).toMatchObject({ requests: { length: 200 }, skipped: 50 });
  });

  it('leaves out what a slow one does not take, and makes it good in one piece', () => {
    const { clock, state, log, subscribe } = start();
    const slow = subscribe();
    const quick = subscribe('requests');
    slow.isTaking = false;
    clock.advance(1_000);
    slow.take();
    for (let count = 1; count <= 10; count += 1) {
      log.begin(facts).onQueued();
      state.uploads = count;
      clock.advance(1_000);
    }
    expect(slow.take()).toEqual([]);
    expect(namesOf(quick.take()).filter((name) => name === 'requests')).toHaveLength(10);
    slow.goOn();
    clock.advance(250);
    const events = slow.take();
    expect(namesOf(events).sort()).toEqual(['requests', 'uploads']);
    expect(events.find(({ name }) => name === 'requests')?.data).toEqual({ requests: [], skipped: 10 });
    expect(events.find(({ name }) => name === 'uploads')?.data).toMatchObject({ uploads: [{ receivedBytes: 10 }] });
  });

  it('lets go of one that takes nothing for a minute, and of its timer with the last one', () => {
    const { clock, feed, subscribe } = start();
    const stuck = subscribe();
    stuck.isTaking = false;
    clock.advance(62_000);
    expect(stuck.destroyed).toBe(true);
    expect(feed.subscribers).toBe(0);
    expect(clock.timers).toBe(0);
  });

  it('lets go of one who has signed out', () => {
    const { clock, state, feed, subscribe } = start();
    const response = subscribe();
    state.isSignedIn = false;
    response.take();
    clock.advance(250);
    expect(response.destroyed).toBe(true);
    expect(response.take()).toEqual([]);
    expect(feed.subscribers).toBe(0);
  });

  it('says goodbye', () => {
    const { clock, feed, subscribe } = start();
    const response = subscribe('logs');
    feed.close('over');
    expect(namesOf(response.take())).toEqual(['hello', 'bye']);
    expect(response.writableEnded).toBe(true);
    expect(clock.timers).toBe(0);
  });
});
