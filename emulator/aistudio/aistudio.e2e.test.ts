import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { type OpenApp, openApp } from './testing/open-app.ts';
import { standInSecret } from './testing/stand-in-api.ts';

const streamPath = '/v1beta/models/m:streamGenerateContent?alt=sse';
const unaryPath = '/v1beta/models/m:generateContent';

interface Answer {
  status: number;
  headers: Record<string, string>;
  text: string;
}

interface Progress {
  status: number;
  text: string;
  isDone: boolean;
  error: string;
}

const call = ({ frame }: OpenApp, path: string, init: object = {}): Promise<Answer> =>
  frame.evaluate(`window.call(${JSON.stringify(path)}, ${JSON.stringify(init)})`);
const start = ({ frame }: OpenApp, path: string, init: object = { method: 'POST', body: '{}' }): Promise<void> =>
  frame.evaluate(`window.start(${JSON.stringify(path)}, ${JSON.stringify(init)})`);
const progress = ({ frame }: OpenApp): Promise<Progress> => frame.evaluate('({ ...window.progress, abort: 0, cancel: 0 })');
const hostState = (page: Page): Promise<{ calls: number; waitingAtGate: number }> =>
  page.evaluate('window.aiStudioHost.debugState()');

describe('the hook', () => {
  it('relays a call with the session that the frame never sees', async () => {
    await using app = await openApp();
    const answer = await call(app, '/v1beta/models?pageSize=1');
    expect(answer).toMatchObject({ status: 200, text: '{"models":[]}', headers: { 'x-goog-upload-url': 'https://upload/' } });
    expect(app.api.lastCall).toMatchObject({ method: 'GET', url: '/v1beta/models?pageSize=1' });
    expect(app.api.lastCall?.headers['x-emulator-session']).toBe(standInSecret);
    expect(JSON.stringify(answer)).not.toContain(standInSecret);
    expect(await app.frame.content()).not.toContain(standInSecret);
    expect(await app.page.content()).not.toContain(standInSecret);
    const { hostPages, ...open } = app.studio.debugState();
    expect({ hostPages, open }).toEqual({ hostPages: 1, open: { calls: 0, upstreamExchanges: 0 } });
  });

  it('refuses the frame that asks the host server itself', async () => {
    await using app = await openApp();
    const attempt = `fetch(${JSON.stringify(new URL('/rpc/unary', app.studio.url))}, { method: 'POST', mode: 'no-cors' })`;
    expect(await app.frame.evaluate(`${attempt}.then((response) => response.type)`)).toBe('opaque');
    expect(app.api.lastCall).toBeUndefined();
  });

  it('carries bytes unchanged both ways', async () => {
    await using app = await openApp();
    const isSame = await app.frame.evaluate(`(async () => {
      const sent = crypto.getRandomValues(new Uint8Array(65536));
      const url = 'https://generativelanguage.googleapis.com/upload/v1beta/files';
      const response = await window.fetch(url, { method: 'POST', body: sent, headers: { 'x-goog-upload-offset': '0' } });
      const received = new Uint8Array(await response.arrayBuffer());
      return received.length === sent.length && received.every((byte, index) => byte === sent[index]);
    })()`);
    expect(isSame).toBe(true);
    expect(app.api.lastCall?.headers).toMatchObject({ 'content-length': '65536', 'x-goog-upload-offset': '0' });
  });

  it('defines fetch by a getter and the placeholders before the app runs', async () => {
    await using app = await openApp();
    const found = await app.frame.evaluate(`({
      before: window.hadShimBeforeApp, key: process.env.GEMINI_API_KEY,
      isGetter: Object.getOwnPropertyDescriptor(window, 'fetch').get !== undefined,
    })`);
    expect(found).toEqual({ before: 'GEMINI_API_KEY', key: 'GEMINI_API_KEY', isGetter: true });
  });

  it('passes the fragment of the host page on to the frame', async () => {
    await using app = await openApp({ fragment: 'endpoint=ws://127.0.0.1:1/w&token=t' });
    expect(await app.frame.evaluate('location.hash')).toBe('#endpoint=ws://127.0.0.1:1/w&token=t');
  });

  it('streams streamGenerateContent, and gives everything else at once', async () => {
    await using app = await openApp();
    await start(app, streamPath);
    await expect.poll(() => progress(app)).toMatchObject({ status: 200, text: 'data: {"first":1}\r\n\r\n', isDone: false });
    app.api.release();
    await expect.poll(() => progress(app)).toMatchObject({ isDone: true, text: expect.stringContaining('second') });

    await start(app, unaryPath);
    await expect.poll(() => app.api.heldCount).toBe(1);
    await call(app, '/v1beta/models');
    expect(await progress(app)).toMatchObject({ status: 0, text: '' });
    app.api.release();
    await expect.poll(() => progress(app)).toMatchObject({ isDone: true, text: expect.stringMatching(/first[^]*second/) });
  });
});

