import { toEndpoint } from './endpoint.ts';
import { parseFragment, type Settings } from './settings.ts';

/** Reads what the console gives to be pasted: an address with endpoint and token in its fragment. `undefined` for anything else. */
export function parsePairingLink(text: string): Pick<Settings, 'endpoint' | 'token'> | undefined {
  const at = text.indexOf('#');
  if (at < 0) return undefined;
  const { endpoint, token } = parseFragment(text.slice(at).trim()).settings;
  if (token === undefined) return undefined;
  return { endpoint: toEndpoint(endpoint ?? text.slice(0, at)), token };
}
