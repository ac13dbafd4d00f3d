import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { findClientKey } from '@gemini-proxy/gemini';

export type ClientKeyVerdict = 'ok' | 'missing' | 'invalid';

/** What of a request can carry a key. */
export interface KeyedRequest {
  readonly headers: Readonly<IncomingHttpHeaders>;
  /** Path with query. */
  readonly url: string;
}

/**
 * Whether a key is one of the given ones. SHA-256 makes both sides equally long, whatever was presented, so that the
 * comparison takes the same time for every wrong key. The one-shot hash takes about a microsecond: no cache is needed,
 * and none holds keys.
 */
export function createKeyCheck(keys: readonly string[]): (presented: string) => boolean {
  const digests = keys.map(digestOf);
  return (presented) => {
    const digest = digestOf(presented);
    let isKnown = false;
    for (const known of digests) isKnown = timingSafeEqual(known, digest) || isKnown;
    return isKnown;
  };
}

/** Judges the keys that a request carries as `x-goog-api-key`, `?key=` or Bearer: one valid key suffices. */
export function createClientKeyCheck(keys: readonly string[]): (request: KeyedRequest) => ClientKeyVerdict {
  const isKnown = createKeyCheck(keys);
  return ({ headers, url }) => {
    const presented = findClientKey({ header: (name) => textOf(headers[name]), path: url });
    if (presented.length === 0) return 'missing';
    return presented.slice(0, maxKeysTried).some(isKnown) ? 'ok' : 'invalid';
  };
}

/** Bounds the work for a query that repeats `key=`. */
const maxKeysTried = 8;

function textOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

function digestOf(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}
