import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { subprotocol } from '@gemini-proxy/protocol';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { workerPath } from '../src/index.ts';
import { expectBaseline } from './baseline.ts';
import { connectRaw, head } from './raw-client.ts';
import { connectScriptedWorker, echo, type ScriptedWorker } from './scripted-worker.ts';
import { clientKey, startGateway } from './start-gateway.ts';

const withKey = { 'x-goog-api-key': clientKey };

/** Opens a WebSocket that speaks no protocol. */
async function connectStranger(port: number, options: { protocol?: string; path?: string; origin?: string } = {}) {
  const { protocol = subprotocol, path = workerPath, origin } = options;
  const headers = origin === undefined ? {} : { origin };
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocol, { perMessageDeflate: false, headers });
  const closed = new Promise<number>((resolve) => {
    socket.once('close', resolve);
  });
  const refused = new Promise<number | undefined>((resolve) => {
    socket.once('unexpected-response', (_request, response) => {
      resolve(response.statusCode);
      socket.terminate();
    });
    socket.once('open', () => resolve(undefined));
  });
  socket.on('error', () => {});
  return { socket, closed, refusedWith: await refused };
}

async function expectServing(url: string, worker: ScriptedWorker): Promise<void> {
  const before = worker.streams.length;
  const answer = await fetch(`${url}/v1beta/models`, { method: 'POST', body: 'still served', headers: withKey });
  expect(await answer.text()).toBe('still served');
  expect(worker.streams.length).toBe(before + 1);
}

describe('the worker endpoint', () => {
  it.each([
    ['another path', { path: '/v1beta/models' }, 404],
    ['another subprotocol', { protocol: 'chat' }, 400],
    ['a foreign page', { origin: 'https://evil.example' }, 403],
    ['AI Studio', { origin: 'https://abc.usercontent.goog' }, undefined],
    ['a page of this machine', { origin: 'http://localhost:5173' }, undefined],
  ])('judges %s at the upgrade', async (_note, options, expected) => {
    await using started = await startGateway();
    const { socket, closed, refusedWith } = await connectStranger(started.port, options);
    expect(refusedWith).toBe(expected);
    socket.terminate();
    await closed;
    await expectBaseline(started.gateway);
  });

  it('closes a session with a wrong token, and logs it once without the token', async () => {
    await using started = await startGateway();
    const script = echo;
    await using worker = await connectScriptedWorker({ port: started.port, script, hello: { token: 'gp-worker-guess' } });
    expect((await worker.closed).code).toBe('UNAUTHORIZED');
    expect(started.gateway.workers()).toEqual([]);
    expect(started.log.filter((line) => line.includes('UNAUTHORIZED'))).toHaveLength(1);
    expect(started.log.join()).not.toContain('gp-worker-guess');
    await expectBaseline(started.gateway);
  });

  it.each([
    ['garbage before the hello', Buffer.from('garbage'), 4400],
    ['a frame too large for a hello', Buffer.alloc(64 * 1024), 4413],
    ['a text message', 'text', 1003],
  ])('closes a socket that sends %s, and no other', async (_note, message, code) => {
    await using started = await startGateway();
    await using worker = await connectScriptedWorker({ port: started.port, script: echo });
    const { socket, closed } = await connectStranger(started.port);
    socket.send(message);
    expect(await closed).toBe(code);
    await expectServing(started.url, worker);
    await expectBaseline(started.gateway);
  });

  it('ends the session of a worker that sends garbage, and its requests, and no other', async () => {
    await using started = await startGateway({ maxAttempts: 1 });
    await using bad = await connectScriptedWorker({ port: started.port, script: () => ({}), hello: { workerId: 'bad' } });
    const answer = fetch(`${started.url}/v1beta/models`, { headers: withKey });
    await expect.poll(() => bad.streams.length).toBe(1);
    await using good = await connectScriptedWorker({ port: started.port, script: echo, hello: { workerId: 'good' } });
    bad.socket.send(Buffer.from('garbage'));
    expect((await bad.closed).code).toBe('MALFORMED_FRAME');
    expect((await answer).status).toBe(502);
    expect(started.log.filter((line) => line.includes('MALFORMED_FRAME'))).toHaveLength(1);
    await expectServing(started.url, good);
    await expectBaseline(started.gateway);
  });

  it('keeps a flood of silent sockets bounded, and workers on', async () => {
    await using started = await startGateway({ maxWorkers: 2 });
    await using worker = await connectScriptedWorker({ port: started.port, script: echo });
    const flood = await Promise.all(Array.from({ length: 60 }, () => connectStranger(started.port)));
    expect(flood.filter(({ refusedWith }) => refusedWith === 503).length).toBeGreaterThan(20);
    expect(started.gateway.debugState().workerLink.strangers).toBeLessThanOrEqual(32);
    await expectServing(started.url, worker);
    for (const { socket } of flood) socket.terminate();
    await expectBaseline(started.gateway);
  });

  it('takes no more workers than it may', async () => {
    await using started = await startGateway({ maxWorkers: 1 });
    await using _first = await connectScriptedWorker({ port: started.port, script: echo, hello: { workerId: 'first' } });
    await using second = await connectScriptedWorker({ port: started.port, script: echo, hello: { workerId: 'second' } });
    expect((await second.closed).code).toBe('LIMIT_EXCEEDED');
  });

  it('lets a second connection take over a worker id', async () => {
    await using started = await startGateway();
    await using first = await connectScriptedWorker({ port: started.port, script: echo });
    await using second = await connectScriptedWorker({ port: started.port, script: echo });
    expect((await first.closed).code).toBe('REPLACED');
    await expect.poll(() => started.gateway.workers().map(({ state }) => state)).toEqual(['ready']);
    await expectServing(started.url, second);
  });

  it('gives work to ready workers only, and says what to do when none is', async () => {
    await using started = await startGateway();
    await using worker = await connectScriptedWorker({
      port: started.port,
      script: echo,
      status: 'needs-interaction',
      reason: 'The fetch hook did not answer; click into the page.',
    });
    await expect.poll(() => started.gateway.workers()[0]?.state).toBe('needs-interaction');
    const answer = await fetch(`${started.url}/v1beta/models`, { headers: withKey });
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain('worker scripted needs a click in its page');
    worker.session.sendStatus({ state: 'ready', reason: '' });
    await expect.poll(() => started.gateway.workers()[0]?.state).toBe('ready');
    await expectServing(started.url, worker);
    worker.session.drain('The page is closing.');
    await expect.poll(() => started.gateway.workers()[0]?.state).toBe('draining');
    expect((await fetch(`${started.url}/v1beta/models`, { headers: withKey })).status).toBe(503);
  });

  it('gives no work to a worker that is paused, and again when it is not', async () => {
    await using started = await startGateway();
    await using worker = await connectScriptedWorker({ port: started.port, script: echo });
    worker.session.sendStatus({ state: 'paused', reason: 'Paused by its user.' });
    await expect.poll(() => started.gateway.workers()[0]?.state).toBe('paused');
    const answer = await fetch(`${started.url}/v1beta/models`, { headers: withKey });
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('worker scripted is paused')]);
    worker.session.sendStatus({ state: 'ready', reason: '' });
    await expect.poll(() => started.gateway.workers()[0]?.state).toBe('ready');
    await expectServing(started.url, worker);
  });

  it('takes the slots that a worker says anew', async () => {
    await using started = await startGateway({ maxSlotsPerWorker: 20 });
    await using worker = await connectScriptedWorker({ port: started.port, script: echo, hello: { slots: 10 } });
    for (const [said, used] of [
      [5, 5],
      [50, 20],
    ] as const) {
      worker.session.sendStatus({ state: 'ready', reason: '', slots: said });
      await expect.poll(() => started.gateway.workers()[0]?.slots).toBe(used);
    }
  });

  it('uses no more slots than it is configured to', async () => {
    await using started = await startGateway({ maxSlotsPerWorker: 2 });
    await using _worker = await connectScriptedWorker({ port: started.port, script: echo, hello: { slots: 50 } });
    expect(started.gateway.workers()[0]?.slots).toBe(2);
  });
});

