import { describe, expect, it } from 'vitest';
import { call, findFrame, type OpenApp, openApp, patiently, progress, start } from './testing/open-app.ts';

const startLocalCall = ({ frame }: OpenApp) =>
  frame.evaluate('void window.fetch("/app.js").then(() => { window.hasLocalSettled = true; })');
const hasLocalSettled = ({ frame }: OpenApp) => frame.evaluate('window.hasLocalSettled === true');

/** Something real that takes longer than a call through a working hook. */
const passTime = ({ frame }: OpenApp) => frame.evaluate('window.callByXhr("/v1beta/models")');

describe('the bootstrap', () => {
  it('leaves every fetch pending when it never comes, local ones too, and no abort helps', async () => {
    await using app = await openApp({ switches: { bootstrap: 'never' } });
    await start(app, '/v1beta/models', {});
    await startLocalCall(app);
    await app.frame.evaluate('window.progress.abort()');
    await passTime(app);
    expect(await progress(app)).toEqual({ status: 0, text: '', isDone: false, error: '' });
    expect(await hasLocalSettled(app)).toBe(false);
  });

  it('lets calls that were made before it go on when it comes late', async () => {
    await using app = await openApp({ switches: { bootstrap: { delayMs: 300 } } });
    await start(app, '/v1beta/models', {});
    await startLocalCall(app);
    await expect.poll(() => progress(app), patiently).toMatchObject({ status: 200, isDone: true });
    await expect.poll(() => hasLocalSettled(app), patiently).toBe(true);
  });

  it('is lost after a reload inside the frame, and comes again when the host reloads the preview', async () => {
    await using app = await openApp();
    await reloadInFrame(app);
    await start(app, '/v1beta/models', {});
    await passTime(app);
    expect(await progress(app)).toMatchObject({ status: 0, error: '' });

    await app.page.click('#reload');
    const frame = await findFrame(app.page);
    expect(await frame.evaluate('window.call("/v1beta/models")')).toMatchObject({ status: 200 });
  });

  it('comes again after a reload inside the frame by switch', async () => {
    await using app = await openApp({ switches: { bootstrapAfterReload: true } });
    await reloadInFrame(app);
    expect(await call(app, '/v1beta/models')).toMatchObject({ status: 200 });
  });

  it('reaches a frame with an opaque origin', async () => {
    await using app = await openApp({ switches: { opaqueFrameOrigin: true } });
    expect(await app.frame.evaluate('self.origin')).toBe('null');
    expect(await call(app, '/v1beta/models')).toMatchObject({ status: 200 });
  });
});

async function reloadInFrame({ frame, page }: OpenApp): Promise<void> {
  await frame.evaluate('window.isOld = true; location.reload()');
  await frame.waitForFunction('window.isOld === undefined');
  await findFrame(page);
}
