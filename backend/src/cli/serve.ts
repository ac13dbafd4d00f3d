import { join } from 'node:path';
import { loadOrCreateSecrets } from '../auth/secrets.ts';
import { postponeMarking, youngGenerationCollector } from '../bulk-memory.ts';
import { type LoadedConfig, loadConfig } from '../config/load-config.ts';
import { createLogger } from '../logger.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import { type Context, printJson } from './context.ts';
import { exitCodes } from './exit-code.ts';
import { configuredUrl } from './gateway-url.ts';
import { judgeOfficialKey } from './official-key.ts';
import { announceGateway } from './running-gateway.ts';
import { keysText, reachableUrl, type StartUpFacts, startUpFacts, startUpText, workerUrl } from './start-up-text.ts';
import { listenForStop } from './stop-signals.ts';

/** What was written on the command line. */
export interface ServeArguments {
  /** Values by setting name, and `config`. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly unknownArguments: readonly string[];
  readonly showKeys: boolean;
  /** Facts instead of text. */
  readonly isJson: boolean;
}

/** In the data folder, mode 0600. */
export const storeFile = 'gateway.sqlite';

/** Composes configuration, secrets, gateway and keyed worker, says what to do next, and runs until a signal comes. */
export async function serve(given: ServeArguments, surroundings: Context): Promise<void> {
  const { env, writeOutput, writeError } = surroundings;
  const { config, sources } = loadConfig({ ...given, env });
  const { dataFolder, upstreamUrl } = config;
  const { created, warnings, ...secrets } = await loadOrCreateSecrets(dataFolder);
  for (const warning of warnings) writeError(`${warning}\n`);
  const { apiKey, notice } = judgeOfficialKey(config.apiKey, apiKeySource(sources), secrets);

  if (given.showKeys) {
    const url = configuredUrl(config);
    const { clientKey, workerToken } = secrets;
    if (given.isJson) printJson(surroundings, { url, dataFolder, clientKey, workerToken });
    else writeOutput(keysText({ url, dataFolder, secrets }));
    return;
  }

  using store = openSqliteStore(join(dataFolder, storeFile));
  using stop = listenForStop({
    signals: surroundings.signals,
    now: () => performance.now(),
    onInsist: () => surroundings.exit(exitCodes.failure),
  });
  const logger = createLogger({
    level: config.logLevel,
    secrets: [...Object.values(secrets), ...(config.apiKey === undefined ? [] : [config.apiKey])],
  });
  const { version, locations } = surroundings;
  postponeMarking();
  const gateway = await surroundings.createGateway({
    config: { ...config, apiKey },
    secrets,
    logger,
    store,
    sources,
    version,
    collect: youngGenerationCollector(),
    folders: { console: locations.console, workerPage: locations.aiStudioApp },
  });
  try {
    const url = reachableUrl((await gateway.listen()).url);
    await using _worker =
      apiKey === undefined
        ? undefined
        : await surroundings.startKeyedWorker({
            gatewayUrl: workerUrl(url),
            token: secrets.workerToken,
            apiKey,
            upstreamUrl,
            deadlines: { firstByteMs: config.firstByteTimeoutMs, idleMs: config.idleTimeoutMs },
          });
    using _announced = await announceGateway(dataFolder, url);
    const facts: StartUpFacts = {
      url,
      consoleUrl: gateway.createConsoleLink(url).url,
      host: config.host,
      dataFolder,
      secrets: created ? secrets : undefined,
      keyedUpstreamUrl: apiKey === undefined ? undefined : upstreamUrl,
      notices: notice === undefined ? [] : [notice],
      callName: surroundings.callName,
      aiStudioApp: locations.aiStudioApp,
    };
    // On one line: a program that reads it cannot wait for the end.
    if (given.isJson) writeOutput(`${JSON.stringify(startUpFacts(facts))}\n`);
    else writeOutput(startUpText(facts));
    await stop.requested;
    if (!given.isJson) writeOutput('Stopping: running requests may finish. Press Ctrl-C again to stop at once.\n');
    // Before the keyed worker ends: some of the last requests may be its own.
    await gateway.close();
  } catch (error) {
    await gateway.close();
    throw error;
  }
}

function apiKeySource(sources: LoadedConfig['sources']) {
  return sources.get('apiKey') ?? { kind: 'default', name: 'default' };
}
