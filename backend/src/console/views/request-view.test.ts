import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../errors.ts';
import { RequestLog } from '../../requests/request-log.ts';
import type { RequestRecord } from '../../requests/request-record.ts';
import { canReplay } from './request-view.ts';

const facts = { kind: 'http', method: 'POST', path: '/v1beta/models/m:generateContent', operation: 'x' } as const;

function begin(headers: readonly (readonly [string, string])[] = []): RequestRecord {
  const log = new RequestLog({ metrics: { record: () => {}, recordTokens: () => {} }, elapsed: () => 0, now: () => 0 });
  return log.beginCaptured({ ...facts, headers });
}

function end(record: RequestRecord, requestBytes: number, error?: GatewayError): RequestRecord {
  record.onEnded({ outcome: error ? 'failed' : 'completed', error, requestBytes, responseBytes: 0, notes: undefined });
  return record;
}

describe('canReplay', () => {
  it('takes a request whose body was kept as a whole', () => {
    const record = begin([['content-length', '2']]);
    record.onRequestBody(Buffer.from('{}'));
    expect(canReplay(record)).toBe(false);
    expect(canReplay(end(record, 2))).toBe(true);
    expect(canReplay(end(begin(), 0))).toBe(true);
  });

  it('takes none whose body never came', () => {
    expect(canReplay(end(begin([['content-length', '2']]), 0, new GatewayError('NO_WORKER_READY', 'none')))).toBe(false);
  });

  it('takes none of a stranger', () => {
    expect(canReplay(end(begin(), 0, new GatewayError('CLIENT_KEY_INVALID', 'wrong')))).toBe(false);
  });
});
