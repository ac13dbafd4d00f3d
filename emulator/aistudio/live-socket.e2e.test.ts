import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { type OpenApp, openApp, patiently } from './testing/open-app.ts';
import { standInSecret } from './testing/stand-in-api.ts';

const liveUrl =
  'wss://generativelanguage.googleapis.com/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';

/** Opens a socket in the frame, sends, and closes once as many messages came back; tells what happened. */
function talk(
  { frame }: OpenApp,
  url: string,
  options: { close?: [number, string]; protocols?: string[] } = {},
): Promise<unknown> {
  const { close = [], protocols = [] } = options;
  return frame.evaluate(`new Promise((resolve) => {
    const socket = new WebSocket(${JSON.stringify(url)}, ${JSON.stringify(protocols)});
    socket.binaryType = 'arraybuffer';
    const events = [];
    const sent = ['hello', new Uint8Array([1, 2, 3]), ''];
    socket.onopen = () => { events.push('open ' + socket.protocol); for (const data of sent) socket.send(data); };
    socket.onmessage = ({ data }) => {
      events.push(typeof data === 'string' ? 'text ' + data : 'bytes ' + new Uint8Array(data).join());
      if (events.length === 1 + sent.length) socket.close(...${JSON.stringify(close)});
    };
    socket.onclose = ({ code, reason }) => resolve([...events, 'closed ' + code + ' ' + reason]);
  })`);
}

const echoed = ['text hello', 'bytes 1,2,3', 'text '];

describe('the hook and WebSockets', () => {
  it('relays a Live socket with the session that the frame never sees', async () => {
    await using app = await openApp();
    const events = await talk(app, `${liveUrl}?key=k&alt=x`, { close: [4321, 'done'], protocols: ['live'] });
    expect(events).toEqual(['open live', ...echoed, 'closed 4321 done']);
    expect(app.api.lastCall?.url).toBe(`${new URL(liveUrl).pathname}?alt=x`);
    expect(app.api.lastCall?.headers['x-emulator-session']).toBe(standInSecret);
    await expect.poll(() => app.studio.debugState().upstreamExchanges, patiently).toBe(0);
  });

  it('refuses the frame that asks the host server itself, and every other socket there', async () => {
    await using app = await openApp();
    const url = `wss://${new URL(app.studio.url).host}/rpc/live?url=${encodeURIComponent(liveUrl)}`;
    expect(await talk(app, url)).toEqual(['closed 1006 ']);
  });

  it('leaves other sockets native', async () => {
    await using app = await openApp();
    await using server = await startEcho();
    expect(await talk(app, server.url, { close: [1000, ''] })).toEqual(['open ', ...echoed, 'closed 1000 ']);
  });

  it('leaves Live sockets native where they are not relayed, so that the API refuses them', async () => {
    await using app = await openApp({ switches: { live: 'missing' } });
    expect(await talk(app, liveUrl)).toEqual(['closed 1006 ']);
    expect(app.api.lastCall?.headers['x-emulator-session']).toBe(undefined);
  });

  it('fails a Live socket when the session has expired', async () => {
    await using app = await openApp({ switches: { session: 'expired' } });
    expect(await talk(app, liveUrl)).toEqual(['closed 1006 ']);
  });
});

async function startEcho() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket) => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })));
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return { url: `ws://127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => server.close() };
}
