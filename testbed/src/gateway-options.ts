import { type Config, createLogger, defaultConfig, type GatewayOptions } from '@gemini-proxy/backend';

/** Keys of every gateway that the testbed starts; the real ones are random. */
export const testSecrets = { clientKey: 'gp-client-testbed', workerToken: 'gp-worker-testbed' } as const;

/** A quiet gateway on a free port, with everything else as users have it. */
export function toGatewayOptions(changes: Partial<Config> = {}): GatewayOptions {
  const config: Config = { ...defaultConfig, port: 0, logLevel: 'silent', ...changes };
  return { config, secrets: testSecrets, logger: createLogger({ level: config.logLevel, secrets: Object.values(testSecrets) }) };
}
