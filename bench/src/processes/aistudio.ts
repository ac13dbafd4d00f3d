import { createAiStudio } from '@gemini-proxy/emulator/aistudio';
import { announceReady, childOptions } from './child-process.ts';

/** AI Studio, simulated, with an app in its frame; its API listener is the TLS and HTTP/2 upstream of pages. */
export interface AiStudioProcessOptions {
  readonly upstreamUrl: string;
  readonly appFolder: string;
}

export interface AiStudioReady {
  /** The app in its frame, its `fetch` hooked. */
  readonly framedUrl: string;
  /** The app by itself, its `fetch` Chromium's own. */
  readonly plainUrl: string;
  readonly chromiumArguments: readonly string[];
}

const options = childOptions<AiStudioProcessOptions>();
const studio = await createAiStudio({
  upstream: options.upstreamUrl,
  sessionSecret: 'bench',
  appDirectory: options.appFolder,
  switches: { activationGate: 'off' },
});
announceReady({
  framedUrl: studio.url,
  plainUrl: `${studio.frameOrigin}/`,
  chromiumArguments: studio.chromiumArguments,
} satisfies AiStudioReady);
