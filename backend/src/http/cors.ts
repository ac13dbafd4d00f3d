import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HeaderList } from '@gemini-proxy/protocol';
import { headerOf } from './headers.ts';

const allowedMethods = 'DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT';
const maxAgeSeconds = 3600;
/** What the Gemini API exposes, and what a browser client of uploads has to see. */
const exposedHeaders =
  'vary,vary,vary,content-encoding,date,server,content-length,x-goog-upload-url,x-goog-upload-control-url,x-goog-upload-status,x-goog-upload-chunk-granularity,x-goog-upload-size-received';

/** Whether a browser asks for leave. Such a request carries no key, so the gateway answers it as the Gemini API does. */
export function isPreflight(request: IncomingMessage): boolean {
  const { headers } = request;
  return request.method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

export function answerPreflight(request: IncomingMessage, response: ServerResponse): void {
  const { origin, 'access-control-request-headers': requested } = request.headers;
  response.writeHead(200, [
    ...['access-control-allow-origin', origin ?? '*'],
    ...['access-control-allow-methods', allowedMethods],
    ...(requested === undefined ? [] : ['access-control-allow-headers', requested]),
    ...['access-control-max-age', String(maxAgeSeconds)],
    ...['vary', 'origin', 'content-length', '0'],
  ]);
  response.end();
}

/** Headers that let the page of this origin read an answer; none where the answer has its own, or no page asks. */
export function corsHeadersFor(origin: string | undefined, headers: HeaderList): HeaderList {
  if (origin === undefined || headerOf(headers, 'access-control-allow-origin') !== undefined) return [];
  return [
    ['access-control-allow-origin', origin],
    ['access-control-expose-headers', exposedHeaders],
  ];
}