describe('other offers to upgrade', () => {
  it('are declined by an answer over HTTP/1.1', async () => {
    await using started = await startGateway();
    await using _worker = await connectScriptedWorker({ port: started.port, script: echo });
    await expect.poll(() => started.gateway.workers()[0]?.state).toBe('ready');
    using client = await connectRaw(started.port);
    const offer = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'];
    client.socket.write(head('GET /v1beta/models', offer));
    await expect.poll(() => client.text).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('/healthz', () => {
  it('says that the process lives, and with ?ready whether a worker is', async () => {
    await using started = await startGateway();
    const alive = await fetch(`${started.url}/healthz`);
    expect([alive.status, await alive.json()]).toEqual([
      200,
      { status: 'ok', workers: { connected: 0, ready: 0, inFlight: 0, waiting: 0 } },
    ]);
    expect((await fetch(`${started.url}/healthz?ready`)).status).toBe(503);
    await using _worker = await connectScriptedWorker({ port: started.port, script: echo });
    await expect.poll(async () => (await fetch(`${started.url}/healthz?ready`)).status).toBe(200);
  });

  it('says with ?verbose how each worker is and why, to this machine and to those with a key', async () => {
    await using started = await startGateway();
    const reason = 'The fetch hook did not answer; click into the page.';
    await using _worker = await connectScriptedWorker({
      port: started.port,
      script: echo,
      status: 'needs-interaction',
      reason,
    });
    const details = async (init: RequestInit = {}) => {
      const answer = await fetch(`${started.url}/healthz?verbose`, init);
      return ((await answer.json()) as { details?: unknown }).details;
    };
    const worker = {
      id: 'scripted',
      account: 'tester',
      kind: 'emulator',
      state: 'needs-interaction',
      reason,
      slots: 100,
      inFlight: 0,
    };
    await expect.poll(() => details()).toEqual([expect.objectContaining(worker)]);
    const forwarded = { 'x-forwarded-for': '203.0.113.7' };
    expect(await details({ headers: forwarded })).toBeUndefined();
    expect(await details({ headers: { ...forwarded, ...withKey } })).toHaveLength(1);
  });

  it('answers known hosts only', async () => {
    await using started = await startGateway();
    const request = httpRequest(`${started.url}/healthz`, { headers: { host: 'evil.example' } }).end();
    const [answer] = await once(request, 'response');
    expect(answer.statusCode).toBe(403);
    answer.resume();
  });
});
