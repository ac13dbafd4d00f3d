import { startChild } from '@gemini-proxy/testbed';
import type { AiStudioProcessOptions, AiStudioReady } from '../processes/aistudio.ts';
import type { MeasuredProcess } from '../processes/cpu.ts';
import type { UpstreamReady } from '../processes/upstream.ts';
import { processEntry } from './load-target.ts';

/** A place where an app can be opened: its URL, without a fragment, and what Chromium needs to get there. */
export interface AppPlace {
  readonly url: string;
  /** The same for both places. */
  readonly appOrigin: string;
  readonly chromiumArguments: readonly string[];
  /** Processes, besides the browser and the upstream, that work for an app there. */
  readonly processes: readonly MeasuredProcess[];
}

export interface AiStudioPlaces {
  /** In AI Studio's frame: calls go through the hook, the host page and its server. */
  readonly framed: AppPlace;
  /** By itself: calls go straight to the upstream's HTTP/2 listener. */
  readonly plain: AppPlace;
}

/** Starts AI Studio, simulated, with an app in it. */
export async function startAiStudio(
  stack: AsyncDisposableStack,
  { upstream, appFolder }: { readonly upstream: UpstreamReady; readonly appFolder: string },
): Promise<AiStudioPlaces> {
  const studioOptions: AiStudioProcessOptions = { upstreamUrl: upstream.url, appFolder };
  const studio = stack.use(await startChild<AiStudioReady>(processEntry('aistudio'), studioOptions));
  const { framedUrl, plainUrl, chromiumArguments } = studio.ready;
  const appOrigin = new URL(plainUrl).origin;
  const processes = [{ role: 'simulator', pid: studio.pid, isTree: false }];
  return {
    framed: { url: framedUrl, appOrigin, chromiumArguments, processes },
    plain: { url: plainUrl, appOrigin, chromiumArguments: withApiAt(upstream.securePort, chromiumArguments), processes: [] },
  };
}

/** The same arguments, with the API's name leading straight to the upstream instead of through the simulator's server. */
function withApiAt(port: number, chromiumArguments: readonly string[]): readonly string[] {
  const apiRule = /(?<=MAP generativelanguage\.googleapis\.com:443 127\.0\.0\.1:)\d+/;
  if (!chromiumArguments.some((argument) => apiRule.test(argument)))
    throw new Error('the simulator maps the API differently now');
  return chromiumArguments.map((argument) => argument.replace(apiRule, String(port)));
}
