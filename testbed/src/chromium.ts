import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';

const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** What every Chromium of ours is started with: no window, no sandbox (it may run as root), and no talk with the world. */
export const chromiumArguments = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
] as const;

/** Path of a Chromium on this machine; where `CHROMIUM_PATH` is set, that one or none. `undefined` if there is none. */
export function findChromium(): string | undefined {
  const named = process.env.CHROMIUM_PATH;
  return (named === undefined || named === '' ? usualPlaces : [named]).find((path) => existsSync(path));
}

function requireChromium(): string {
  const path = findChromium();
  if (path === undefined)
    throw new Error('No Chromium was found: install it (Debian: apt-get install chromium) or name it in CHROMIUM_PATH.');
  return path;
}

export interface LaunchOptions {
  /** Whether SIGINT and SIGTERM are the caller's matter. By default playwright ends Chromium, and with it the process. */
  readonly leavesSignals?: boolean;
}

/** Starts Chromium under playwright's control, with a fresh profile. Closing the context ends it. */
export async function launchChromium(
  extraArguments: readonly string[] = [],
  { leavesSignals = false }: LaunchOptions = {},
): Promise<BrowserContext> {
  return chromium.launchPersistentContext('', {
    executablePath: requireChromium(),
    handleSIGINT: !leavesSignals,
    handleSIGTERM: !leavesSignals,
    args: [...chromiumArguments, ...extraArguments],
    ignoreDefaultArgs: ['--hide-scrollbars'],
    ignoreHTTPSErrors: true,
  });
}

/** Starts Chromium on a page with no debugging client attached, which would halve its speed. Disposing ends it and removes its profile. */
export async function spawnChromium(
  url: string,
  extraArguments: readonly string[] = [],
): Promise<AsyncDisposable & { readonly process: ChildProcess }> {
  const profile = await mkdtemp(join(tmpdir(), 'gemini-proxy-chromium-'));
  const child = spawn(requireChromium(), [...chromiumArguments, `--user-data-dir=${profile}`, ...extraArguments, url], {
    stdio: 'ignore',
  });
  return {
    process: child,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = new Promise((resolve) => child.once('exit', resolve));
        child.kill();
        await exited;
      }
      await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}
