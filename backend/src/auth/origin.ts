import { isLoopbackName } from './host.ts';

/** Longest Origin that is looked at: a scheme, a host name of 253 characters, a port. */
const maxOriginLength = 300;

/**
 * Whether a page of this origin may open the worker socket. Programs other than browsers send no Origin, and loopback
 * pages belong to this machine: both may. The token decides in the end; this keeps foreign pages from trying.
 */
export function originAllowed(origin: string | undefined, patterns: readonly string[]): boolean {
  if (origin === undefined) return true;
  if (origin.length > maxOriginLength) return false;
  if (patterns.includes(origin)) return true;
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  // Only an origin in its canonical spelling equals its own URL's: no path, no user name, no fragment.
  if (url.origin !== origin) return false;
  return isLoopbackName(url.hostname) || patterns.some((pattern) => toExpression(pattern).test(origin));
}

/** Whether an origin is the gateway's own, as the Host header names it; its scheme aside, which a proxy in front may have changed. */
export function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  return origin !== undefined && host !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}

/** `*` stands for one or more characters of a host name, dots included; never for `/`, `@` or `:`. */
function toExpression(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[^a-z0-9]/gi, '\\$&'));
  return new RegExp(`^${parts.join('[a-z0-9._-]+')}$`);
}
