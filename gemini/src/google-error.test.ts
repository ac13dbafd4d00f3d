import { describe, expect, it } from 'vitest';
import { errorInfo, HTTP_CODE_OF_STATUS, retryInfo, statusOfHttpCode, toGoogleError } from './google-error.ts';

describe('toGoogleError', () => {
  it('derives the status from the code and omits empty details', () => {
    const body = toGoogleError({ code: 404, message: 'gone', details: [] });
    expect(JSON.stringify(body)).toBe('{"error":{"code":404,"message":"gone","status":"NOT_FOUND"}}');
  });

  it('keeps a given status and the details', () => {
    const details = [errorInfo({ reason: 'R', domain: 'gemini-proxy', metadata: { a: 'b' } }), retryInfo(4)];
    expect(toGoogleError({ code: 400, message: 'm', status: 'FAILED_PRECONDITION', details })).toEqual({
      error: {
        code: 400,
        message: 'm',
        status: 'FAILED_PRECONDITION',
        details: [
          { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'R', domain: 'gemini-proxy', metadata: { a: 'b' } },
          { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '4s' },
        ],
      },
    });
  });
});

describe('statusOfHttpCode', () => {
  it('names a status for every code of the table, with that same code', () => {
    for (const code of Object.values(HTTP_CODE_OF_STATUS)) {
      expect(HTTP_CODE_OF_STATUS[statusOfHttpCode(code)]).toBe(code);
    }
  });

  it.each([
    [204, 'OK'],
    [405, 'FAILED_PRECONDITION'],
    [507, 'INTERNAL'],
    [302, 'UNKNOWN'],
  ])('falls back to the class of %i', (code, status) => {
    expect(statusOfHttpCode(code)).toBe(status);
  });
});
