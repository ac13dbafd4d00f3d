import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isLoopbackName } from '../../auth/host.ts';
import type { Config } from '../../config/config.ts';
import { ConfigError } from '../../config/config-error.ts';
import { loadConfig } from '../../config/load-config.ts';
import type { Context } from '../context.ts';
import { readAdminToken } from '../gateway-access.ts';
import { gatewayUrl } from '../gateway-url.ts';
import { storeFile } from '../serve.ts';
import { checkAddress, checkExposure } from './check-address.ts';
import { checkCall } from './check-call.ts';
import { checkClock } from './check-clock.ts';
import { checkDataFolder } from './check-data-folder.ts';
import { checkGateway, findGateway } from './check-gateway.ts';
import { checkNameResolution } from './check-name-resolution.ts';
import { checkNode } from './check-node.ts';
import { checkProxy } from './check-proxy.ts';
import { checkSecrets } from './check-secrets.ts';
import { checkStore } from './check-store.ts';
import { checkTls } from './check-tls.ts';
import { checkTools } from './check-tools.ts';
import { checkWorkerPage } from './check-worker-page.ts';
import { type Finding, note, ok, problem } from './finding.ts';

export interface DiagnoseOptions {
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly context: Context;
  /** Told what is being looked at. */
  readonly onStep: (what: string) => void;
}

/** Looks at everything that can be in the way of an answer; changes nothing. Later checks go on where earlier ones found faults. */
export async function diagnose({ flags, context, onStep }: DiagnoseOptions): Promise<readonly Finding[]> {
  const { env, system, callName, locations } = context;
  onStep('this machine');
  const ofMachine = [checkNode(system.nodeVersion), checkProxy(env), await checkWorkerPage(locations.aiStudioApp, callName)];
  const config = readConfig({ flags, context });
  if (Array.isArray(config)) return [...ofMachine, ...config];
  return [
    ...ofMachine,
    ok('configuration', 'The configuration is right.'),
    ...(await checkFiles(config, context)),
    ...(await checkNetwork(config, context, onStep)),
  ];
}

/** The configuration, or what is wrong with it. */
function readConfig({ flags, context }: Pick<DiagnoseOptions, 'flags' | 'context'>): Config | Finding[] {
  try {
    return loadConfig({ flags, env: context.env }).config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const remedy = `Mend it there; all settings: ${context.callName} serve --help, or docs/configuration.md.`;
    return error.problems.map((text) => problem('configuration', text, remedy));
  }
}

async function checkFiles(config: Config, { system }: Context): Promise<readonly Finding[]> {
  const ofFolder = await checkDataFolder(config.dataFolder, system);
  if (ofFolder.some(({ severity, check }) => severity === 'problem' && check === 'data-folder')) return ofFolder;
  return [...ofFolder, ...(await checkSecrets(config.dataFolder, system))];
}

async function checkNetwork(config: Config, context: Context, onStep: (what: string) => void): Promise<readonly Finding[]> {
  const { system, request, callName, env } = context;
  const { host, port, dataFolder, upstreamUrl, tlsCert, tlsKey } = config;
  onStep(`the clock, by ${new URL(upstreamUrl).host}`);
  const url = await gatewayUrl(config);
  const clientKey = (await readFile(join(dataFolder, 'client-key'), 'utf8').catch(() => '')).trim() || undefined;
  const findings = [
    await checkTls({ certificatePath: tlsCert, keyPath: tlsKey, now: system.now() }),
    await checkNameResolution(host, system),
    ...checkTools({ env, url, clientKey }),
    await checkClock({ request, now: system.now, url: upstreamUrl }),
  ];
  const exposure = checkExposure({ host, isLoopback: isLoopbackName(host), hasTls: tlsCert !== undefined });
  if (exposure !== undefined) findings.push(exposure);

  onStep(`the gateway at ${url}`);
  const found = await findGateway(request, url);
  if (found !== 'gateway') {
    findings.push(await checkAddress({ host, port, callName, system }), await checkStore(join(dataFolder, storeFile)));
    if (found === undefined) findings.push(note('gateway', `No gateway answers at ${url}.`, `Start one: ${callName} serve`));
    return findings;
  }
  findings.push(...(await checkGateway({ ...context, url, dataFolder, adminToken: await readAdminToken(dataFolder) })));
  // Without a worker a call fails for the reason that is named already.
  const isServed = !findings.some(({ check, severity }) => check === 'workers' && severity === 'problem');
  if (clientKey !== undefined && isServed) {
    onStep('a real call');
    findings.push(await checkCall({ request, url, clientKey, now: system.now }));
  }
  return findings;
}
