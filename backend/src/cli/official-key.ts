import { clientKeyPrefix, type Secrets } from '../auth/secrets.ts';
import { ConfigError } from '../config/config-error.ts';
import type { ConfigSource } from '../config/load-config.ts';

export interface OfficialKey {
  readonly apiKey: string | undefined;
  /** For people: why a configured key is not used. */
  readonly notice: string | undefined;
}

/**
 * Tells an official key from the gateway's own. A user's tools read `GEMINI_API_KEY` too, so the variable often holds
 * the client key: then there is no official key. Written anywhere else, the client key is a mistake.
 */
export function judgeOfficialKey(apiKey: string | undefined, source: ConfigSource, secrets: Secrets): OfficialKey {
  const isOwn = apiKey === secrets.clientKey || apiKey === secrets.workerToken;
  if (apiKey === undefined || !(isOwn || apiKey.startsWith(clientKeyPrefix))) return { apiKey, notice: undefined };
  if (source.name !== 'GEMINI_API_KEY') {
    throw new ConfigError([`${source.name}: expected an official Gemini API key, got a key that a gateway made`]);
  }
  const whose = isOwn ? "this gateway's own key" : 'the client key of another gateway';
  const notice = `GEMINI_API_KEY holds ${whose}, not an official one: no keyed worker is started.`;
  return { apiKey: undefined, notice };
}
