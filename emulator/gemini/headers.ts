import type { OutgoingHttpHeader, OutgoingHttpHeaders } from 'node:http';

const VARY = ['Origin', 'X-Origin', 'Referer'];
const EXPOSED_HEADERS = 'vary,vary,vary,content-encoding,date,server,content-length';
const ALLOWED_METHODS = 'DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT';

/** The headers that the service puts on every answer, errors included. */
export function answerHeaders(durationMs: number, origin: string | undefined): OutgoingHttpHeaders {
  const headers: Record<string, OutgoingHttpHeader> = {
    vary: VARY,
    server: 'scaffolding on HTTPServer2',
    'server-timing': `gfet4t7; dur=${Math.round(durationMs)}`,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'SAMEORIGIN',
    'x-xss-protection': '0',
  };
  if (origin !== undefined) {
    headers['access-control-allow-origin'] = origin;
    headers['access-control-expose-headers'] = EXPOSED_HEADERS;
  }
  return headers;
}

/** The answer to a browser's preflight: whatever it asks for is granted for an hour. */
export function preflightHeaders(origin: string, requestedHeaders: string | undefined): OutgoingHttpHeaders {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': ALLOWED_METHODS,
    ...(requestedHeaders === undefined ? {} : { 'access-control-allow-headers': requestedHeaders }),
    'access-control-max-age': '3600',
    'content-type': 'text/html',
    'content-length': '0',
  };
}

/**
 * Over HTTP/1.1 Node adds these by itself with capital letters; the service speaks HTTP/2, so scripts look for lower-case
 * names. Given here, they are written as they are.
 */
export function connectionHeaders(wantsClose: boolean, hasLength: boolean): OutgoingHttpHeaders {
  return {
    date: httpDate(),
    connection: wantsClose ? 'close' : 'keep-alive',
    ...(hasLength ? {} : { 'transfer-encoding': 'chunked' }),
  };
}

let dateSecond = 0;
let dateText = '';

/** Printed once a second, as Node does with its own. */
function httpDate(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(second * 1000).toUTCString();
  }
  return dateText;
}
