import { type Config, createGateway } from '@gemini-proxy/backend';
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

const gateway = createGateway(toGatewayOptions(childOptions<GatewayProcessOptions>().changes));
const { url } = await gateway.listen();
announceReady({ url } satisfies GatewayReady);
