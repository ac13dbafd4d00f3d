import type { IncomingHttpHeaders } from 'node:http';
import { findClientKey } from '@gemini-proxy/gemini';
import { SecretText } from './secret-text.ts';

export type ClientKeyVerdict = 'ok' | 'missing' | 'invalid';

/** What of a request can carry a key. */
export interface KeyedRequest {
  readonly headers: Readonly<IncomingHttpHeaders>;
  /** Path with query. */
  readonly url: string;
}

/** Whether a key is one of the given ones; all of them are compared, whichever it is. */
export function createKeyCheck(keys: readonly string[]): (presented: string) => boolean {
  const known = keys.map((key) => new SecretText(key));
  return (presented) => {
    let isKnown = false;
    for (const key of known) isKnown = key.equals(presented) || isKnown;
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
