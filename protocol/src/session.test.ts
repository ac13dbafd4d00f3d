import { describe, expect, it } from 'vitest';
import { FakeClock, FlushQueue, transportPair } from '../testing/index.ts';
import { createGatewaySession, createWorkerSession, defaultLimits } from './index.ts';

describe('a session', () => {
  it('carries a small exchange in one message each way', () => {
    const clock = new FakeClock();
    const flushes = new FlushQueue();
    const pair = transportPair();
    const log: string[] = [];
    const common = { clock, scheduleFlush: flushes.schedule, limits: defaultLimits };
    const gateway = createGatewaySession(
      { ...common, transport: pair.gateway },
      {
        onHello: () => ({ version: 1, sessionId: 's', windowBytes: 1024, pingIntervalMs: 1000, resume: null }),
        onOpen: () => log.push('open'),
        onStatus: (status) => log.push(status.state),
        onGoaway: () => log.push('goaway'),
        onClose: (error) => log.push(`gateway ${error.code}`),
      },
    );
    const worker = createWorkerSession(
      {
        ...common,
        transport: pair.worker,
        hello: {
          version: 1,
          token: 't',
          workerId: 'w',
          account: 'a',
          kind: 'emulator',
          slots: 1,
          capabilities: [],
          resume: null,
        },
      },
      {
        onWelcome: () => log.push('welcome'),
        onStream: (stream) => {
          log.push(`${stream.request.method} ${stream.bodyless}`);
          return {
            onHead: () => log.push('never'),
            onData: (chunk, end) => {
              stream.consumed(chunk.byteLength);
              log.push(`worker got ${chunk.byteLength} ${end}`);
              stream.sendHead({ status: 200, headers: [['a', 'b']] });
              stream.end(chunk);
            },
            onWritable: () => log.push('writable'),
            onReset: (error) => log.push(error.code),
          };
        },
        onGoaway: () => log.push('goaway'),
        onClose: (error) => log.push(`worker ${error.code}`),
      },
    );
    pair.gateway.listen({
      onOpen: () => {},
      onMessage: (m) => gateway.receive(m),
      onClose: (c, r) => gateway.transportClosed(c, r),
    });
    pair.worker.listen({
      onOpen: () => {},
      onMessage: (m) => worker.receive(m),
      onClose: (c, r) => worker.transportClosed(c, r),
    });
    const run = () => {
      do flushes.run();
      while (pair.gateway.deliver() + pair.worker.deliver() > 0 || flushes.size > 0);
    };
    run();
    const stream = gateway.open(
      { attempt: 'a', method: 'POST', path: '/v1', headers: [], operation: 'unknown' },
      {
        onHead: (head) => log.push(`head ${head.status}`),
        onData: (chunk, end) => log.push(`gateway got ${chunk.byteLength} ${end}`),
        onWritable: () => log.push('writable'),
        onReset: (error) => log.push(error.code),
      },
      { bodyless: false },
    );
    stream.end(new Uint8Array(100));
    const before = [pair.gateway.deliveredCount, pair.worker.deliveredCount];
    run();
    expect([pair.gateway.deliveredCount, pair.worker.deliveredCount].map((n, i) => n - (before[i] ?? 0))).toEqual([1, 1]);
    expect(log).toEqual(['open', 'welcome', 'POST false', 'worker got 100 true', 'head 200', 'gateway got 100 true']);
    expect([gateway.openStreams, worker.openStreams, stream.closed]).toEqual([0, 0, true]);
  });
});
