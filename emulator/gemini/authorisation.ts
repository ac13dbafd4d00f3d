import { findClientKey } from '@gemini-proxy/gemini';
import type { AccountTable } from './accounts.ts';
import { apiErrors } from './errors.ts';

/** The header by which the AI Studio simulator's host shows that its user is signed in. */
export const SESSION_HEADER = 'x-emulator-session';

/** What a request shows of itself, HTTP or WebSocket. */
interface Credentials {
  readonly path: string;
  header(name: string): string | undefined;
}

/**
 * Tells whose request this is, or fails as the service does. Every credential shown must be good: one that leaked past a proxy
 * is an error even beside a valid key.
 */
export function authorise(credentials: Credentials, accounts: AccountTable): string {
  const account = findAccount(credentials, accounts);
  if (account === undefined) throw apiErrors.missingKey();
  return account;
}

/** The same for a request that needs no credential because it names something that nobody can guess. */
export function findAccount(credentials: Credentials, accounts: AccountTable): string | undefined {
  if (credentials.header('authorization') !== undefined || /[?&]access_token=/.test(credentials.path)) {
    throw apiErrors.invalidToken();
  }
  return requireGoodOnes(credentials, accounts);
}

/** The OpenAI-compatible paths take the key as a Bearer token too. */
export function authoriseOpenai(credentials: Credentials, accounts: AccountTable): string {
  const account = requireGoodOnes(credentials, accounts);
  if (account === undefined) throw apiErrors.missingKey();
  return account;
}

function requireGoodOnes(credentials: Credentials, accounts: AccountTable): string | undefined {
  const header = (name: string) => credentials.header(name);
  const session = header(SESSION_HEADER);
  const found = findClientKey({ header, path: credentials.path }).map((key) => accounts.ofKey(key));
  if (session !== undefined) found.unshift(accounts.ofSession(session));
  if (found.includes(undefined)) throw apiErrors.invalidKey();
  return found[0];
}
