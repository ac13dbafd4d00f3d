import type { RequestHead } from '@gemini-proxy/protocol';
import type { Execute, RequestBody, UpstreamResponse } from '../worker.ts';

/** Another way to get the same answer, where the way that the client chose is known not to work. */
export interface Adaptation {
  /** Stands in the worker's capabilities and in the log line of each request that was adapted. */
  readonly name: string;
  applies(request: RequestHead): boolean;
  /** Executes the request the other way; the answer is in the form that the client expects. It says `adaptation: undefined` where nothing had to be changed. */
  execute(call: AdaptedCall): Promise<UpstreamResponse>;
}

interface AdaptedCall {
  readonly request: RequestHead;
  readonly body: RequestBody;
  readonly signal: AbortSignal;
  readonly execute: Execute;
}

/** Wraps an executor; a request that no adaptation applies to passes unseen. */
export function createAdaptingExecutor(execute: Execute, adaptations: readonly Adaptation[]): Execute {
  if (adaptations.length === 0) return execute;
  return async (request, body, signal) => {
    const adaptation = adaptations.find((candidate) => candidate.applies(request));
    if (adaptation === undefined) return execute(request, body, signal);
    return { adaptation: adaptation.name, ...(await adaptation.execute({ request, body, signal, execute })) };
  };
}
