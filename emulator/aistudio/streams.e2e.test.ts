import { describe, expect, it } from 'vitest';
import { maxConcurrentCalls } from './aistudio.ts';
import {
  endlessPath,
  hostState,
  type OpenApp,
  openApp,
  patiently,
  progress,
  start,
  streamPath,
  unaryPath,
} from './testing/open-app.ts';

const withinMs = { timeout: 1000 };
/** More than the sockets and Chromium hold between the API and the frame: up to 32 MiB per loopback connection. */
const kernelBufferBytes = 128 * 1024 * 1024;
const isAtRest = { hostPages: 1, calls: 0, upstreamExchanges: 0 };

describe('a call that is left', () => {
  it.each([
    { note: 'a cancelled body', path: streamPath, leave: 'cancel' },
    { note: 'an aborted stream', path: streamPath, leave: 'abort' },
    { note: 'an aborted call without a head yet', path: unaryPath, leave: 'abort' },
  ])('stops upstream within a second: $note', async ({ path, leave }) => {
    await using app = await openApp();
    await start(app, path);
    await expect.poll(() => app.api.heldCount, patiently).toBe(1);
    if (path === streamPath) await expect.poll(() => progress(app), patiently).toMatchObject({ status: 200 });
    await app.frame.evaluate(`window.progress.${leave}()`);
    await expect.poll(() => app.api.abandonedCount, withinMs).toBe(1);
    await expect
      .poll(() => progress(app), patiently)
      .toMatchObject(leave === 'abort' ? { error: 'AbortError' } : { isDone: true });
    await expect.poll(() => app.studio.debugState(), patiently).toEqual(isAtRest);
    expect(await hostState(app)).toEqual({ calls: 0, sockets: 0, waitingAtGate: 0 });
  });

  it('runs on to its end where aborts are not forwarded', async () => {
    await using app = await openApp({ switches: { abortForwarded: false } });
    await start(app, streamPath);
    await expect.poll(() => progress(app), patiently).toMatchObject({ status: 200, text: expect.stringContaining('first') });
    await app.frame.evaluate('window.progress.abort()');
    app.api.release();
    await expect
      .poll(() => progress(app), patiently)
      .toMatchObject({ isDone: true, error: '', text: expect.stringContaining('second') });
    expect(app.api.abandonedCount).toBe(0);
  });

  it('stops upstream when the frame reloads itself', async () => {
    await using app = await openApp();
    await start(app, streamPath);
    await expect.poll(() => app.api.heldCount, patiently).toBe(1);
    await app.frame.evaluate('void setTimeout(() => location.reload())');
    await expect.poll(() => app.api.abandonedCount, patiently).toBe(1);
    await expect.poll(() => app.studio.debugState(), patiently).toEqual(isAtRest);
  });

  it('stops upstream when the host page is closed', async () => {
    await using app = await openApp();
    await start(app, streamPath);
    await expect.poll(() => app.api.heldCount, patiently).toBe(1);
    await app.page.close();
    await expect.poll(() => app.api.abandonedCount, patiently).toBe(1);
    await expect.poll(() => app.studio.debugState(), patiently).toEqual({ ...isAtRest, hostPages: 0 });
  });
});

describe('many calls', () => {
  it('run a hundred at once', async () => {
    await using app = await openApp();
    await app.frame.evaluate(`void (window.all = Promise.all(
      Array.from({ length: ${maxConcurrentCalls} }, () => window.call('${streamPath}', { method: 'POST', body: '{}' })),
    ))`);
    await expect.poll(() => app.api.heldCount, patiently).toBe(maxConcurrentCalls);
    app.api.release();
    expect(
      await app.frame.evaluate('window.all.then((answers) => answers.filter(({ text }) => text.includes("second")).length)'),
    ).toBe(maxConcurrentCalls);
    await expect.poll(() => app.studio.debugState(), patiently).toEqual(isAtRest);
  });
});

describe('backpressure', () => {
  it('stops upstream when the frame does not read', async () => {
    await using app = await openApp();
    await start(app, endlessPath, { method: 'POST', body: '{}', isRead: false });
    expect(await untilSteady(() => app.api.endlessBytes)).toBeLessThan(kernelBufferBytes);
    await app.frame.evaluate('window.progress.cancel()');
    await expect.poll(() => app.api.abandonedCount, withinMs).toBe(1);
  });

  it('lets the frame fall behind without limit by switch', async () => {
    await using app = await openApp({ switches: { maxFrameLagBytes: null } });
    await start(app, endlessPath, { method: 'POST', body: '{}', isRead: false });
    await expect.poll(() => app.api.endlessBytes, { timeout: 30_000 }).toBeGreaterThan(kernelBufferBytes);
  });
});

describe('faults of a stream', () => {
  it('stalls after some bytes, without an end', async () => {
    await using app = await openApp({ switches: { streamStallsAfterBytes: 5 } });
    await start(app, streamPath);
    await expect.poll(() => app.api.heldCount, patiently).toBe(1);
    app.api.release();
    await expect.poll(() => progress(app), patiently).toMatchObject({ text: 'data:', isDone: false });
    await leave(app);
  });

  it('ends with an appended google.rpc.Status', async () => {
    await using app = await openApp({ switches: { streamStatus: { code: 8, message: 'Quota', afterEvents: 1 } } });
    await start(app, streamPath);
    await expect
      .poll(() => progress(app))
      .toEqual({
        status: 200,
        text: 'data: {"first":1}\r\n\r\ndata: {"code":8,"message":"Quota","details":[]}\r\n\r\n',
        isDone: true,
        error: '',
      });
    await expect.poll(() => app.studio.debugState(), patiently).toEqual(isAtRest);
  });

  it('breaks off after some bytes, for calls that begin while the switch is on', async () => {
    await using app = await openApp();
    app.studio.set({ streamBreaksAfterBytes: 5, callDelayMs: 50 });
    await start(app, streamPath);
    await expect.poll(() => progress(app), patiently).toMatchObject({ error: 'TypeError', isDone: false });
    app.studio.set({ streamBreaksAfterBytes: null, callDelayMs: 0 });
    await start(app, streamPath);
    await expect.poll(() => progress(app), patiently).toMatchObject({ status: 200, error: '' });
    await leave(app);
    await expect.poll(() => app.studio.debugState(), patiently).toEqual(isAtRest);
  });

  it('fails in the frame when the connection breaks in the middle', async () => {
    await using app = await openApp();
    await start(app, streamPath);
    await expect.poll(() => progress(app), patiently).toMatchObject({ status: 200 });
    app.api.breakConnections();
    await expect.poll(() => progress(app), patiently).toMatchObject({ error: 'TypeError', isDone: false });
  });
});

async function leave(app: OpenApp): Promise<void> {
  await app.frame.evaluate('window.progress.cancel()');
  await expect.poll(() => app.studio.debugState(), patiently).toEqual(isAtRest);
}

/** The value, once it has been the same for ten looks in a row. */
async function untilSteady(look: () => number): Promise<number> {
  let [last, sameCount] = [0, 0];
  await expect
    .poll(
      () => {
        const now = look();
        sameCount = now > 0 && now === last ? sameCount + 1 : 0;
        last = now;
        return sameCount;
      },
      { timeout: 30_000, interval: 50 },
    )
    .toBeGreaterThanOrEqual(10);
  return last;
}
