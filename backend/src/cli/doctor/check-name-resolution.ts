import { isLoopbackName } from '../../auth/host.ts';
import type { System } from '../system.ts';
import { type Finding, note, ok, problem } from './finding.ts';

/** Whether `localhost`, which people write for this machine, leads to where the gateway listens. */
export async function checkNameResolution(host: string, system: System): Promise<Finding> {
  const addresses = await system.lookup('localhost').catch((): readonly string[] => []);
  const foreign = addresses.filter((address) => !isLoopbackName(address));
  if (addresses.length === 0 || foreign.length > 0) {
    const what = addresses.length === 0 ? 'cannot be resolved' : `leads to ${foreign.join(', ')}`;
    return problem(
      'name-resolution',
      `The name localhost ${what}.`,
      'Put the line "127.0.0.1 localhost" into the hosts file, and write 127.0.0.1 until then.',
    );
  }
  const isReached = !isLoopbackName(host) || host === 'localhost' || addresses.includes(host.replace(/^\[|\]$/g, ''));
  if (isReached) return ok('name-resolution', 'The name localhost leads to this gateway.');
  return note(
    'name-resolution',
    `The name localhost leads to ${addresses.join(', ')}, and the gateway listens on ${host}.`,
    `Write ${host} in base URLs.`,
  );
}
