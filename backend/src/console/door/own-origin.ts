import type { IncomingMessage } from 'node:http';
import { isOwnOrigin } from '../../auth/origin.ts';
import { GatewayError } from '../../errors.ts';

/**
 * Refuses what a page of another origin had a browser send. A strict cookie alone does not: pages of other ports of this machine
 * are of the same site.
 */
export function requireOwnOrigin({ headers }: IncomingMessage): void {
  const site = headers['sec-fetch-site'];
  const isForeignSite = site !== undefined && site !== 'same-origin' && site !== 'none';
  if (isForeignSite || (headers.origin !== undefined && !isOwnOrigin(headers.origin, headers.host))) {
    throw new GatewayError('CROSS_SITE_REQUEST', "Pages of other origins may not call the console's API.");
  }
}
