import { isLoopback, toHealthUrl } from './endpoint.ts';
import type { PageEnvironment } from './page-environment.ts';

/**
 * Why a socket did not open, as far as a page can know. `origin`: the address answers over HTTP, but takes no socket from here.
 * `browser`: nothing answers, and the browser may be what prevents it. `absent`: nothing answers.
 */
export type Obstacle = 'origin' | 'browser' | 'absent';

/** Browsers give a page no reason for a socket that failed, so it asks around. */
export async function findObstacle(
  environment: Pick<PageEnvironment, 'answersHttp' | 'loopbackPermission'>,
  endpoint: string,
): Promise<Obstacle> {
  if (await environment.answersHttp(toHealthUrl(endpoint))) return 'origin';
  // Only now: frames that count as part of this machine get through though the permission says "denied".
  return isLoopback(endpoint) && (await environment.loopbackPermission()) === 'denied' ? 'browser' : 'absent';
}
