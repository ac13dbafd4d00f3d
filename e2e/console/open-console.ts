import { chromiumArguments, findChromium } from '@gemini-proxy/testbed';
import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/** How a user has the browser. */
export interface Look {
  readonly language: 'en' | 'zh';
  readonly theme: 'light' | 'dark';
  readonly width: number;
}

export const usualLook: Look = { language: 'en', theme: 'light', width: 1280 };

export interface OpenConsole extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors and warnings in the browser's console, exceptions, failed requests, answers of an error; none in a good run. */
  readonly problems: readonly string[];
}

export function launchBrowser(extraArguments: readonly string[] = []): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('No Chromium was found.');
  return chromium.launch({ executablePath, args: [...chromiumArguments, ...extraArguments] });
}

/** Signs a fresh browser profile in by a one-time link. */
export async function openConsole(browser: Browser, link: string, look: Look = usualLook): Promise<OpenConsole> {
  const { language, theme, width } = look;
  const context = await browser.newContext({
    viewport: { width, height: width < 500 ? 844 : 860 },
    locale: language === 'zh' ? 'zh-CN' : 'en-US',
    colorScheme: theme,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const problems = watchForProblems(page);
  await page.goto(link);
  return { page, context, problems, [Symbol.asyncDispose]: () => context.close() };
}

export function watchForProblems(page: Page): readonly string[] {
  const problems: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`exception: ${error.message}`));
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? '';
    // What the page itself gives up, such as a stream of events that it leaves.
    if (reason !== 'net::ERR_ABORTED') problems.push(`failed: ${request.url()} ${reason}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
  });
  return problems;
}

export const pageNames = ['setup', 'overview', 'workers', 'requests', 'files', 'keys', 'settings', 'logs'] as const;

/** Goes to a page by its address, and waits until it is drawn, with what it fetches. */
export async function goTo(page: Page, name: string): Promise<void> {
  await page.evaluate((fragment) => {
    location.hash = fragment;
  }, `#/${name}`);
  await page.locator(`nav a[href="#/${name.split('/')[0]}"][aria-current=page]`).waitFor({ state: 'attached' });
  await page.locator('#page-title').waitFor();
  await page.locator('main [role=status][aria-label]').waitFor({ state: 'detached' });
}

interface AxeNode {
  readonly target: readonly unknown[];
  readonly failureSummary?: string;
}

/** What axe has to say against the page or frame as it is now. */
export async function findViolations(frame: Pick<Page, 'evaluate'>): Promise<readonly string[]> {
  await frame.evaluate(`${axe.source};0`);
  const violations: readonly { readonly id: string; readonly nodes: readonly AxeNode[] }[] = await frame.evaluate(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)`,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  );
}
