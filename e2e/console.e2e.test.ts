import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Behaviour } from '@gemini-proxy/emulator/gemini';
import { type Stack, startStack, waitUntil } from '@gemini-proxy/testbed';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AnswerGate } from './answer-gate.ts';
import { findUnreachable } from './console/keyboard.ts';
import { findViolations, goTo, type Look, launchBrowser, openConsole, pageNames, usualLook } from './console/open-console.ts';

let stack: Stack;
let browser: Browser;
/** A model that stops halfway through its answer until it is let go on. */
const haltingModel = 'halting';
const gate = new AnswerGate();

beforeAll(async () => {
  [stack, browser] = await Promise.all([
    startStack({
      hasConsole: true,
      workers: 2,
      emulator: {
        behaviour: ({ model }) => (model === haltingModel ? haltingAnswer() : { chunkIntervalMs: 20, chunkBytes: 24 }),
      },
    }),
    launchBrowser(),
  ]);
  for (let count = 0; count < 3; count += 1) await ask('Tell me of the sea.');
  await upload('notes.txt', 'To be remembered.');
});
afterAll(async () => {
  await browser?.close();
  await stack?.[Symbol.asyncDispose]();
});

const linkOf = () => stack.gateway.createConsoleLink(stack.baseUrl).url;
const open = (look?: Look) => openConsole(browser, linkOf(), look);

function event(part: object): string {
  return `data: ${JSON.stringify({ candidates: [part] })}\r\n\r\n`;
}

/** An answer that stops halfway until the gate opens. */
function haltingAnswer(): Behaviour {
  return gate.hold(
    event({ content: { parts: [{ text: 'The first half, ' }] } }),
    event({ content: { parts: [{ text: 'and the second.' }] }, finishReason: 'STOP' }),
    'text/event-stream',
  );
}

function ask(text: string, apiKey = stack.clientKey): Promise<Response> {
  return fetch(`${stack.baseUrl}/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse`, {
    method: 'POST',
    headers: { 'x-goog-api-key': apiKey, 'content-type': 'application/json' },
    body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text }] }] }),
  }).then(async (response) => {
    await response.arrayBuffer();
    return response;
  });
}

async function upload(name: string, content: string): Promise<void> {
  const response = await fetch(`${stack.baseUrl}/upload/v1beta/files`, {
    method: 'POST',
    headers: {
      'x-goog-api-key': stack.clientKey,
      'x-goog-upload-protocol': 'multipart',
      'content-type': 'multipart/related; boundary=next',
    },
    body: [
      `--next\r\ncontent-type: application/json\r\n\r\n${JSON.stringify({ file: { displayName: name } })}`,
      `--next\r\ncontent-type: text/plain\r\n\r\n${content}`,
      '--next--\r\n',
    ].join('\r\n'),
  });
  expect(response.status).toBe(200);
  await response.arrayBuffer();
}

/** Both themes, both languages, both widths; each combination of them with CONSOLE_LOOKS=all. */
const looks: readonly Look[] =
  process.env.CONSOLE_LOOKS === 'all'
    ? (['en', 'zh'] as const).flatMap((language) =>
        (['light', 'dark'] as const).flatMap((theme) => [1280, 390].map((width) => ({ language, theme, width }))),
      )
    : [usualLook, { language: 'zh', theme: 'dark', width: 390 }];

describe.each(looks)('the console in $language, $theme, $width pixels wide', (look) => {
  it('has nothing that axe objects to, nothing that sticks out, and no trouble on any page', async () => {
    await using opened = await open(look);
    const { page, problems } = opened;
    for (const name of pageNames) {
      await goTo(page, name);
      expect(await findViolations(page), name).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), name).toBeLessThanOrEqual(0);
      expect(await page.evaluate('document.documentElement.lang'), name).toBe(look.language === 'zh' ? 'zh-CN' : 'en');
    }
    expect(problems).toEqual([]);
  });
});

describe('the door of the console', () => {
  it('opens to a link once, and says how to get another', async () => {
    const link = linkOf();
    await using first = await openConsole(browser, link);
    await first.page.locator('nav').waitFor();
    expect(first.page.url()).not.toContain('code');
    await first.page.reload();
    await first.page.locator('nav').waitFor();

    await using second = await openConsole(browser, link);
    await second.page.getByText('This link is used up').waitFor();
    await second.page.getByText('gemini-proxy open').waitFor();
    expect(await findViolations(second.page)).toEqual([]);
    await second.page.getByLabel('Link').fill(linkOf());
    await second.page.keyboard.press('Enter');
    await second.page.locator('nav').waitFor();
  });

  it('closes behind who signs out', async () => {
    await using opened = await open();
    await goTo(opened.page, 'keys');
    await opened.page.getByRole('button', { name: 'Sign out' }).click();
    await opened.page.getByText('The session is over.').waitFor();
    await opened.page.reload();
    await opened.page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(opened.problems).toEqual([]);
  });
});

