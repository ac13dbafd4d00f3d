import type { OutgoingHttpHeaders } from 'node:http';
import { formatPrettyJson } from '@gemini-proxy/gemini';
import type { ApiError } from '../errors.ts';
import type { UploadState } from './upload-session.ts';

/** An answer that is made before it is sent, so that it can get lost on purpose. */
export interface UploadAnswer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly text: string;
}

interface UploadFacts {
  readonly id: string;
  readonly state: UploadState;
  readonly headers?: OutgoingHttpHeaders;
  readonly status?: number;
}

const JSON_TYPE = 'application/json; charset=UTF-8';

export function emptyAnswer({ id, state, status = 200, headers = {} }: UploadFacts): UploadAnswer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...uploadHeaders(id, state), ...headers }, text: '' };
}

export function jsonAnswer({ id, state, status = 200, headers = {} }: UploadFacts, value: unknown): UploadAnswer {
  return {
    status,
    headers: { 'content-type': JSON_TYPE, ...uploadHeaders(id, state), ...headers },
    text: formatPrettyJson(value),
  };
}

export function errorAnswer(facts: UploadFacts, error: ApiError): UploadAnswer {
  return jsonAnswer({ ...facts, status: error.code, headers: { ...error.headers, ...facts.headers } }, error.body);
}

/** What the upload server puts on each of its answers. */
function uploadHeaders(id: string, state: UploadState): OutgoingHttpHeaders {
  return { server: 'UploadServer', 'x-guploader-uploadid': id, 'x-goog-upload-status': state };
}