describe('outside the hook', () => {
  it('leaves XHR and workers native, so that they get 403', async () => {
    await using app = await openApp();
    const byXhr = await app.frame.evaluate('window.callByXhr("/v1beta/models")');
    expect(byXhr).toMatchObject({ status: 403, text: expect.stringContaining('unregistered callers') });
    expect(await app.frame.evaluate('window.callInWorker("/v1beta/models")')).toEqual({ status: 403 });
  });

  it('lets a call with an official key through, but none with a guessed session', async () => {
    await using app = await openApp();
    const status = (name: string, value: string) =>
      app.page.evaluate(
        `fetch('https://generativelanguage.googleapis.com/v1beta/models', { headers: { '${name}': '${value}' } }).then((r) => r.status)`,
      );
    expect(await status('x-goog-api-key', 'k')).toBe(200);
    expect(await status('x-emulator-session', standInSecret)).toBe(403);
  });

  it('has an inactive shim at top level', async () => {
    await using app = await openApp();
    const page = await app.context.newPage();
    await page.goto(app.studio.frameOrigin);
    await page.waitForFunction('typeof window.call === "function"');
    expect(await page.evaluate('[window.API_KEY, typeof process]')).toEqual([undefined, 'undefined']);
    expect(await page.evaluate('window.call("/v1beta/models")')).toMatchObject({ status: 403 });
  });
});

describe('the activation gate', () => {
  it('leaves calls pending until a real click in the frame, then forwards them', async () => {
    await using app = await openApp({ switches: { activationGate: 'click' } });
    await start(app, '/v1beta/models', {});
    await expect.poll(() => hostState(app.page)).toEqual({ calls: 1, waitingAtGate: 1 });
    await app.frame.evaluate('document.querySelector("button").click()');
    expect(await progress(app)).toMatchObject({ status: 0, error: '' });
    expect(app.api.lastCall).toBeUndefined();
    await app.frame.click('button');
    await expect.poll(() => progress(app)).toMatchObject({ status: 200, isDone: true });
  });

  it('wants five key presses or thirty mouse moves in strict mode', async () => {
    await using app = await openApp({ switches: { activationGate: 'strict' } });
    await start(app, '/v1beta/models', {});
    await app.frame.click('button');
    await expect.poll(() => hostState(app.page)).toMatchObject({ waitingAtGate: 1 });
    await app.frame.type('input', '12345');
    await expect.poll(() => progress(app)).toMatchObject({ status: 200 });
  });

  it('lets a pending call be aborted', async () => {
    await using app = await openApp({ switches: { activationGate: 'click' } });
    await start(app, '/v1beta/models', {});
    await expect.poll(() => hostState(app.page)).toMatchObject({ waitingAtGate: 1 });
    await app.frame.evaluate('window.progress.abort()');
    await expect.poll(() => progress(app)).toMatchObject({ error: 'AbortError' });
    expect(await hostState(app.page)).toEqual({ calls: 0, waitingAtGate: 0 });
  });
});
