import { join } from 'node:path';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Frame, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildAiStudioApp } from '../../build/index.ts';
import { FakeGateway } from '../../testing/fake-gateway.ts';
import { fetchHook } from '../../testing/fetch-hook.ts';
import { type PageHost, servePage } from '../../testing/page-host.ts';

const chromiumArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
];
const waiting = { timeout: 20_000, interval: 50 };

let browser: Browser;
let host: PageHost;
let pasteHost: PageHost;

beforeAll(async () => {
  const { directory } = await buildAiStudioApp();
  [browser, host, pasteHost] = await Promise.all([
    chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args: chromiumArguments }),
    servePage(directory),
    servePage(join(directory, 'paste')),
  ]);
});

afterAll(async () => {
  await browser?.close();
  await host?.[Symbol.asyncDispose]();
  await pasteHost?.[Symbol.asyncDispose]();
});

interface OpenPage extends AsyncDisposable {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly app: Frame;
  /** Errors in the browser's console. */
  readonly errors: readonly string[];
}

/** Opens the app in the frame of a host page. */
async function openPage(
  settings: Record<string, string> = {},
  options: BrowserContextOptions & { readonly script?: string; readonly url?: string; readonly hasClock?: boolean } = {},
): Promise<OpenPage> {
  const { script = '', url = host.hostUrl, hasClock = false, ...contextOptions } = options;
  const context = await browser.newContext({ locale: 'en-US', ...contextOptions });
  await context.addInitScript(fetchHook + script);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  if (hasClock) await page.clock.install();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(`${url}#${new URLSearchParams(settings)}`);
  const frame = url === host.appUrl ? page.mainFrame() : await (await page.waitForSelector('iframe')).contentFrame();
  if (frame === null) throw new Error('The host page has no frame.');
  await frame.waitForSelector('.headline');
  return { context, page, app: frame, errors, [Symbol.asyncDispose]: () => context.close() };
}

const settingsFor = (gateway: FakeGateway, connections = 1) => ({
  endpoint: gateway.endpoint,
  token: gateway.token,
  connections: String(connections),
});

async function waitForState(app: Frame, state: string): Promise<void> {
  await app.waitForSelector(`.headline[data-state="${state}"]`);
}

function heldLocks(app: Frame): Promise<readonly string[]> {
  return app.evaluate('navigator.locks.query().then(({ held }) => held.map(({ name }) => name))');
}

