import { stripCredentialHeaders } from '@gemini-proxy/gemini';
import type { HeaderList } from '@gemini-proxy/protocol';

type Header = HeaderList[number];

/** Belong to one connection, not to the message. */
const HOP_BY_HOP = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Speak of the way from the client to the gateway, and would be wrong or revealing upstream. */
const CLIENT_SIDE = new Set(['cookie', 'cookie2', 'expect', 'host', 'origin', 'referer']);
const CLIENT_SIDE_PREFIX = /^(access-control-request|proxy|sec)-/;

/** Set by a browser itself; `fetch` drops them silently, a hook may pass them on. */
const SET_BY_THE_BROWSER = new Set(['accept-charset', 'accept-encoding', 'content-length', 'date', 'dnt', 'user-agent', 'via']);

/** Describe the body before `fetch` decoded it: a kept length would cut or hang the answer, a kept encoding have clients decode plain bytes. */
const UNTRUE_AFTER_DECODING = new Set(['content-encoding', 'content-length']);

/** Request headers for an upstream call: no credentials of the client's, nothing that belongs to its connection. */
export function toUpstreamHeaders(headers: HeaderList): HeaderList {
  return stripCredentialHeaders(headers).filter(isNotClientSide);
}

/** The same for a call through a page's `fetch`. Names stay as they came, since the preflight cache is keyed by them. */
export function toFetchHeaders(headers: HeaderList): HeaderList {
  return toUpstreamHeaders(headers).filter(isLeftToPages);
}

/** Answer headers whose body is passed on as it came. */
export function fromUpstreamHeaders(headers: HeaderList): HeaderList {
  return headers.filter(isEndToEnd);
}

/** Answer headers whose body was decoded by `fetch`. */
export function fromFetchHeaders(headers: Iterable<readonly [string, string]>): HeaderList {
  return [...headers].filter(isTrueAfterDecoding);
}

// Not closures: V8 compiles a closure anew when all that were made there have been collected.

function isNotClientSide([name]: Header): boolean {
  const lowerName = name.toLowerCase();
  return !HOP_BY_HOP.has(lowerName) && !CLIENT_SIDE.has(lowerName) && !CLIENT_SIDE_PREFIX.test(lowerName);
}

function isLeftToPages([name]: Header): boolean {
  return !SET_BY_THE_BROWSER.has(name.toLowerCase());
}

function isEndToEnd([name]: Header): boolean {
  return !HOP_BY_HOP.has(name);
}

function isTrueAfterDecoding([name]: Header): boolean {
  return !HOP_BY_HOP.has(name) && !UNTRUE_AFTER_DECODING.has(name);
}
