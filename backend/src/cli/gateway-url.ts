import type { Config } from '../config/config.ts';
import { announcedUrl } from './running-gateway.ts';
import { reachableUrl } from './start-up-text.ts';

/** Where the gateway of this data folder is to be found: where it says itself, or else where the configuration puts it. */
export async function gatewayUrl(config: Config): Promise<string> {
  return (await announcedUrl(config.dataFolder)) ?? configuredUrl(config);
}

export function configuredUrl({ host, port }: Pick<Config, 'host' | 'port'>): string {
  return reachableUrl(`http://${host.includes(':') ? `[${host}]` : host}:${port === 0 ? '<port>' : port}`);
}
