import { join } from 'node:path';
import { type Config, createGateway, openSqliteStore, postponeMarking, youngGenerationCollector } from '@gemini-proxy/backend';
import { toGatewayOptions } from '../gateway-options.ts';
import { announceReady, childOptions } from './child-process.ts';

/** A gateway in a process of its own. */
export interface GatewayProcessOptions {
  readonly changes: Partial<Config>;
}

export interface GatewayReady {
  /** Base URL for clients. */
  readonly url: string;
}

const { changes } = childOptions<GatewayProcessOptions>();
// With a folder of its own it remembers, as the command-line program does.
const store = changes.dataFolder === undefined ? {} : { store: openSqliteStore(join(changes.dataFolder, 'gateway.sqlite')) };
postponeMarking();
const gateway = createGateway({ ...toGatewayOptions(changes), ...store, collect: youngGenerationCollector() });
const { url } = await gateway.listen();
announceReady({ url } satisfies GatewayReady, {
  state: () => gateway.debugState(),
  workers: () => gateway.workers(),
  counters: () => gateway.counters(),
  close: () => gateway.close(),
});
