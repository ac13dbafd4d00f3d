import { timingSafeEqual } from 'node:crypto';
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
 * Whether a key is one of the given ones. A comparison takes the same time for every wrong key of the right length; the length itself
 * is no secret, since all keys are made alike. No hash stands before it: that would be a fortieth of a small request's cost.
 */
export function createKeyCheck(keys: readonly string[]): (presented: string) => boolean {
  const known = keys.map((key) => Buffer.from(key));
  return (presented) => {
    const bytes = Buffer.from(presented);
    let isKnown = false;
    for (const key of known) isKnown = (key.length === bytes.length && timingSafeEqual(key, bytes)) || isKnown;
    return isKnown;
  };
}

/** Judges the keys that a request carries as `x-goog-api-key`, `?key=`, `?access_token=` or Bearer: one valid key suffices. */
export function createClientKeyCheck(isKnown: (presented: string) => boolean): (request: KeyedRequest) => ClientKeyVerdict {
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
