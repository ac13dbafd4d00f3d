import { isIP } from 'node:net';
import type { Config } from '../config/config.ts';

/**
 * Whether a request may name this host. A page that rebinds its own DNS name to this machine sends that name, so names
 * must be known; an IP address cannot be rebound.
 */
export function hostAllowed(hostHeader: string | undefined, config: Pick<Config, 'host' | 'allowedHosts'>): boolean {
  const name = hostNameOf(hostHeader);
  if (name === undefined) return false;
  return isAddress(name) || isLocalhost(name) || name === config.host.toLowerCase() || config.allowedHosts.includes(name);
}

/** `localhost`, names under it, and loopback addresses; IPv6 in brackets or without. */
export function isLoopbackName(name: string): boolean {
  const address = withoutBrackets(name);
  if (isIP(address) === 4) return address.startsWith('127.');
  return isIP(address) === 6 ? address === '::1' : isLocalhost(name.toLowerCase());
}

/** Host name or address of a Host header in lower case, without port and final dot; `undefined` for anything malformed. */
function hostNameOf(hostHeader: string | undefined): string | undefined {
  const [, host, port = '0'] =
    /^(\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\.?(?::(\d{1,5}))?$/i.exec(hostHeader ?? '') ?? [];
  return host === undefined || Number(port) > 65535 ? undefined : host.toLowerCase();
}

function isAddress(name: string): boolean {
  return isIP(name) === 4 || (name.startsWith('[') && isIP(withoutBrackets(name)) === 6);
}

function isLocalhost(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

function withoutBrackets(name: string): string {
  return name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name;
}
