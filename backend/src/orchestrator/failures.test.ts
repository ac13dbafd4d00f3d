import { ProtocolError, StreamError, type StreamErrorCode, streamErrors } from '@gemini-proxy/protocol';
import { describe, expect, it } from 'vitest';
import { isUntouched, toClientError } from './failures.ts';

const expected: Record<StreamErrorCode, string> = {
  CANCELLED: 'WORKER_LOST',
  RESPONSE_COMPLETE: 'UPSTREAM_CUT',
  REFUSED: 'ALL_WORKERS_BUSY',
  UPSTREAM_UNREACHABLE: 'UPSTREAM_UNREACHABLE',
  UPSTREAM_CUT: 'UPSTREAM_CUT',
  FIRST_BYTE_TIMEOUT: 'FIRST_BYTE_TIMEOUT',
  IDLE_TIMEOUT: 'IDLE_TIMEOUT',
  SESSION_LOST: 'WORKER_LOST',
  INTERNAL: 'WORKER_LOST',
};

describe('toClientError', () => {
  it('has an answer for every way a stream can fail', () => {
    for (const code of Object.keys(expected) as StreamErrorCode[]) {
      const cause = new StreamError(code, 'detail', { sentUpstream: true });
      const error = toClientError(cause);
      expect(error.reason).toBe(expected[code]);
      expect(error.message).toContain('(detail)');
      expect(error.cause).toBe(cause);
    }
    expect(Object.keys(expected)).toEqual(Object.keys(streamErrors));
  });

  it('blames the request for a head that no worker would take', () => {
    expect(toClientError(new ProtocolError('MALFORMED_FRAME', 'odd')).reason).toBe('MALFORMED_REQUEST');
    expect(toClientError(new ProtocolError('CLOSED', 'gone')).reason).toBe('WORKER_LOST');
  });

  it('takes anything else for a bug, without telling its text', () => {
    const error = toClientError(new TypeError('x is undefined'));
    expect(error.reason).toBe('INTERNAL');
    expect(error.message).not.toContain('undefined');
  });
});

describe('isUntouched', () => {
  it.each([
    ['refused before it was sent', new StreamError('REFUSED', '', { sentUpstream: false }), true],
    ['session lost before it was sent', new StreamError('SESSION_LOST', '', { sentUpstream: false }), true],
    ['session lost after it was sent', new StreamError('SESSION_LOST', '', { sentUpstream: true }), false],
    ['upstream unreachable', new StreamError('UPSTREAM_UNREACHABLE', '', { sentUpstream: true }), false],
    ['session closed before the stream opened', new ProtocolError('CLOSED', ''), true],
    ['a head that no worker takes', new ProtocolError('MALFORMED_FRAME', ''), false],
  ])('%s', (_note, error, isRetryable) => {
    expect(isUntouched(error)).toBe(isRetryable);
  });
});
