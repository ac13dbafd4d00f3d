import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { call, type OpenApp, openApp, patiently, progress, start } from './testing/open-app.ts';

describe('the session', () => {
  it('can expire and come back while the page is open', async () => {
    await using app = await openApp();
    app.studio.set({ session: 'expired' });
    expect(await call(app, '/v1beta/models')).toMatchObject({ status: 401, text: expect.stringContaining('UNAUTHENTICATED') });
    app.studio.set({ session: 'restricted' });
    expect(await call(app, '/v1beta/models')).toMatchObject({ status: 403, text: expect.stringContaining('PERMISSION_DENIED') });
    app.studio.set({ session: 'valid', transientFailures: 1 });
    expect(await call(app, '/v1beta/models')).toMatchObject({ status: 500, text: expect.stringContaining('Rpc failed') });
    expect(await call(app, '/v1beta/models')).toMatchObject({ status: 200 });
  });

  it('stands in for what the app says of credentials', async () => {
    await using app = await openApp({ switches: { keyQueryRefused: false } });
    const headers = { 'x-goog-api-key': 'GEMINI_API_KEY', authorization: 'Bearer x', 'x-goog-api-client': 'c' };
    expect(await call(app, '/v1beta/models?key=k&pageSize=1', { headers })).toMatchObject({ status: 200 });
    expect(app.api.lastCall?.url).toBe('/v1beta/models?pageSize=1');
    expect(app.api.lastCall?.headers).toMatchObject({ 'x-goog-api-client': 'c' });
    expect(app.api.lastCall?.headers).not.toHaveProperty('x-goog-api-key');
    expect(app.api.lastCall?.headers).not.toHaveProperty('authorization');
  });

  it('leaves calls unanswered by switch, and free to leave', async () => {
    await using app = await openApp({ switches: { callsHang: true } });
    await start(app, '/v1beta/models', {});
    await expect.poll(() => app.studio.debugState(), patiently).toMatchObject({ calls: 1 });
    await app.frame.evaluate('window.progress.abort()');
    await expect.poll(() => progress(app), patiently).toMatchObject({ status: 0, error: 'AbortError' });
    await expect.poll(() => app.studio.debugState(), patiently).toMatchObject({ calls: 0 });
  });

  it('withholds response headers by switch', async () => {
    await using app = await openApp({ switches: { responseHeaders: 'content-type' } });
    expect((await call(app, '/v1beta/models')).headers).toEqual({ 'content-type': 'application/octet-stream' });
  });
});

describe('a WebSocket of the frame to loopback', () => {
  it('is native, and opens where the pages count as loopback', async () => {
    await using app = await openApp();
    await using server = await startWebSocketServer();
    expect(await openSocket(app, server.url)).toBe('open');
  });

  it('is refused for a public page without delegation', async () => {
    await using app = await openApp({ addressSpace: 'public' });
    await using server = await startWebSocketServer();
    expect(await loopbackPermission(app)).toBe('denied');
    expect(await openSocket(app, server.url)).toBe('close 1006');
    expect(server.upgradeCount).toBe(0);
  });

  it('opens for a public page with delegation and permission', async () => {
    await using app = await openApp({ addressSpace: 'public', switches: { loopbackNetworkDelegated: true } });
    await using server = await startWebSocketServer();
    expect(await loopbackPermission(app)).toBe('prompt');
    await app.context.grantPermissions(['local-network-access']);
    expect(await loopbackPermission(app)).toBe('granted');
    expect(await openSocket(app, server.url)).toBe('open');
  });
});

const openSocket = ({ frame }: OpenApp, url: string) => frame.evaluate(`window.openSocket(${JSON.stringify(url)})`);

const loopbackPermission = ({ frame }: OpenApp) =>
  frame.evaluate("navigator.permissions.query({ name: 'loopback-network' }).then(({ state }) => state)");

async function startWebSocketServer() {
  let upgradeCount = 0;
  const server = createServer();
  server.on('upgrade', (request, socket) => {
    upgradeCount += 1;
    const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash('sha1').update(key).digest('base64');
    socket.on('error', () => {});
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    disposals.defer(() => void socket.destroy());
  });
  const disposals = new DisposableStack();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `ws://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`,
    get upgradeCount() {
      return upgradeCount;
    },
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        disposals.dispose();
      }),
  };
}
