import { z } from 'zod';
import { ConsoleError, createConsoleClient } from '../../console/contract.ts';
import type { HttpRequest } from '../http-request.ts';
import { checkWorkers } from './check-workers.ts';
import { type Finding, note, ok, problem } from './finding.ts';

export interface GatewayFacts {
  readonly request: HttpRequest;
  readonly url: string;
  readonly version: string;
  readonly dataFolder: string;
  readonly adminToken: string | undefined;
  readonly callName: string;
}

const timeoutMs = 5_000;
const healthSchema = z.object({ status: z.string(), workers: z.object({ connected: z.int(), ready: z.int() }) });

/** `undefined`: nothing answers; `foreign`: something that is no gateway. */
export async function findGateway(request: HttpRequest, url: string): Promise<'gateway' | 'foreign' | undefined> {
  try {
    const response = await request(`${url}/healthz`, { signal: AbortSignal.timeout(timeoutMs) });
    const body: unknown = await response.json().catch(() => undefined);
    return healthSchema.safeParse(body).success ? 'gateway' : 'foreign';
  } catch (error) {
    // What is no HTTP server answers, too.
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return code.startsWith('HPE_') || code === 'ECONNRESET' ? 'foreign' : undefined;
  }
}

/** Asks a gateway that runs who it is and how its workers are. */
export async function checkGateway(facts: GatewayFacts): Promise<readonly Finding[]> {
  const { request, url, version, dataFolder, adminToken, callName } = facts;
  const otherFolder = problem(
    'gateway',
    `The gateway at ${url} does not run with the data folder ${dataFolder}.`,
    'Name its data folder with --data-folder, or end it and start one with this.',
  );
  if (adminToken === undefined) return [otherFolder];
  const api = createConsoleClient({
    baseUrl: url,
    fetch: (input) =>
      request(String(input), { headers: { authorization: `Bearer ${adminToken}` }, signal: AbortSignal.timeout(timeoutMs) }),
  });
  try {
    const session = await api.call('getSession', {});
    if (!session.signedIn) return [otherFolder];
    const { workers } = await api.call('listWorkers', {});
    return [checkVersion(session.gateway.version, version, url), ...checkWorkers(workers, callName)];
  } catch (error) {
    if (error instanceof ConsoleError && error.status === 401) return [otherFolder];
    const why = error instanceof Error ? error.message : String(error);
    return [
      problem(
        'gateway',
        `The gateway at ${url} does not tell how it is: ${why}`,
        'End it and start it again; its log may say more.',
      ),
    ];
  }
}

function checkVersion(running: string, own: string, url: string): Finding {
  if (running === own) return ok('gateway', `GeminiProxy ${running} answers at ${url}.`);
  return note(
    'gateway',
    `GeminiProxy ${running} answers at ${url}, and this command is of ${own}.`,
    'Start the gateway again to have one version.',
  );
}