describe('the keyboard', () => {
  it('reaches everything on every page', async () => {
    await using opened = await open();
    for (const name of pageNames) {
      await goTo(opened.page, name);
      expect(await findUnreachable(opened.page), name).toEqual([]);
    }
  });

  it('goes to a page, lands on its title, opens a request, and closes it', async () => {
    await using opened = await open();
    const { page } = opened;
    await goTo(page, 'overview');
    await page.locator('nav a[href="#/requests"]').focus();
    await page.keyboard.press('Enter');
    await waitUntil(() => page.evaluate('document.activeElement.id === "page-title"'), { what: 'the focus on the title' });
    await page.locator('tbody a').first().focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Request' });
    await dialog.getByText('First byte').first().waitFor();
    expect(await findViolations(page)).toEqual([]);
    for (const tab of ['Head', 'Conversation', 'Tools', 'Raw']) {
      await dialog.getByRole('tab', { selected: true }).focus();
      await page.keyboard.press('ArrowRight');
      await dialog.getByRole('tab', { name: tab, selected: true }).waitFor();
      expect(await findViolations(page), tab).toEqual([]);
    }
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    expect(page.url()).toContain('#/requests');
    expect(opened.problems).toEqual([]);
  });
});

describe('the pages', () => {
  it('stream a real answer to a question, and show its request as it runs', async () => {
    await using opened = await open();
    await using watching = await open();
    const { page } = opened;
    await goTo(page, 'setup');
    await page.getByLabel('Model', { exact: true }).fill(haltingModel);
    await page.getByRole('button', { name: 'Ask' }).click();
    await page.locator('[data-answer=asking] .answer', { hasText: 'The first half,' }).waitFor();
    await goTo(watching.page, 'requests');
    const request = watching.page.locator('tbody tr', { hasText: haltingModel });
    await request.getByText('Running', { exact: true }).waitFor();
    gate.open();
    await page.locator('[data-answer=answered] .answer').waitFor();
    expect(await page.locator('.answer').textContent()).toBe('The first half, and the second.');
    await page.getByText('first words after').waitFor();
    await request.getByText('200', { exact: true }).waitFor();
    expect([...opened.problems, ...watching.problems]).toEqual([]);
  });

  it('give the settings of a tool to the clipboard, with address and key', async () => {
    await using opened = await open();
    const { page } = opened;
    await goTo(page, 'setup');
    await page.getByRole('tab', { name: 'curl' }).click();
    await page.getByRole('button', { name: 'Copy Shell' }).click();
    await page.getByText('Copied').waitFor();
    const copied: string = await page.evaluate('navigator.clipboard.readText()');
    expect(copied).toContain(`export GEMINI_API_KEY=${stack.clientKey}`);
    expect(copied).toContain(stack.baseUrl);
  });

  it('hand out the files of the worker page, one by one and as an archive', async () => {
    await using opened = await open();
    const { page } = opened;
    await goTo(page, 'setup');
    await page.getByRole('button', { name: 'Copy index.html' }).click();
    await page.getByText('Copied').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toContain('<div id="root">');
    await page.getByText('Import all files').click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download as zip' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('gemini-proxy-worker-page.zip');
    expect(await download.failure()).toBeNull();
  });

  it('pause a worker, resume it, and give it a name', async () => {
    await using opened = await open();
    const { page } = opened;
    await goTo(page, 'workers');
    const card = page.locator('[data-worker=node-1]');
    await card.getByRole('button', { name: 'Pause node-1' }).click();
    await card.getByText('Paused', { exact: true }).waitFor();
    await page.getByText('1 of 2 ready').waitFor();
    await card.getByRole('button', { name: 'Resume node-1' }).click();
    await card.getByText('Ready', { exact: true }).waitFor();
    await card.getByRole('button', { name: 'More for node-1' }).click();
    await page.getByRole('menuitem', { name: 'Rename' }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole('menuitem', { name: 'Rename' }).click();
    const dialog = page.getByRole('dialog', { name: 'Rename node-1' });
    await dialog.getByLabel('Name').fill('The first');
    expect(await findViolations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await card.getByRole('heading', { name: 'The first' }).waitFor();
    expect(opened.problems).toEqual([]);
  });

  it('show requests as they come, those that fit a search, and what was said where it is kept', async () => {
    await using opened = await open();
    const { page } = opened;
    await goTo(page, 'requests');
    await page.getByLabel('Keep bodies').click({ force: true });
    await page.getByText('kept in memory').waitFor();
    const before = await page.locator('tbody tr').count();
    await ask('What is kept?');
    await waitUntil(async () => (await page.locator('tbody tr').count()) > before, { what: 'the new request' });
    await page.locator('tbody a').first().click();
    const dialog = page.getByRole('dialog', { name: 'Request' });
    await dialog.getByRole('tab', { name: 'Conversation' }).click();
    await dialog.getByText('What is kept?', { exact: true }).waitFor();
    await dialog.getByText('Ended with STOP').waitFor();
    await dialog.getByRole('button', { name: 'Copy as curl' }).click();
    expect(await page.evaluate('navigator.clipboard.readText()')).toContain('What is kept?');
    await dialog.getByRole('button', { name: 'Send again' }).click();
    await dialog.getByText('Sent again from').waitFor();
    await page.keyboard.press('Escape');
    await page.getByPlaceholder('Any state').click();
    await page.getByRole('option', { name: 'Done' }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    await page.getByRole('option', { name: 'Done' }).click();
    await page.locator('tbody tr').first().waitFor();
    await page.getByLabel('Search path, operation, worker, id').fill('no such thing');
    await page.getByText('No request fits').waitFor();
    await page.getByLabel('Search path, operation, worker, id').fill('streamGenerate');
    await page.locator('tbody tr').first().waitFor();
    await page.getByRole('button', { name: 'Forget them' }).click();
    await page.getByRole('button', { name: 'Forget them' }).waitFor({ state: 'hidden' });
    await page.getByLabel('Keep bodies').click({ force: true });
    expect(opened.problems).toEqual([]);
  });

  it('list files, and delete them at the Gemini API', async () => {
    await using opened = await open();
    const { page } = opened;
    await upload('doomed.txt', 'Not for long.');
    await goTo(page, 'files');
    await page.getByRole('button', { name: 'Delete doomed.txt' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete doomed.txt' });
    expect(await findViolations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByText('doomed.txt').waitFor({ state: 'detached' });
    expect(opened.problems).toEqual([]);
  });

  it('make a key, which works until it is revoked', async () => {
    await using opened = await open();
    const { page } = opened;
    await goTo(page, 'keys');
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByLabel('Name').fill('Laptop');
    await page.getByRole('button', { name: 'Make it' }).click();
    const dialog = page.getByRole('dialog', { name: 'Key for Laptop' });
    const key = (await dialog.locator('pre').textContent()) ?? '';
    expect(await findViolations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Done' }).click();
    expect((await ask('With the new key', key)).status).toBe(200);
    await page.getByRole('button', { name: 'Revoke Laptop' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('row', { name: /Laptop/ }).waitFor({ state: 'detached' });
    expect((await ask('With the revoked key', key)).status).toBe(400);
    expect(opened.problems).toEqual([]);
  });

  it('say where a setting comes from, and find it', async () => {
    await using opened = await open();
    const { page } = opened;
    await goTo(page, 'settings');
    await page.getByLabel('Search settings').fill('first-byte');
    await page.getByRole('row', { name: /--first-byte-timeout/ }).waitFor();
    expect(await page.locator('tbody tr').count()).toBe(1);
  });

  it('follow the log', async () => {
    await using opened = await open();
    const { page } = opened;
    await goTo(page, 'logs');
    await ask('With a wrong key', 'gp-client-wrong');
    await page.getByText('request-refused').first().waitFor();
    expect(opened.problems).toEqual([]);
  });

  it('change language and theme, and remember both', async () => {
    await using opened = await open();
    const { page } = opened;
    await goTo(page, 'overview');
    await page.getByRole('button', { name: '中文' }).click();
    await page.getByRole('heading', { name: '概览' }).waitFor();
    await page.getByRole('button', { name: '主题：跟随系统' }).click();
    await page.getByRole('button', { name: '主题：浅色' }).click();
    await page.reload();
    await page.getByRole('heading', { name: '概览' }).waitFor();
    expect(await page.evaluate('document.documentElement.dataset.mantineColorScheme')).toBe('dark');
    expect(opened.problems).toEqual([]);
  });
});

describe('a gateway that goes away', () => {
  it('is told of at once, and the page goes on when it is back, signed in or not', async () => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'console-'));
    await using cleanUp = new AsyncDisposableStack();
    cleanUp.defer(() => rm(dataFolder, { recursive: true, force: true }));
    const before = await startStack({ hasConsole: true, workers: 0, gateway: { dataFolder } });
    await using opened = await openConsole(browser, before.gateway.createConsoleLink(before.baseUrl).url);
    const { page } = opened;
    await goTo(page, 'workers');
    await page.getByText('No worker is connected').waitFor();
    await before[Symbol.asyncDispose]();
    await page.getByText('The gateway does not answer').waitFor();
    await page.getByText('Offline').waitFor();
    expect(await findViolations(page)).toEqual([]);

    const port = Number(new URL(before.baseUrl).port);
    cleanUp.use(await startStack({ hasConsole: true, workers: 1, gateway: { dataFolder, port } }));
    await page.getByText('The gateway does not answer').waitFor({ state: 'hidden' });
    await page.getByText('The session is over.').or(page.getByText('1 of 1 ready')).waitFor();
  });
});
