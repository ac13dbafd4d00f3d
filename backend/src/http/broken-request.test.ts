import { describe, expect, it } from 'vitest';
import { toBrokenRequest } from './broken-request.ts';

describe('toBrokenRequest', () => {
  it.each([
    ['ERR_HTTP_REQUEST_TIMEOUT', 408, 'REQUEST_TIMEOUT', 'The head of the request did not arrive in time.'],
    ['HPE_HEADER_OVERFLOW', 400, 'MALFORMED_REQUEST', 'The head of the request is too large.'],
    ['HPE_INVALID_METHOD', 400, 'MALFORMED_REQUEST', 'The request is not valid HTTP (HPE_INVALID_METHOD).'],
  ])('tells %s as %i %s', (code, httpStatus, reason, message) => {
    expect(toBrokenRequest(code)).toMatchObject({ httpStatus, reason, message });
  });
});
