import { stripCredentialHeaders } from '@gemini-proxy/gemini';
import type { HeaderList } from '@gemini-proxy/protocol';

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
const CLIENT_SIDE_PREFIXES = ['access-control-request-', 'proxy-', 'sec-'];

/** Set by a browser itself; `fetch` drops them silently, a hook may pass them on. */
const SET_BY_THE_BROWSER = new Set(['accept-charset', 'accept-encoding', 'content-length', 'date', 'dnt', 'user-agent', 'via']);

/** Describe the body before `fetch` decoded it. A kept length would cut or hang the answer, a kept encoding would have clients decode plain bytes. */
const UNTRUE_AFTER_DECODING = new Set(['content-encoding', 'content-length']);

/** Request headers for an upstream call: no credentials of the client's, nothing that belongs to its connection. */
export function toUpstreamHeaders(headers: HeaderList): HeaderList {
  return stripCredentialHeaders(headers).filter(([name]) => !isClientSide(name.toLowerCase()));
}

/** The same for a call through a page's `fetch`. Names stay as they came, since the preflight cache is keyed by them. */
export function toFetchHeaders(headers: HeaderList): HeaderList {
  return toUpstreamHeaders(headers).filter(([name]) => !SET_BY_THE_BROWSER.has(name.toLowerCase()));
}

/** Answer headers whose body is passed on as it came. */
export function fromUpstreamHeaders(headers: HeaderList): HeaderList {
  return headers.filter(([name]) => !HOP_BY_HOP.has(name));
}

/** Answer headers whose body was decoded by `fetch`. */
export function fromFetchHeaders(headers: Iterable<readonly [string, string]>): HeaderList {
  return [...headers].filter(([name]) => !HOP_BY_HOP.has(name) && !UNTRUE_AFTER_DECODING.has(name));
}

function isClientSide(name: string): boolean {
  return HOP_BY_HOP.has(name) || CLIENT_SIDE.has(name) || CLIENT_SIDE_PREFIXES.some((prefix) => name.startsWith(prefix));
}
