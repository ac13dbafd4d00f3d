import { isLoopback, toHealthUrl } from './endpoint.ts';
import type { PageEnvironment } from './page-environment.ts';

/**
 * Why a socket did not open, as far as a page can know. `origin`: the address answers over HTTP, but takes no socket from here.
 * The others: nothing answers, and it may be that the browser keeps this frame away (`browser`), that its user said no (`user`), that it
 * waits for its user's word (`question`), or that nothing is there (`absent`).
 */
export type Obstacle = 'origin' | 'browser' | 'user' | 'question' | 'absent';

/** Browsers give a page no reason for a socket that failed, so it asks around. */
export async function findObstacle(
  environment: Pick<PageEnvironment, 'answersHttp' | 'loopbackPermission' | 'mayAskForLoopback'>,
  endpoint: string,
): Promise<Obstacle> {
  if (await environment.answersHttp(toHealthUrl(endpoint))) return 'origin';
  // Only now: frames that count as part of this machine get through though the permission says "denied".
  const permission = isLoopback(endpoint) ? await environment.loopbackPermission() : 'unknown';
  if (permission === 'prompt') return 'question';
  if (permission !== 'denied') return 'absent';
  return environment.mayAskForLoopback() ? 'user' : 'browser';
}
