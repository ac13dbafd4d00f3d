import { describe, expect, it } from 'vitest';
import { createGeminiEmulator } from '../gemini/index.ts';
import { call, openApp, patiently, progress, start } from './testing/open-app.ts';

const sessionSecret = 'session-of-the-signed-in-user';
const generatePath = '/v1beta/models/gemini-2.5-flash:generateContent';
const streamPath = '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse';
const body = JSON.stringify({ contents: [{ parts: [{ text: 'Hello' }] }] });
const post = { method: 'POST', body, headers: { 'content-type': 'application/json' } };

describe('the simulator over the Gemini emulator', () => {
  it('relays whole and streamed answers to the byte, and refuses calls outside the hook', async () => {
    await using gemini = createGeminiEmulator({ sessionSecret });
    await using app = await openApp({ upstream: await gemini.listen(), sessionSecret });
    for (const path of [generatePath, streamPath]) {
      const direct = await fetch(gemini.url + path, {
        ...post,
        headers: { ...post.headers, 'x-emulator-session': sessionSecret },
      });
      const hooked = await call(app, path, post);
      expect(hooked).toMatchObject({ status: 200, text: await direct.text() });
      expect(hooked.headers['content-type']).toBe(direct.headers.get('content-type'));
    }
    expect(await app.frame.evaluate('window.callByXhr("/v1beta/models")')).toMatchObject({
      status: 403,
      text: expect.stringContaining('unregistered callers'),
    });
  });

  it('stops the generation within a second of the cancel', async () => {
    await using gemini = createGeminiEmulator({ sessionSecret, defaults: { chunkCount: 100_000, chunkIntervalMs: 20 } });
    await using app = await openApp({ upstream: await gemini.listen(), sessionSecret });
    await start(app, streamPath, post);
    await expect.poll(() => progress(app), patiently).toMatchObject({ status: 200, text: expect.stringContaining('data:') });
    expect(gemini.debugState().runningGenerations).toBe(1);
    await app.frame.evaluate('window.progress.cancel()');
    await expect
      .poll(() => gemini.debugState(), { timeout: 1000 })
      .toEqual({ openRequests: 0, runningGenerations: 0, openUploads: 0, openLiveSessions: 0 });
  });
});
