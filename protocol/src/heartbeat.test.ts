import { describe, expect, it } from 'vitest';
import { FakeClock, SessionPair } from '../testing/index.ts';
import { Heartbeat } from './heartbeat.ts';

describe('the heartbeat', () => {
  it('pings at each interval from both sides, and measures the round trip', () => {
    const pair = SessionPair.open({ welcome: { pingIntervalMs: 1000 } });
    for (let count = 0; count < 5; count++) {
      pair.clock.advance(count === 0 ? 1000 : 993);
      pair.flushes.run();
      pair.clock.advance(7);
      pair.settle();
    }
    expect(pair.gateway.roundTripMs).toBe(7);
    expect([pair.gatewayTransport.deliveredCount, pair.workerTransport.deliveredCount]).toEqual([1 + 10, 1 + 10]);
    expect([pair.gatewayError, pair.workerError]).toEqual([undefined, undefined]);
  });

  it('closes a session whose peer is silent, before two intervals are over', () => {
    const pair = SessionPair.open({ welcome: { pingIntervalMs: 1000 } });
    pair.clock.advance(1749);
    expect(pair.gatewayError).toBe(undefined);
    pair.clock.advance(1);
    expect(pair.gatewayError).toMatchObject({ code: 'PING_TIMEOUT', closeCode: 4410, retryable: true });
    expect(pair.workerError?.code).toBe('PING_TIMEOUT');
    expect(pair.clock.timers).toBe(0);
  });

  it('takes any message for a sign of life', () => {
    const pair = SessionPair.open({ welcome: { pingIntervalMs: 1000 } });
    const { stream, served } = pair.exchange();
    served.sendHead({ status: 200, headers: [] });
    for (let count = 0; count < 10; count++) {
      pair.clock.advance(900);
      served.write(Uint8Array.of(1));
      stream.write(Uint8Array.of(1));
      pair.settle();
    }
    expect([pair.gatewayError, pair.workerError]).toEqual([undefined, undefined]);
  });

  it('asks before it judges when its own timer came late', () => {
    const { clock, heartbeat, log } = observed();
    clock.jump(60_000);
    expect(log).toEqual(['ping']);
    heartbeat.heard(clock.now());
    clock.jump(60_000);
    expect(log).toEqual(['ping']);
    clock.jump(60_000);
    expect(log).toEqual(['ping', 'silent for 120000']);
    expect(clock.timers).toBe(0);
  });

  it.each([0, 1, 10, 400, 900, 999])(
    'notices within two intervals that a peer last heard %i ms after a ping has gone',
    (lastHeardMs) => {
      const { clock, heartbeat, log } = observed();
      clock.advance(1000);
      heartbeat.pong(answerTo(1));
      clock.advance(lastHeardMs);
      heartbeat.heard(clock.now());
      clock.advance(1999);
      expect(log.at(-1)).toBe('silent for 1750');
      expect(clock.timers).toBe(0);
    },
  );
});

function answerTo(number: number): Uint8Array<ArrayBuffer> {
  const payload = new Uint8Array(8);
  payload[7] = number;
  return payload;
}

function observed() {
  const clock = new FakeClock();
  const log: string[] = [];
  const heartbeat = new Heartbeat({
    clock,
    intervalMs: 1000,
    sendPing: () => log.push('ping'),
    onCheck: () => {},
    onSilence: (silentMs) => log.push(`silent for ${silentMs}`),
  });
  return { clock, heartbeat, log };
}
