import type { Config } from '../config/config.ts';
import { announcedUrl } from './running-gateway.ts';
import { reachableUrl } from './start-up-text.ts';

/** Where the gateway of this data folder is to be found: where it says itself, or else where the configuration puts it. */
export async function gatewayUrl(config: Config): Promise<string> {
  return (await announcedUrl(config.dataFolder)) ?? configuredUrl(config);
}

export function configuredUrl({ host, port, tlsCert }: Pick<Config, 'host' | 'port' | 'tlsCert'>): string {
  const scheme = tlsCert === undefined ? 'http' : 'https';
  return reachableUrl(`${scheme}://${host.includes(':') ? `[${host}]` : host}:${port === 0 ? '<port>' : port}`);
}
