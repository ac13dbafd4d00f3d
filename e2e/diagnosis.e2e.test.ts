import { type Stack, startStack } from '@gemini-proxy/testbed';
import type { Frame, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { goTo, launchBrowser, openConsole } from './console/open-console.ts';
import { expectGoodLooks } from './page-looks.ts';

/** What the page says of a state, in its two languages: headline and next step. */
interface Said {
  readonly en: readonly [title: string, action: string];
  readonly zh: readonly [title: string, action: string];
}

async function expectSaid(frame: Frame, { en, zh }: Said): Promise<void> {
  for (const [language, [title, action]] of [
    ['English', en],
    ['中文', zh],
  ] as const) {
    const other = frame.getByRole('button', { name: language });
    if (await other.isVisible()) await other.click();
    await frame.getByRole('heading', { name: title, exact: true }).waitFor({ timeout: 30_000 });
    expect(await frame.getByRole('status').textContent()).toContain(action);
  }
  await frame.getByRole('button', { name: 'English' }).click();
  await expectGoodLooks(frame);
}

function partsOf({ browser }: Stack) {
  if (browser === undefined) throw new Error('no browser');
  return browser;
}

/** Enters another address or token, and connects. */
async function connect(
  frame: Frame,
  { endpoint, token }: { readonly endpoint?: string; readonly token?: string },
): Promise<void> {
  if (endpoint !== undefined) await frame.locator('input[name=endpoint]').fill(endpoint);
  if (token !== undefined) await frame.locator('input[name=token]').fill(token);
  await frame.locator('form button[type=submit]').click();
}

/** The app at top level, as a browser opens it from its address. */
async function openOutside(stack: Stack, script: string): Promise<Page> {
  const { page, aiStudio } = partsOf(stack);
  const outside = await page.context().newPage();
  await outside.addInitScript(script);
  await outside.goto(`${aiStudio.frameOrigin}/${new URL(aiStudio.url).hash}`);
  return outside;
}

describe('what the worker page says is in the way', () => {
  it('is a wrong token, an address that cannot work, no gateway, a session that is refused, the wrong place', async () => {
    await using stack = await startStack({ browser: { token: 'gp-worker-wrong', isExpectedReady: false } });
    const { frame, aiStudio } = partsOf(stack);
    await expectSaid(frame, {
      en: ['Wrong token', '--show-keys'],
      zh: ['令牌错误', '--show-keys'],
    });
    await connect(frame, { endpoint: 'ws://192.168.1.9:8787/worker' });
    await expectSaid(frame, { en: ['Check the address', 'Use wss://'], zh: ['请检查地址', '请使用 wss://'] });
    await connect(frame, { endpoint: 'ftp://127.0.0.1/worker' });
    await expectSaid(frame, { en: ['Check the address', 'It starts with ws://'], zh: ['请检查地址', 'ws:// 或 wss:// 开头'] });
    await connect(frame, { endpoint: 'wss://nowhere.invalid/worker' });
    await expectSaid(frame, { en: ['No gateway found', 'npm start'], zh: ['未找到网关', 'npm start'] });

    aiStudio.set({ session: 'expired' });
    await connect(frame, { endpoint: stack.workerUrl, token: stack.workerToken });
    await expectSaid(frame, {
      en: ['Gemini refuses calls from this page', 'signed in to AI Studio'],
      zh: ['Gemini 拒绝了此页面的调用', '已登录 AI Studio'],
    });

    const outside = await openOutside(stack, '');
    await expectSaid(outside.mainFrame(), {
      en: ['Open this page inside AI Studio', 'use its preview'],
      zh: ['请在 AI Studio 中打开此页面', '使用其预览'],
    });
    const deployed = await openOutside(stack, `window.API_KEY = 'UNUSED_PLACEHOLDER_FOR_API_KEY';`);
    await expectSaid(deployed.mainFrame(), { en: ['Not here', 'Delete the deployment'], zh: ['不能在此使用', '删除该部署'] });
  });

  it('is a pause in the console', async () => {
    await using cleanUp = new AsyncDisposableStack();
    const stack = cleanUp.use(await startStack({ hasConsole: true, browser: {} }));
    const { frame } = partsOf(stack);
    const browser = await launchBrowser();
    cleanUp.defer(() => browser.close());
    const { page } = cleanUp.use(await openConsole(browser, stack.gateway.createConsoleLink(stack.baseUrl).url));
    await goTo(page, 'workers');
    await page.getByRole('button', { name: /^Pause/ }).click();
    await expectSaid(frame, {
      en: ['Paused in the console', 'Press Resume in the console'],
      zh: ['已在控制台暂停', '请在控制台的“工作者”页面点击“恢复”'],
    });
    await page.getByRole('button', { name: /^Resume/ }).click();
    await frame.getByRole('heading', { name: 'Ready', exact: true }).waitFor();
  });

  it('is the absent hook', async () => {
    await using stack = await startStack({ browser: {} });
    const { page } = partsOf(stack);
    await page.route('**/_aistudio-iframe.js', (route) => route.abort());
    await page.reload();
    const frame = await (await page.waitForSelector('iframe[name=app]')).contentFrame();
    if (frame === null) throw new Error('no frame');
    await expectSaid(frame, {
      en: ['No access to Gemini here', 'reload the whole AI Studio tab'],
      zh: ['此处无法访问 Gemini', '重新加载整个 AI Studio 标签页'],
    });
  });

  it('is a gateway that does not admit the page', async () => {
    await using stack = await startStack({ gateway: { workerOrigins: [] }, browser: { isExpectedReady: false } });
    const { frame } = partsOf(stack);
    const remedy = `--worker-origins ${await frame.evaluate('self.origin')}`;
    await expectSaid(frame, {
      en: ['The gateway does not admit this page', remedy],
      zh: ['网关不接受此页面', remedy],
    });
    expect(stack.gateway.workers()).toEqual([]);
  });

  it('is a browser that lets no frame reach this machine', async () => {
    await using stack = await startStack({ browser: { addressSpace: 'public', isExpectedReady: false } });
    const { frame } = partsOf(stack);
    await expectSaid(frame, { en: ['No way to the gateway', 'wss://'], zh: ['无法连接网关', 'wss://'] });
    expect(stack.gateway.workers()).toEqual([]);
  });

  it('is a question of the browser that is still open, or that was answered with no', async () => {
    await using stack = await startStack({
      browser: { token: '', addressSpace: 'public', switches: { loopbackNetworkDelegated: true }, isExpectedReady: false },
    });
    const { frame } = partsOf(stack);
    await expectSaid(frame, { en: ['One step left', '--show-keys'], zh: ['还差一步', '--show-keys'] });
    // Without a window the browser would say no for its user.
    await answerQuestion(stack, 'prompt');
    await connect(frame, { token: stack.workerToken });
    await expectSaid(frame, {
      en: ['Waiting for your permission', 'Allow the access'],
      zh: ['等待您的许可', '请选择允许'],
    });
    await answerQuestion(stack, 'denied');
    await expectSaid(frame, {
      en: ['The browser was told to say no', 'icon left of the address'],
      zh: ['浏览器已被设为拒绝', '地址左侧的图标'],
    });
    expect(stack.gateway.workers()).toEqual([]);
  });
});

/** What the user says to the question whether the page may reach this machine; it counts as long as the session lives. */
async function answerQuestion(stack: Stack, setting: 'prompt' | 'denied'): Promise<void> {
  const { page, aiStudio } = partsOf(stack);
  const session = await page.context().newCDPSession(page);
  for (const name of ['loopback-network', 'local-network-access']) {
    for (const origin of [new URL(aiStudio.url).origin, aiStudio.frameOrigin]) {
      await session.send('Browser.setPermission', { permission: { name }, setting, origin });
    }
  }
}
