import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AiStudio, buildApp, createAiStudio } from '@gemini-proxy/emulator/aistudio';
import { createGeminiEmulator, type GeminiEmulator } from '@gemini-proxy/emulator/gemini';
import { builtFolders } from '@gemini-proxy/testbed';
import type { FrameLocator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findViolations, type Look, launchBrowser, openConsole, watchForProblems } from './console/open-console.ts';
import { startProgram } from './console/started-program.ts';

const sessionSecret = 'emulator-session';
/** Where pictures of the steps go: FIRST_RUN_IMAGES=docs/images. Then every look is gone through, else one. */
const imageFolder = process.env.FIRST_RUN_IMAGES;
const themes = ['light', 'dark'] as const;
const everyLook = (['en', 'zh'] as const).flatMap((language) => themes.map((theme) => ({ language, theme, width: 1_000 })));
const looks: readonly Look[] = imageFolder === undefined ? [{ language: 'en', theme: 'light', width: 1_000 }] : everyLook;

/** What is said on the pages, as far as it is looked for. */
const words = {
  en: { copy: 'Copy', connect: 'Connect', waitingForYou: 'Waiting for you', ready: 'Ready', ask: 'Ask', clickOnce: 'Click once' },
  zh: { copy: '复制', connect: '连接', waitingForYou: '等待您的操作', ready: '就绪', ask: '提问', clickOnce: '请点击一次' },
} as const;

let emulator: GeminiEmulator;

beforeAll(async () => {
  emulator = createGeminiEmulator({ sessionSecret, defaults: { chunkIntervalMs: 40, chunkBytes: 24 } });
  await Promise.all([emulator.listen(), builtFolders()]);
});
afterAll(() => emulator?.[Symbol.asyncDispose]());

describe.each(looks)('a first run in $language, $theme', (look) => {
  it('takes three steps from nothing to an answer: start, paste, activate', async () => {
    const text = words[look.language];
    const steps: string[] = [];
    const shoot = (page: Page, name: string) => takePicture(page, `first-run-${name}-${look.language}-${look.theme}`);
    await using cleanUp = new AsyncDisposableStack();

    steps.push('start the gateway, and open the link that it prints');
    const { output } = cleanUp.use(await startProgram());
    const [link = ''] = output.match(/http:\S+\/console#\S+/) ?? [];
    const simulator = cleanUp.use(await simulateAiStudio());
    const browser = await launchBrowser(simulator.chromiumArguments);
    cleanUp.defer(() => browser.close());
    const { page: wizard, context, problems } = cleanUp.use(await openConsole(browser, link, look));
    await wizard.locator('[data-step="2"][data-current]').waitFor();
    expect(await wizard.locator('.steps > li').count()).toBe(3);
    await wizard.locator('.page-files li').first().waitFor();
    await shoot(wizard, '1-wizard');

    steps.push('paste the files that the wizard gives into an app in AI Studio, and open it');
    await simulator.paste({
      'index.html': await copied(wizard, `${text.copy} index.html`),
      'index.tsx': await copied(wizard, `${text.copy} index.tsx`),
    });
    const pairing = await copied(wizard, new RegExp(look.language === 'zh' ? '复制配对链接' : 'Copy the pairing link'));
    const studio = await context.newPage();
    const studioProblems = watchForProblems(studio);
    await studio.goto(simulator.aiStudio.url);
    const app = studio.frameLocator('iframe[name=app]');
    await app.locator('.headline[data-state="no-token"]').waitFor();

    steps.push('activate it: the pairing link, and a click');
    await app.locator('input[name=endpoint]').fill(pairing);
    await shoot(studio, '2-worker-page');
    await app.getByRole('button', { name: text.connect, exact: true }).click();
    await app.getByRole('heading', { name: text.waitingForYou }).waitFor({ timeout: 60_000 });
    await wizard.locator('[data-step="3"]').getByText(text.clickOnce, { exact: true }).waitFor();
    await shoot(studio, '3-click-once');
    await shoot(wizard, '3-wizard-click-once');
    await clickAndMove(studio, app);
    await app.getByRole('heading', { name: text.ready }).waitFor();

    for (const step of [1, 2, 3]) await wizard.locator(`[data-step="${step}"][data-done]`).waitFor();
    await shoot(wizard, '4-ready');
    await wizard.getByRole('button', { name: text.ask }).click();
    await wizard.locator('[data-answer=answered]').waitFor();
    expect((await wizard.locator('.answer').textContent())?.length).toBeGreaterThan(20);
    await wizard.locator('.answer').scrollIntoViewIfNeeded();
    await shoot(wizard, '5-answer');

    expect(steps).toHaveLength(3);
    expect(await findViolations(wizard)).toEqual([]);
    const appFrame = studio.frame('app');
    expect(appFrame === null ? ['no frame'] : await findViolations(appFrame)).toEqual([]);
    expect([...problems, ...studioProblems]).toEqual([]);
  });
});

interface Simulator extends AsyncDisposable {
  readonly aiStudio: AiStudio;
  readonly chromiumArguments: readonly string[];
  /** Saves the files as the app's. */
  paste(files: Readonly<Record<string, string>>): Promise<void>;
}

/** AI Studio with an app that is still empty. */
async function simulateAiStudio(): Promise<Simulator> {
  await using started = new AsyncDisposableStack();
  // Below this folder, so that the app finds React as it does in AI Studio.
  await mkdir(join(import.meta.dirname, 'dist'), { recursive: true });
  const source = await mkdtemp(join(import.meta.dirname, 'dist', 'app-'));
  started.defer(() => rm(source, { recursive: true, force: true }));
  const served = await mkdtemp(join(import.meta.dirname, 'dist', 'served-'));
  started.defer(() => rm(served, { recursive: true, force: true }));
  const aiStudio = started.use(
    await createAiStudio({
      upstream: emulator.url,
      sessionSecret,
      appDirectory: served,
      switches: { activationGate: 'strict' },
    }),
  );
  const all = started.move();
  return {
    aiStudio,
    chromiumArguments: aiStudio.chromiumArguments,
    async paste(files) {
      for (const [name, text] of Object.entries(files)) await writeFile(join(source, name), text);
      await using built = await buildApp(source);
      await cp(built.directory, served, { recursive: true });
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** Presses a copy button, and gives what is in the clipboard then. */
async function copied(page: Page, name: string | RegExp): Promise<string> {
  await page.bringToFront();
  await page.evaluate(`navigator.clipboard.writeText('')`);
  await page.getByRole('button', { name }).click();
  await page.waitForFunction(`navigator.clipboard.readText().then((text) => text !== '')`);
  return page.evaluate('navigator.clipboard.readText()');
}

/** What a person does to a page: a click, and a mouse that moves. */
async function clickAndMove(page: Page, app: FrameLocator): Promise<void> {
  await page.bringToFront();
  const place = await app.locator('h1').first().boundingBox();
  const { x, y } = place ?? { x: 100, y: 100 };
  await page.mouse.move(x, y);
  await page.mouse.move(x + 200, y + 120, { steps: 60 });
  await app.locator('.headline h2').click();
}

async function takePicture(page: Page, name: string): Promise<void> {
  if (imageFolder === undefined) return;
  await page.bringToFront();
  await page.screenshot({ path: join(imageFolder, `${name}.png`), animations: 'disabled' });
}
