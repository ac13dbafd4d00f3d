import { ProtocolError } from '@gemini-proxy/protocol';
import { describe, expect, it, vi } from 'vitest';
import { type ConformanceTarget, Link, waitOptions, windowBytes } from './conformance-link.ts';
import { LinkSocket } from './conformance-socket.ts';

/** What every pair of transports must carry; the worker's end may be in another process. */
export function sessionConformance(target: ConformanceTarget): void {
  describe(`a session over ${target.name}`, () => {
    it('opens with the right token', async () => {
      await using link = await Link.open(target);
      expect(link.gateway.debugState().state).toBe('open');
      await link.expectBaseline();
    });

    it('closes with UNAUTHORIZED on a wrong token', async () => {
      await using link = await Link.connect(target, 'a wrong token');
      await vi.waitFor(async () => {
        expect(await link.pair.report()).toMatchObject({ closeCode: 'UNAUTHORIZED', closeReason: 'the worker token is wrong' });
      }, waitOptions);
      expect(link.closeError?.code).toBe('UNAUTHORIZED');
    });

    it.each([0, 1, 1000, 65_536, 65_537, 262_144, 1_000_003])('echoes %i bytes unchanged', async (byteCount) => {
      await using link = await Link.open(target);
      const exchange = link.exchange('/echo', byteCount);
      await exchange.ended();
      expect(exchange.summary).toEqual({ status: 200, byteCount, mismatch: -1, error: undefined });
      await link.expectBaseline();
    });

    it('echoes on many streams at once', async () => {
      await using link = await Link.open(target);
      const exchanges = Array.from({ length: 100 }, (_, index) => link.exchange('/echo', index * 997));
      await Promise.all(exchanges.map((exchange) => exchange.ended()));
      for (const [index, exchange] of exchanges.entries()) {
        expect(exchange.summary).toEqual({ status: 200, byteCount: index * 997, mismatch: -1, error: undefined });
      }
      await link.expectBaseline();
    });

    it('carries floods in both directions at once', async () => {
      await using link = await Link.open(target);
      const byteCount = 3_000_000;
      const exchanges = Array.from({ length: 6 }, () => link.exchange(`/flood/${byteCount}`, byteCount));
      await Promise.all(exchanges.map((exchange) => exchange.ended()));
      for (const { summary } of exchanges) expect(summary).toEqual({ status: 200, byteCount, mismatch: -1, error: undefined });
      await link.expectBaseline();
    });

    it('lets a stream that nobody reads fill its window, and no other stream wait for it', async () => {
      await using link = await Link.open(target);
      const stalled = link.exchange('/flood/1000000', 0, { isReading: false });
      await vi.waitFor(() => expect(stalled.summary.byteCount).toBe(windowBytes), waitOptions);
      const other = link.exchange('/flood/1000000', 0);
      await other.ended();
      expect([other.summary.byteCount, stalled.summary.byteCount]).toEqual([1_000_000, windowBytes]);
      stalled.read();
      await stalled.ended();
      expect(stalled.summary).toEqual({ status: 200, byteCount: 1_000_000, mismatch: -1, error: undefined });
      await link.expectBaseline();
    });

    it('waits for a worker that reads slowly', async () => {
      await using link = await Link.open(target);
      const exchange = link.exchange('/slow', 2_000_000);
      await exchange.ended();
      expect(exchange.text).toBe('2000000 0');
      await link.expectBaseline();
    });

    it('carries the messages of sockets: whole, in order, with their kind, and then the close', async () => {
      await using link = await Link.open(target);
      const sizes = [0, 1, 100, 65_535, 65_536, 65_537, 300_000, 1_000_003, 0, 7];
      const sockets = Array.from({ length: 20 }, () => new LinkSocket(link.gateway, sizes));
      await Promise.all(sockets.map((socket) => socket.ended()));
      for (const { summary } of sockets) {
        expect(summary).toEqual({ status: 101, received: sizes.length, mismatches: 0, closed: '4321 done', error: undefined });
      }
      await link.expectBaseline();
    });

    it('goes on where it stopped, whatever is cut off, in both directions at once', async () => {
      await using link = await Link.open(target);
      const byteCount = 2_000_000;
      const exchanges = Array.from({ length: 6 }, () => link.exchange(`/flood/${byteCount}`, byteCount));
      const sockets = Array.from({ length: 3 }, () => new LinkSocket(link.gateway, [0, 100, 1_000_003, 65_536, 7]));
      for (let cut = 1; cut <= 4; cut++) {
        await vi.waitFor(() => expect(exchanges[0]?.summary.byteCount).toBeGreaterThan(cut * 300_000), waitOptions);
        await link.reconnect();
      }
      await Promise.all([...exchanges, ...sockets].map((each) => each.ended()));
      for (const { summary } of exchanges) expect(summary).toEqual({ status: 200, byteCount, mismatch: -1, error: undefined });
      for (const { summary } of sockets) expect(summary).toMatchObject({ received: 5, mismatches: 0, closed: '4321 done' });
      await link.expectBaseline();
    });

    it('reports an answer that breaks off', async () => {
      await using link = await Link.open(target);
      const exchange = link.exchange('/cut', 0);
      await exchange.ended();
      expect(exchange.summary).toMatchObject({ status: 200, byteCount: 10, error: 'UPSTREAM_CUT' });
      await link.expectBaseline();
    });

    it('tells the worker of a cancel', async () => {
      await using link = await Link.open(target);
      const exchange = link.exchange('/never', 1000);
      const flood = link.exchange('/flood/100000000', 0);
      await vi.waitFor(() => expect(flood.summary.byteCount).toBeGreaterThan(1_000_000), waitOptions);
      exchange.cancel();
      flood.cancel();
      await vi.waitFor(async () => expect((await link.pair.report()).resets).toEqual(['CANCELLED', 'CANCELLED']), waitOptions);
      await link.expectBaseline();
    });

    it('takes a whole answer although the body is not wanted', async () => {
      await using link = await Link.open(target);
      const exchange = link.exchange('/early', 50_000_000);
      await exchange.ended();
      expect(exchange.summary).toEqual({ status: 413, byteCount: 10, mismatch: -1, error: 'RESPONSE_COMPLETE' });
      await link.expectBaseline();
    });

    it('outlives a handler that throws', async () => {
      await using link = await Link.open(target);
      const broken = link.exchange('/broken', 10);
      await broken.ended();
      expect(broken.summary.error).toBe('INTERNAL');
      const exchange = link.exchange('/echo', 10);
      await exchange.ended();
      expect(exchange.summary.byteCount).toBe(10);
      await link.expectBaseline();
    });

    it('hears how the worker is, and that it drains', async () => {
      await using link = await Link.open(target);
      await link.exchange('/status', 0).ended();
      expect(link.statuses).toEqual([{ state: 'needs-interaction', reason: 'click here once' }]);
      const running = link.exchange('/never', 0);
      await link.exchange('/drain', 0).ended();
      expect(link.goaways).toEqual([{ reason: 'asked to' }]);
      expect(() => link.exchange('/echo', 0)).toThrow(ProtocolError);
      expect((await link.pair.report()).state).toMatchObject({ state: 'draining', streams: 1 });
      running.cancel();
    });

    it('tells the worker why it was closed', async () => {
      await using link = await Link.open(target);
      const exchange = link.exchange('/never', 0);
      await vi.waitFor(async () => expect((await link.pair.report()).state.streams).toBe(1), waitOptions);
      link.gateway.destroy(new ProtocolError('REPLACED', 'another connection took over this worker id'));
      expect(exchange.summary.error).toBe('SESSION_LOST');
      await vi.waitFor(async () => {
        expect(await link.pair.report()).toMatchObject({
          closeCode: 'REPLACED',
          resets: ['SESSION_LOST'],
          state: { state: 'closed', streams: 0, queuedBytes: 0, timers: 0 },
        });
      }, waitOptions);
    });
  });
}
