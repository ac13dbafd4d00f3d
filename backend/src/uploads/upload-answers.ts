import type { HeaderList } from '@gemini-proxy/protocol';
import { type GatewayError, toGoogleErrorBody } from '../errors.ts';
import type { UploadAnswer } from './upload-call.ts';
import type { KeptAnswer } from './upload-record.ts';

/** `x-goog-upload-status`: what a client may still do with an upload. */
export type UploadStatus = 'active' | 'final' | 'cancelled';

export interface AnswerFacts {
  readonly id: string | undefined;
  readonly status: UploadStatus;
  readonly httpStatus?: number;
  readonly headers?: HeaderList;
}

/** An answer without a body, as the upload server gives it. */
export function emptyAnswer({ id, status, httpStatus = 200, headers = [] }: AnswerFacts): UploadAnswer {
  const own: HeaderList = [['content-type', 'text/plain; charset=utf-8'], ['content-length', '0'], ...uploadHeaders(id, status)];
  return { status: httpStatus, headers: [...own, ...headers], body: new Uint8Array(0) };
}

/** The gateway's own error, with the upload's state for clients that look at it first. */
export function errorAnswer(error: GatewayError, { id, status, headers = [] }: AnswerFacts): UploadAnswer {
  const body = Buffer.from(toGoogleErrorBody(error));
  const own: HeaderList = [
    ['content-type', 'application/json; charset=UTF-8'],
    ['content-length', String(body.length)],
    ...(error.retryAfterSeconds === undefined ? [] : [['retry-after', String(error.retryAfterSeconds)] as const]),
    ...uploadHeaders(id, status),
  ];
  return { status: error.httpStatus, headers: [...own, ...headers], body, failure: error };
}

/** The upstream's answer untouched, with the status that every client of uploads looks for where it has none. */
export function keptAnswer({ status, headers, body }: KeptAnswer, uploadStatus: UploadStatus): UploadAnswer {
  const hasStatus = headers.some(([name]) => name === 'x-goog-upload-status');
  return { status, headers: hasStatus ? headers : [...headers, ['x-goog-upload-status', uploadStatus]], body };
}

/** An answer that an upload which failed here keeps. */
export function toKeptError(error: GatewayError, id: string): KeptAnswer {
  const { status, headers, body } = errorAnswer(error, { id, status: 'final' });
  return { status, headers, body };
}

function uploadHeaders(id: string | undefined, status: UploadStatus): HeaderList {
  return [
    ['vary', 'Origin, X-Origin, Referer'],
    ['server', 'UploadServer'],
    ['x-xss-protection', '0'],
    ['x-frame-options', 'SAMEORIGIN'],
    ['x-content-type-options', 'nosniff'],
    ...(id === undefined ? [] : [['x-guploader-uploadid', id] as const]),
    ['x-goog-upload-status', status],
  ];
}
