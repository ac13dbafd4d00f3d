import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { GatewayError } from '../errors.ts';
import type { RequestSample } from '../metrics/time-series.ts';
import type { TokenCounts } from '../metrics/token-counts.ts';
import { maxTotalBodyBytes, RequestLog, requestCapacity } from './request-log.ts';
import type { RequestFacts, RequestRecord } from './request-record.ts';

const facts: RequestFacts = {
  kind: 'http',
  method: 'POST',
  path: '/v1beta/models/gemini-2.5-flash:generateContent',
  operation: 'models.generateContent',
  headers: [['content-type', 'application/json']],
};
const worker = { id: 'page-1', account: 'me' };

function start() {
  const clock = { nowMs: 1_000 };
  const samples: RequestSample[] = [];
  const late: TokenCounts[] = [];
  const metrics = {
    record: (sample: RequestSample) => void samples.push(sample),
    recordTokens: (tokens: TokenCounts) => void late.push(tokens),
  };
  const log = new RequestLog({ metrics, elapsed: () => clock.nowMs, now: () => clock.nowMs });
  return { log, samples, late, clock };
}

function end(record: RequestRecord, change: Partial<Parameters<RequestRecord['onEnded']>[0]> = {}): void {
  record.onEnded({ outcome: 'completed', error: undefined, requestBytes: 0, responseBytes: 0, notes: undefined, ...change });
}

describe('RequestLog', () => {
  it('measures a request from its start, and reads the tokens at the end of its answer', () => {
    const { log, samples, clock } = start();
    const record = log.begin(facts);
    record.onQueued();
    clock.nowMs += 5;
    record.onLeased(worker);
    clock.nowMs += 15;
    record.onHead({ status: 200, headers: [] });
    record.onAnswerBody(Buffer.from('{"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4}}'));
    clock.nowMs += 80;
    end(record);
    expect(samples).toEqual([
      { outcome: 'completed', reason: undefined, durationMs: 100, firstByteMs: 20, tokensIn: 3, tokensOut: 4 },
    ]);
    expect(record.attempts).toEqual([{ ...worker, startedMs: 5, endedMs: 100, error: undefined }]);
    expect(log.statistics.of('page-1')).toEqual({ served: 1, failed: 0, errorRate: 0, latencyMs: 100 });
  });

  it('reads the tokens of an answer in gzip after its end', async () => {
    const { log, samples, late } = start();
    const heard: RequestRecord[] = [];
    const record = log.begin(facts);
    record.onHead({ status: 200, headers: [['content-encoding', 'gzip']] });
    record.onAnswerBody(gzipSync('{"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4}}'));
    end(record);
    log.listen((changed) => void heard.push(changed));
    expect(samples).toMatchObject([{ tokensIn: 0, tokensOut: 0 }]);
    await vi.waitFor(() => expect(heard).toEqual([record]));
    expect(late).toEqual([{ tokensIn: 3, tokensOut: 4 }]);
    expect(record.tokens).toEqual({ tokensIn: 3, tokensOut: 4 });
  });

  it('looks for tokens only where there may be some, in bytes that can be read', () => {
    const { log, samples } = start();
    const answer = (headers: readonly (readonly [string, string])[], more: Partial<RequestFacts> = {}) => {
      const record = log.begin({ ...facts, ...more });
      record.onHead({ status: 200, headers });
      record.onAnswerBody(Buffer.from('"usageMetadata":{"promptTokenCount":3}'));
      end(record);
    };
    answer([['content-encoding', 'br']]);
    answer([], { operation: 'files.get' });
    expect(samples.map(({ tokensIn }) => tokensIn)).toEqual([0, 0]);
  });

  it('keeps what an error says, and not the error, which holds on to what its stack saw', () => {
    const { log } = start();
    const record = log.begin(facts);
    end(record, { outcome: 'failed', error: new GatewayError('WORKER_LOST', 'lost', { cause: new Error('socket') }) });
    expect(record.end?.error).toEqual({ reason: 'WORKER_LOST', httpStatus: 502, logMessage: 'lost' });
    expect(record.end?.error).not.toBeInstanceOf(Error);
  });

  it("counts the upstream's errors as failures of the request, and its refusals not as the worker's", () => {
    const { log, samples } = start();
    for (const status of [400, 503]) {
      const record = log.begin(facts);
      record.onLeased(worker);
      record.onHead({ status, headers: [] });
      end(record);
    }
    const lost = log.begin(facts);
    lost.onLeased(worker);
    end(lost, { outcome: 'failed', error: new GatewayError('WORKER_LOST', 'lost') });
    expect(samples.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['failed', 'HTTP_400'],
      ['failed', 'HTTP_503'],
      ['failed', 'WORKER_LOST'],
    ]);
    expect(log.statistics.of('page-1')).toMatchObject({ served: 3, failed: 2 });
  });

  it('remembers the last ones, and finds them by id and in order', () => {
    const { log } = start();
    const first = log.begin(facts);
    const records = Array.from({ length: requestCapacity }, () => log.begin(facts));
    expect(log.size).toBe(requestCapacity);
    expect(log.find(first.id)).toBeUndefined();
    expect([...log.newestFirst()]).toEqual(records.toReversed());
    expect([...log.newestFirst(records[2]?.id)]).toEqual([records[1], records[0]]);
    expect(log.find('zzzzz-1')).toBeUndefined();
    expect(log.find('')).toBeUndefined();
  });

  it('keeps bodies within its bounds, and forgets the oldest', () => {
    const { log } = start();
    expect(log.begin(facts).requestBody).toBeUndefined();
    log.setCapture({ isOn: true, maxBodyBytes: 4 * 1024 ** 2, maxRequests: 100 });
    const records = Array.from({ length: 20 }, () => {
      const record = log.begin(facts);
      record.onRequestBody(Buffer.alloc(5 * 1024 ** 2));
      end(record);
      return record;
    });
    expect(log.capture.keptBytes).toBe(maxTotalBodyBytes);
    expect(records.map(({ isCaptured }) => isCaptured)).toEqual([...Array(4).fill(false), ...Array(16).fill(true)]);
    log.setCapture({ isOn: false, maxBodyBytes: 1024, maxRequests: 2 });
    expect(log.capture).toMatchObject({ keptRequests: 2, keptBytes: 8 * 1024 ** 2 });
    log.forgetBodies();
    expect(log.capture).toMatchObject({ keptRequests: 0, keptBytes: 0 });
  });

  it('keeps little of what is too long', () => {
    const { log } = start();
    const headers = Array.from({ length: 100 }, (_, index) => [`x-${index}`, 'v'.repeat(1_000)] as const);
    const record = log.begin({ ...facts, path: `/${'p'.repeat(100_000)}`, headers });
    expect(record.facts.path.length).toBeLessThan(3_000);
    expect(record.requestHeaders.length).toBeLessThan(20);
  });
});
