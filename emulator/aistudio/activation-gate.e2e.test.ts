import { describe, expect, it } from 'vitest';
import { hostState, openApp, patiently, progress, start } from './testing/open-app.ts';

describe('the activation gate', () => {
  it('leaves calls pending until a real click in the frame, then forwards them', async () => {
    await using app = await openApp({ switches: { activationGate: 'click' } });
    await start(app, '/v1beta/models', {});
    await expect.poll(() => hostState(app), patiently).toEqual({ calls: 1, sockets: 0, waitingAtGate: 1 });
    await app.frame.evaluate('document.querySelector("button").click()');
    expect(await progress(app)).toMatchObject({ status: 0, error: '' });
    expect(app.api.lastCall).toBeUndefined();
    await app.frame.click('button');
    await expect.poll(() => progress(app), patiently).toMatchObject({ status: 200, isDone: true });
  });

  it('wants five key presses or thirty mouse moves in strict mode', async () => {
    await using app = await openApp({ switches: { activationGate: 'strict' } });
    await start(app, '/v1beta/models', {});
    await app.frame.click('button');
    await expect.poll(() => hostState(app), patiently).toMatchObject({ waitingAtGate: 1 });
    await app.frame.type('input', '12345');
    await expect.poll(() => progress(app), patiently).toMatchObject({ status: 200 });
  });

  it('lets a pending call be aborted', async () => {
    await using app = await openApp({ switches: { activationGate: 'click' } });
    await start(app, '/v1beta/models', {});
    await expect.poll(() => hostState(app), patiently).toMatchObject({ waitingAtGate: 1 });
    await app.frame.evaluate('window.progress.abort()');
    await expect.poll(() => progress(app), patiently).toMatchObject({ error: 'AbortError' });
    expect(await hostState(app)).toEqual({ calls: 0, sockets: 0, waitingAtGate: 0 });
  });

  it('can be switched off while calls wait at it', async () => {
    await using app = await openApp({ switches: { activationGate: 'strict' } });
    await start(app, '/v1beta/models', {});
    await expect.poll(() => hostState(app), patiently).toMatchObject({ waitingAtGate: 1 });
    app.studio.set({ activationGate: 'off' });
    await expect.poll(() => progress(app), patiently).toMatchObject({ status: 200 });
  });
});
