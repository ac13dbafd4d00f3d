import { describe, expect, it, vi } from 'vitest';
import type { ConsoleClient, RequestSummary } from '../channel/contract.ts';
import type { LiveHandlers } from '../channel/live-events.ts';
import { fits, RequestFeed } from './request-feed.ts';

function request(id: string, changed: Partial<RequestSummary> = {}): RequestSummary {
  return {
    ...{
      id,
      kind: 'http',
      atMs: Number(id),
      method: 'POST',
      path: '/v1beta/models/m:generateContent',
      operation: 'models.generateContent',
    },
    ...{ model: 'm', state: 'completed', status: 200, reason: null, workerId: 'w', account: 'a', attempts: 1 },
    ...{ firstByteMs: 1, durationMs: 2, requestBytes: 1, responseBytes: 1, tokensIn: null, tokensOut: null, isCaptured: false },
    ...changed,
  } as RequestSummary;
}

function startFeed(pages: { readonly requests: RequestSummary[]; readonly nextBefore: string | null }[]) {
  const queries: unknown[] = [];
  const scheduled: (() => void)[] = [];
  let handlers: LiveHandlers = {};
  const close = vi.fn();
  const opened = vi.fn();
  const client = {
    call: async (_name: string, { query }: { readonly query: unknown }) => {
      queries.push(query);
      return pages.shift() ?? { requests: [], nextBefore: null };
    },
  } as unknown as ConsoleClient;
  const feed = new RequestFeed({
    client,
    openEvents: (given) => {
      handlers = given;
      opened();
      return close;
    },
    schedule: (callback) => scheduled.push(callback),
  });
  const send = (...requests: RequestSummary[]) => handlers.requests?.({ requests, skipped: 0 });
  const draw = () => {
    for (const callback of scheduled.splice(0)) callback();
  };
  const ids = () => feed.value.requests.map(({ id }) => id);
  return {
    feed,
    queries,
    send,
    draw,
    ids,
    close,
    opened,
    scheduled,
    skip: () => handlers.requests?.({ requests: [], skipped: 3 }),
  };
}

describe('RequestFeed', () => {
  it('shows what the gateway has, then what comes, the newest first, each once', async () => {
    const { feed, send, draw, ids } = startFeed([{ requests: [request('2'), request('1')], nextBefore: null }]);
    feed.start({});
    await vi.waitFor(() => expect(ids()).toEqual(['2', '1']));
    send(request('3', { state: 'running' }));
    send(request('3', { state: 'completed' }), request('4'));
    draw();
    expect(ids()).toEqual(['4', '3', '2', '1']);
    expect(feed.value.requests[1]?.state).toBe('completed');
  });

  it('draws once for many events', async () => {
    const { feed, send, scheduled } = startFeed([]);
    feed.start({});
    for (let id = 0; id < 50; id += 1) send(request(String(id)));
    expect(scheduled).toHaveLength(1);
    feed.stop();
  });

  it('leaves out what does not fit, also what does not fit any more', async () => {
    const { feed, send, draw, ids } = startFeed([]);
    feed.start({ state: 'running' });
    send(request('1', { state: 'running' }), request('2'));
    draw();
    expect(ids()).toEqual(['1']);
    send(request('1', { state: 'completed' }));
    draw();
    expect(ids()).toEqual([]);
  });

  it('fetches older ones behind those that it has', async () => {
    const { feed, queries, ids } = startFeed([
      { requests: [request('9')], nextBefore: '9' },
      { requests: [request('8')], nextBefore: null },
    ]);
    feed.start({});
    await vi.waitFor(() => expect(feed.value.hasOlder).toBe(true));
    await feed.loadOlder();
    expect(ids()).toEqual(['9', '8']);
    expect(queries[1]).toMatchObject({ before: '9' });
    expect(feed.value.hasOlder).toBe(false);
  });

  it('fetches anew what it has missed', async () => {
    const { feed, queries, skip } = startFeed([]);
    feed.start({});
    skip();
    expect(queries).toHaveLength(2);
  });

  it('holds still while it is not live', async () => {
    const { feed, close, opened } = startFeed([]);
    feed.start({});
    feed.setLive(false);
    expect(close).toHaveBeenCalledOnce();
    expect(feed.value.isLive).toBe(false);
    feed.start({ state: 'failed' });
    expect(opened).toHaveBeenCalledOnce();
  });
});

describe('fits', () => {
  it.each([
    [{ status: '4xx' }, { status: 429 }, true],
    [{ status: '4xx' }, { status: 500 }, false],
    [{ status: '429' }, { status: 429 }, true],
    [{ status: '2xx' }, { status: null }, false],
    [{ search: 'GENERATE' }, {}, true],
    [{ search: 'other' }, {}, false],
    [{ state: 'failed' as const }, { state: 'failed' as const }, true],
  ])('%j of %j is %s', (filter, changed, isFitting) => {
    expect(fits(request('1', changed), filter)).toBe(isFitting);
  });
});
