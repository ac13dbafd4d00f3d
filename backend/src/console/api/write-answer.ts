import type { ServerResponse } from 'node:http';
import { type GatewayError, toGoogleErrorBody } from '../../errors.ts';

/** For everything that the console's paths answer with: nothing is guessed, framed or kept by others. */
export const safetyHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

export function writeJson(response: ServerResponse, value: unknown, status = 200): void {
  if (response.destroyed) return;
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, {
    ...safetyHeaders,
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
    'cache-control': 'no-store',
  });
  response.end(body);
}

export function writeNothing(response: ServerResponse): void {
  if (response.destroyed) return;
  response.writeHead(204, { ...safetyHeaders, 'cache-control': 'no-store' });
  response.end();
}

export function writeError(response: ServerResponse, error: GatewayError): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const body = Buffer.from(toGoogleErrorBody(error));
  response.writeHead(error.httpStatus, {
    ...safetyHeaders,
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
    'cache-control': 'no-store',
    ...(error.retryAfterSeconds === undefined ? {} : { 'retry-after': String(error.retryAfterSeconds) }),
  });
  response.end(body);
}
