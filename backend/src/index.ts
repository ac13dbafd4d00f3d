export { type LoadedSecrets, loadOrCreateSecrets, type Secrets } from './auth/secrets.ts';
export { type Config, workerPath } from './config/config.ts';
export { defaultConfig } from './config/default-config.ts';
export { type Setting, settings } from './config/schema.ts';
export { type ErrorForm, GatewayError, type GatewayErrorReason, gatewayErrors, toGoogleErrorBody } from './errors.ts';
export type { Counters, Log } from './events.ts';
export { createGateway, type Gateway, type GatewayAddress, type GatewayDebugState, type GatewayOptions } from './gateway.ts';
export { createLogger, type Logger, type LoggerOptions } from './logger.ts';
export type { WorkerState, WorkerView } from './pool/worker.ts';
