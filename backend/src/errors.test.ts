import { describe, expect, it } from 'vitest';
import { clientKeyInvalid, clientKeyMissing, GatewayError, gatewayErrors, toGatewayError, toGoogleErrorBody } from './errors.ts';

describe('toGoogleErrorBody', () => {
  it('prints the form of the Gemini API with the stable reason', () => {
    const error = new GatewayError('WORKER_LOST', 'The worker <page> was closed.', { metadata: { worker: 'page-1' } });
    const body = toGoogleErrorBody(error);
    expect(body.startsWith('{\n  "error": {\n    "code": 502,\n')).toBe(true);
    expect(body.endsWith('}\n')).toBe(true);
    expect(body).toContain('\\u003cpage\\u003e');
    expect(JSON.parse(body)).toEqual({
      error: {
        code: 502,
        message: 'The worker <page> was closed.',
        status: 'UNAVAILABLE',
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
            reason: 'WORKER_LOST',
            domain: 'gemini-proxy',
            metadata: { worker: 'page-1' },
          },
        ],
      },
    });
  });

  it('tells clients when to come back where waiting helps', () => {
    const error = new GatewayError('NO_WORKER_READY', 'No worker is ready.');
    expect(error.retryAfterSeconds).toBe(5);
    expect(JSON.parse(toGoogleErrorBody(error)).error.details[1]).toEqual({
      '@type': 'type.googleapis.com/google.rpc.RetryInfo',
      retryDelay: '5s',
    });
  });

  it('wraps the error in an array where the answer is an array', () => {
    const body = JSON.parse(toGoogleErrorBody(new GatewayError('UNKNOWN_PATH', 'No.'), { asArray: true }));
    expect(body).toEqual([{ error: expect.objectContaining({ code: 404 }) }]);
  });
});

describe('gatewayErrors', () => {
  it('holds client or server errors with a meaning that is a sentence', () => {
    for (const { http, meaning } of Object.values(gatewayErrors)) {
      expect(http).toBeGreaterThanOrEqual(400);
      expect(meaning).toMatch(/^[A-Z].*\.$/);
    }
  });

  it("begins the key errors with the API's own words", () => {
    expect(clientKeyMissing().message).toMatch(
      /^Method doesn't allow unregistered callers \(callers without established identity\)\. Please use/,
    );
    expect(clientKeyInvalid().message).toMatch(/^API key not valid\. Please pass a valid API key\. \w/);
  });
});

describe('toGatewayError', () => {
  it('keeps what the gateway knows', () => {
    const error = new GatewayError('BODY_TOO_LARGE', 'Too large.');
    expect(toGatewayError(error)).toBe(error);
  });

  it('answers the unknown without its details, and keeps them as the cause', () => {
    const cause = new TypeError('secret detail');
    const error = toGatewayError(cause);
    expect(error).toMatchObject({ reason: 'INTERNAL', httpStatus: 500, retryable: false, cause });
    expect(toGoogleErrorBody(error)).not.toContain('secret detail');
  });
});