describe('worker page', () => {
  it('connects by its link, hides the token, and serves requests through the hook', async () => {
    await using gateway = await FakeGateway.listen();
    await using open = await openPage(settingsFor(gateway));
    await waitForState(open.app, 'ready');
    expect(open.app.url()).not.toContain(gateway.token);

    const [worker] = gateway.readyWorkers;
    expect(worker?.hello).toMatchObject({ kind: 'aistudio', account: 'default', slots: 96 });
    if (worker === undefined) throw new Error('The gateway has no ready worker.');
    const answer = await gateway.request(worker, '/v1beta/models/gemini-2.5-flash:generateContent?key=secret', '{"a":1}');
    expect(answer).toMatchObject({ status: 201, text: 'echo: {"a":1}' });
    expect(answer.headers).toContainEqual(['x-from', 'hook']);
    const calls: readonly { url: string }[] = await open.app.evaluate('window.hookedCalls');
    expect(calls.at(-1)).toEqual({
      url: 'https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:generateContent',
      method: 'POST',
      body: '{"a":1}',
    });
    await vi.waitFor(async () => expect(await open.app.textContent('[data-total=served]')).toBe('1'), waiting);
    expect(await open.app.evaluate('geminiProxyWorkerPage.debugState().streams')).toBe(0);
    expect(await heldLocks(open.app)).toEqual([expect.stringMatching(/^gemini-proxy-worker-/)]);
    expect(open.errors).toEqual([]);
  });

  it('opens exactly as many connections as asked for, though StrictMode mounts twice', async () => {
    await using gateway = await FakeGateway.listen();
    await using open = await openPage(settingsFor(gateway, 3));
    await vi.waitFor(() => expect(gateway.readyWorkers).toHaveLength(3), waiting);
    await vi.waitFor(async () => expect(await open.app.locator('tr[data-state=ready]').count()).toBe(3), waiting);
    expect(gateway.opened).toBe(3);
  });

  it('changes the number of connections from 1 to 4 to 2', async () => {
    await using gateway = await FakeGateway.listen();
    await using open = await openPage(settingsFor(gateway));
    await waitForState(open.app, 'ready');
    for (const count of [4, 2]) {
      await open.app.selectOption('select[name=connections]', String(count));
      await vi.waitFor(() => expect(gateway.readyWorkers).toHaveLength(count), waiting);
      await vi.waitFor(() => expect(gateway.workers.size).toBe(count), waiting);
      await vi.waitFor(async () => expect(await open.app.locator('tr[data-state=ready]').count()).toBe(count), waiting);
    }
    expect(new Set([...gateway.workers].map(({ hello }) => hello.workerId)).size).toBe(2);
    expect([...gateway.workers].map(({ status }) => status?.slots)).toEqual([48, 48]);
  });

  it('says that the token is wrong, and goes on with the right one', async () => {
    await using gateway = await FakeGateway.listen();
    await using open = await openPage({ endpoint: gateway.endpoint, token: 'wrong' });
    await waitForState(open.app, 'wrong-token');
    expect(await open.app.textContent('[role=status]')).toContain('Check the token');
    expect(await open.app.getAttribute('input[name=token]', 'type')).toBe('password');
    await open.app.fill('input[name=token]', gateway.token);
    await open.app.press('input[name=token]', 'Enter');
    await waitForState(open.app, 'ready');
    expect(await open.app.evaluate('document.activeElement.tagName')).toBe('H2');
  });

  it('is set up by hand: pasted address, token, number of connections', async () => {
    await using gateway = await FakeGateway.listen();
    await using open = await openPage();
    await waitForState(open.app, 'no-token');
    await open.app.fill('input[name=endpoint]', `http://127.0.0.1:${gateway.port}`);
    await open.app.fill('input[name=token]', ` ${gateway.token} `);
    await open.app.selectOption('select[name=connections]', '2');
    await open.app.click('button:text-is("Show")');
    expect(await open.app.getAttribute('input[name=token]', 'type')).toBe('text');
    await open.app.click('button:text-is("Connect")');
    await vi.waitFor(() => expect(gateway.readyWorkers).toHaveLength(2), waiting);
  });

  it('asks for a click while the hook is silent, and is ready after it', async () => {
    await using gateway = await FakeGateway.listen();
    const script = `window.isHookSilent = true;
      addEventListener('pointerdown', () => { window.isHookSilent = false; window.dispatchEvent(new Event('hook-speaks')); });`;
    await using open = await openPage(settingsFor(gateway), { script, hasClock: true });
    await waitForState(open.app, 'probing');
    await open.page.clock.runFor(20_000);
    await waitForState(open.app, 'needs-interaction');
    expect(await open.app.textContent('[role=status]')).toContain('Click anywhere in this page once');
    await open.app.click('.headline h2');
    await open.page.clock.runFor(1_000);
    await waitForState(open.app, 'ready');
  });

  it('waits for a gateway that is not there yet', async () => {
    const gateway = await FakeGateway.listen();
    const { endpoint, token, port } = gateway;
    await gateway[Symbol.asyncDispose]();
    await using open = await openPage({ endpoint, token });
    await waitForState(open.app, 'unreachable');
    expect(await open.app.textContent('[role=status]')).toContain('npm start');
    await using _late = await FakeGateway.listen(port);
    await waitForState(open.app, 'ready');
  });

  it('stays disconnected after the user disconnected, also over a reload, and remembers the settings', async () => {
    await using gateway = await FakeGateway.listen();
    await using open = await openPage(settingsFor(gateway));
    await waitForState(open.app, 'ready');
    await open.app.click('button:text("Disconnect")');
    await vi.waitFor(() => expect(gateway.workers.size).toBe(0), waiting);
    expect(await heldLocks(open.app)).toEqual([]);
    await open.app.evaluate('location.reload()');
    await open.app.waitForSelector('.headline[data-state=stopped]');
    expect(await open.app.inputValue('input[name=endpoint]')).toBe(gateway.endpoint);
    expect(gateway.opened).toBe(1);
    await open.app.click('button:text("Connect")');
    await waitForState(open.app, 'ready');
  });

  it('works in a frame of another site, where the browser blocks storage, and without locks', async () => {
    await using gateway = await FakeGateway.listen();
    const script = `Object.defineProperty(navigator, 'locks', { value: undefined });`;
    await using open = await openPage(settingsFor(gateway), { script, url: host.otherSiteUrl });
    await waitForState(open.app, 'ready');
    await expect(open.app.evaluate('localStorage.length')).rejects.toThrow('SecurityError');
    expect(open.errors).toEqual([]);
  });

  it('tells a page at top level where it belongs, and refuses to run where it is deployed', async () => {
    await using gateway = await FakeGateway.listen();
    await using outside = await openPage(settingsFor(gateway), { url: host.appUrl });
    await waitForState(outside.app, 'outside');
    await using deployed = await openPage(settingsFor(gateway), { script: `window.API_KEY = 'UNUSED_PLACEHOLDER_FOR_API_KEY';` });
    await waitForState(deployed.app, 'deployed');
    expect(await deployed.app.locator('form').count()).toBe(0);
    expect(gateway.opened).toBe(0);
  });

  it('speaks Chinese where the browser does, and changes the language on request', async () => {
    await using gateway = await FakeGateway.listen();
    await using open = await openPage(settingsFor(gateway), { locale: 'zh-CN' });
    await waitForState(open.app, 'ready');
    expect(await open.app.textContent('.headline h2')).toBe('就绪');
    await open.app.click('header button');
    expect(await open.app.textContent('.headline h2')).toBe('Ready');
    expect(await open.app.getAttribute('html', 'lang')).toBe('en');
  });

  it('has a log that is empty of nodes until it is opened', async () => {
    await using gateway = await FakeGateway.listen();
    await using open = await openPage(settingsFor(gateway));
    await waitForState(open.app, 'ready');
    expect(await open.app.locator('.log li').count()).toBe(0);
    await open.app.click('.log summary');
    await vi.waitFor(async () => expect(await open.app.locator('.log li').count()).toBeGreaterThan(0), waiting);
    await open.app.click('.log summary');
    await vi.waitFor(async () => expect(await open.app.locator('.log li').count()).toBe(0), waiting);
  });

  it.each([320, 390, 1_200])('fits into a frame %i pixels wide', async (width) => {
    await using gateway = await FakeGateway.listen();
    await using open = await openPage(settingsFor(gateway, 2), { viewport: { width, height: 800 } });
    await waitForState(open.app, 'ready');
    expect(await open.app.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  });

  it('works in its two-file form', async () => {
    await using gateway = await FakeGateway.listen();
    await using open = await openPage(settingsFor(gateway), { url: pasteHost.hostUrl });
    await waitForState(open.app, 'ready');
    expect(open.errors).toEqual([]);
  });
});
