import type { Frame } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { call, openApp, patiently, progress, start, streamPath, unaryPath } from './testing/open-app.ts';
import { standInSecret } from './testing/stand-in-api.ts';

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
    const url = JSON.stringify(new URL('/rpc/unary', app.studio.url));
    const rpc = {
      'x-rpc-url': 'https://generativelanguage.googleapis.com/v1beta/models',
      'x-rpc-method': 'GET',
      'x-rpc-headers': '[]',
    };
    const headers = JSON.stringify(rpc);
    const attempt = (where: Frame) =>
      where.evaluate(`fetch(${url}, { method: 'POST', headers: ${headers} }).then((r) => r.status, (error) => error.name)`);
    expect(await attempt(app.frame)).toBe('TypeError');
    expect(app.api.lastCall).toBeUndefined();
    expect(await attempt(app.page.mainFrame())).toBe(200);
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

  it('runs in a frame that is cross-site to its host page and sandboxed', async () => {
    await using app = await openApp();
    expect(
      await app.frame.evaluate(`(() => { try { return parent.document.title; } catch (error) { return error.name; } })()`),
    ).toBe('SecurityError');
    expect(await app.frame.evaluate('[location.origin, ...location.ancestorOrigins]')).toEqual([
      app.studio.frameOrigin,
      new URL(app.studio.url).origin,
    ]);
    expect(await app.page.getAttribute('iframe', 'sandbox')).toContain('allow-scripts');
  });

  it('passes the fragment of the host page on to the frame', async () => {
    await using app = await openApp({ fragment: 'endpoint=ws://127.0.0.1:1/w&token=t' });
    expect(await app.frame.evaluate('location.hash')).toBe('#endpoint=ws://127.0.0.1:1/w&token=t');
  });

  it('streams streamGenerateContent, and gives everything else at once', async () => {
    await using app = await openApp();
    await start(app, streamPath);
    await expect
      .poll(() => progress(app), patiently)
      .toMatchObject({ status: 200, text: 'data: {"first":1}\r\n\r\n', isDone: false });
    app.api.release();
    await expect.poll(() => progress(app), patiently).toMatchObject({ isDone: true, text: expect.stringContaining('second') });

    await start(app, unaryPath);
    await expect.poll(() => app.api.heldCount, patiently).toBe(1);
    await call(app, '/v1beta/models');
    expect(await progress(app)).toMatchObject({ status: 0, text: '' });
    app.api.release();
    await expect
      .poll(() => progress(app), patiently)
      .toMatchObject({ isDone: true, text: expect.stringMatching(/first.*second/s) });
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
