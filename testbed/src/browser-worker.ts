import { type AiStudio, type AiStudioSwitches, createAiStudio } from '@gemini-proxy/emulator/aistudio';
import type { Frame, Page } from 'playwright-core';
import { openBuiltApp } from './built-pages.ts';
import { type LaunchOptions, launchChromium, spawnChromium } from './chromium.ts';

export interface BrowserOptions extends LaunchOptions {
  /** Simulated connections of the page. Default 1. */
  readonly connections?: number;
  /** What makes the page's calls. Default: its `fetch`. */
  readonly executor?: 'fetch' | 'sdk';
  /** How AI Studio behaves. The activation gate is off unless it is named here. */
  readonly switches?: Partial<AiStudioSwitches>;
  /** Where the pages count as coming from; a `public` frame may not reach this machine unless it is delegated. Default `loopback`. */
  readonly addressSpace?: 'loopback' | 'public';
  /** Whether the gateway's address counts as one of the public internet, with `addressSpace: 'public'`. Default false. */
  readonly isGatewayPublic?: boolean;
  /** The token in the page's link; default the right one. */
  readonly token?: string;
  /** Whether the page is expected to become ready by itself. Default true. */
  readonly isExpectedReady?: boolean;
}

/** The worker page, open in Chromium as a user has it. */
export interface UnattendedBrowserWorker extends AsyncDisposable {
  readonly aiStudio: AiStudio;
  readonly connections: number;
  readonly isExpectedReady: boolean;
}

/** The same, with a debugging client to look into the page and to use it. */
export interface BrowserWorker extends UnattendedBrowserWorker {
  /** AI Studio's page. */
  readonly page: Page;
  /** The worker page in its frame. */
  readonly frame: Frame;
}

interface Surroundings {
  readonly upstream: string;
  readonly sessionSecret: string;
  readonly workerUrl: string;
  readonly token: string;
}

/** Builds the worker page as AI Studio would, and opens it in Chromium inside the simulator. */
export async function openBrowserWorker(options: BrowserOptions & Surroundings): Promise<BrowserWorker> {
  const { connections = 1, isExpectedReady = true } = options;
  await using opened = new AsyncDisposableStack();
  const aiStudio = opened.use(await startAiStudio(options));
  const context = await launchChromium(chromiumArgumentsOf(aiStudio, options), options);
  opened.defer(() => context.close());
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(aiStudio.url);
  const frame = await (await page.waitForSelector('iframe[name=app]')).contentFrame();
  if (frame === null) throw new Error('The host page of AI Studio has no app frame.');
  const all = opened.move();
  return { aiStudio, page, frame, connections, isExpectedReady, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** As `openBrowserWorker`, with nobody at Chromium's debugging port, to whom it would copy every body. */
export async function openUnattendedBrowserWorker(options: BrowserOptions & Surroundings): Promise<UnattendedBrowserWorker> {
  const { connections = 1, isExpectedReady = true } = options;
  await using opened = new AsyncDisposableStack();
  const aiStudio = opened.use(await startAiStudio(options));
  opened.use(await spawnChromium(aiStudio.url, chromiumArgumentsOf(aiStudio, options)));
  const all = opened.move();
  return { aiStudio, connections, isExpectedReady, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

function chromiumArgumentsOf(
  aiStudio: AiStudio,
  { isGatewayPublic = false, workerUrl }: BrowserOptions & Surroundings,
): string[] {
  const { host } = new URL(workerUrl);
  return aiStudio.chromiumArguments.map((argument) =>
    isGatewayPublic && argument.startsWith('--ip-address-space-overrides=') ? `${argument},${host}=public` : argument,
  );
}

/** AI Studio's simulator with the worker page in it, as a server; a browser is the caller's matter. */
async function startAiStudio(options: BrowserOptions & Surroundings): Promise<AiStudio> {
  await using started = new AsyncDisposableStack();
  const app = started.use(await openBuiltApp());
  const fragment = new URLSearchParams({
    endpoint: options.workerUrl,
    token: options.token,
    connections: String(options.connections ?? 1),
    executor: options.executor ?? 'fetch',
  });
  const aiStudio = started.use(
    await createAiStudio({
      upstream: options.upstream,
      sessionSecret: options.sessionSecret,
      appDirectory: app.directory,
      fragment: fragment.toString(),
      switches: { activationGate: 'off', ...options.switches },
      addressSpace: options.addressSpace ?? 'loopback',
    }),
  );
  const all = started.move();
  // The simulator knows how to close itself; the built app's folder goes with it.
  return {
    ...aiStudio,
    get switches() {
      return aiStudio.switches;
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
