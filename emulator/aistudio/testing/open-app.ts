import { fileURLToPath } from 'node:url';
import { type BrowserContext, chromium, type Frame, type Page } from 'playwright-core';
import { type AiStudio, type AiStudioOptions, createAiStudio } from '../aistudio.ts';
import { type StandInApi, standInSecret, startStandInApi } from './stand-in-api.ts';

/** The simulator over the stand-in API, open in a real Chromium, with the test app in its frame. */
export interface OpenApp extends AsyncDisposable {
  api: StandInApi;
  studio: AiStudio;
  context: BrowserContext;
  page: Page;
  frame: Frame;
}

const testAppDirectory = fileURLToPath(new URL('./app', import.meta.url));

const chromiumFlags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];

/** Opens the app with the gate off, unless the switches say otherwise. */
export async function openApp(options: Partial<AiStudioOptions> = {}): Promise<OpenApp> {
  await using stack = new AsyncDisposableStack();
  const api = stack.use(await startStandInApi());
  const studio = stack.use(
    await createAiStudio({
      upstream: api.url,
      sessionSecret: standInSecret,
      appDirectory: testAppDirectory,
      ...options,
      switches: { activationGate: 'off', ...options.switches },
    }),
  );
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [...chromiumFlags, '--disable-component-update', '--disable-sync', ...studio.chromiumArguments],
  });
  stack.defer(() => browser.close());
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(studio.url);
  const frame = await findFrame(page);
  const all = stack.move();
  return { api, studio, context, page, frame, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** The app's frame, once its page has loaded. */
export async function findFrame(page: Page): Promise<Frame> {
  const element = await page.waitForSelector('iframe[name=app]');
  const frame = await element.contentFrame();
  if (frame === null) throw new TypeError('The host page has no frame');
  await frame.waitForFunction('typeof window.start === "function"');
  return frame;
}

export const streamPath = '/v1beta/models/m:streamGenerateContent?alt=sse';
export const endlessPath = '/v1beta/models/endless:streamGenerateContent?alt=sse';
export const unaryPath = '/v1beta/models/m:generateContent';

export interface Answer {
  status: number;
  headers: Record<string, string>;
  text: string;
}

export interface Progress {
  status: number;
  text: string;
  isDone: boolean;
  error: string;
}

/** Makes a call through the frame's `window.fetch`. */
export function call({ frame }: OpenApp, path: string, init: object = {}): Promise<Answer> {
  return frame.evaluate(`window.call(${JSON.stringify(path)}, ${JSON.stringify(init)})`);
}

/** Starts a call through the frame's `window.fetch`; `progress` tells how far it is. */
export function start({ frame }: OpenApp, path: string, init: object = { method: 'POST', body: '{}' }): Promise<void> {
  return frame.evaluate(`window.start(${JSON.stringify(path)}, ${JSON.stringify(init)})`);
}

export function progress({ frame }: OpenApp): Promise<Progress> {
  return frame.evaluate('(({ status, text, isDone, error }) => ({ status, text, isDone, error }))(window.progress)');
}

/** What the host page holds. */
export function hostState({ page }: OpenApp): Promise<{ calls: number; waitingAtGate: number }> {
  return page.evaluate('window.aiStudioHost.debugState()');
}

/** Options of `expect.poll` for a machine that may be busy. */
export const patiently = { timeout: 15_000 };
