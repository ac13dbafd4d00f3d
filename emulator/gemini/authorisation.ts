import { findClientKey } from '@gemini-proxy/gemini';
import { apiErrors } from './errors.ts';
import type { Exchange } from './exchange.ts';

/** The header by which the AI Studio simulator's host shows that its user is signed in. */
export const SESSION_HEADER = 'x-emulator-session';

export interface AcceptedCredentials {
  readonly apiKeys: ReadonlySet<string>;
  /** Undefined: no session is accepted. */
  readonly sessionSecret: string | undefined;
}

/**
 * Lets a request pass or fails as the service does. Every credential shown must be good: one that leaked past a proxy is an
 * error even beside a valid key.
 */
export function authorise(exchange: Exchange, { apiKeys, sessionSecret }: AcceptedCredentials): void {
  const session = exchange.header(SESSION_HEADER);
  if (exchange.header('authorization') !== undefined || exchange.query.has('access_token')) throw apiErrors.invalidToken();
  const keys = findClientKey({ header: (name) => exchange.header(name), path: exchange.path });
  if (session === undefined && keys.length === 0) throw apiErrors.missingKey();
  if (session !== undefined && session !== sessionSecret) throw apiErrors.invalidKey();
  if (keys.some((key) => !apiKeys.has(key))) throw apiErrors.invalidKey();
}
