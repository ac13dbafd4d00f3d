import type { MeasuredProcess } from '../processes/cpu.ts';
import type { UpstreamReady } from '../processes/upstream.ts';
import type { LoadGenerator } from './load-target.ts';
import type { GatewayProcessOptions } from './start-gateway.ts';
import type { TargetName } from './target.ts';

/** What every target is started with. */
export interface Context {
  /** Ends what is started. */
  readonly stack: AsyncDisposableStack;
  readonly wanted: ReadonlySet<TargetName>;
  readonly options: GatewayProcessOptions;
  readonly upstream: UpstreamReady;
  readonly upstreamProcess: MeasuredProcess;
  readonly generator: LoadGenerator;
}
