import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { holdCapability } from '@gemini-proxy/protocol';
import { strFromU8, unzipSync } from 'fflate';
import { describe, expect, it, vi } from 'vitest';
import { ConsoleError, consoleRoutes } from '../src/console/contract.ts';
import { adminClient } from './console-client.ts';
import { answering, connectScriptedWorker, echo } from './scripted-worker.ts';
import { adminToken, clientKey, startGateway, workerToken } from './start-gateway.ts';
import { createTemporaryFolder } from './temporary-folder.ts';

const bearer = { authorization: `Bearer ${adminToken}` };
const generatePath = '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse';
const patience = { timeout: 20_000, interval: 20 };

/** An event stream with token counts at its end, as the Gemini API sends it. */
const generation = answering(
  200,
  [['content-type', 'text/event-stream']],
  'data: {"candidates":[],"usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":5}}\r\n\r\n',
);

async function generate(url: string, body = '{"contents":[]}'): Promise<string> {
  const answer = await fetch(`${url}${generatePath}&key=${clientKey}`, { method: 'POST', body });
  return answer.text();
}

describe('requests', () => {
  it('shows a request with its timeline, worker, tokens and outcome', async () => {
    await using started = await startGateway();
    await using _worker = await connectScriptedWorker({ port: started.port, script: generation });
    const client = adminClient(started.url);
    await generate(started.url);
    const { requests, kept } = await client.call('listRequests', {});
    expect(kept).toBe(1);
    expect(requests[0]).toMatchObject({
      kind: 'http',
      method: 'POST',
      path: generatePath,
      operation: 'models.streamGenerateContent',
      model: 'gemini-2.5-flash',
      state: 'completed',
      status: 200,
      workerId: 'scripted',
      account: 'tester',
      attempts: 1,
      requestBytes: 15,
      tokensIn: 7,
      tokensOut: 5,
      isCaptured: false,
    });
    const detail = await client.call('getRequest', { params: { id: requests[0]?.id ?? '' } });
    expect(detail.timeline.map(({ kind }) => kind)).toEqual(['received', 'queued', 'leased', 'sent', 'first-byte', 'end']);
    expect(detail.request.body).toBeNull();
    expect(JSON.stringify(detail)).not.toContain(clientKey);
    const counts = await (await fetch(`${started.url}/metrics`)).text();
    expect(counts).toContain('gemini_proxy_requests_total{outcome="completed"} 1\n');
    const { totals, errors } = await client.call('getOverview', { query: { range: '15m' } });
    expect(totals).toMatchObject({ requests: 1, failed: 0, tokensIn: 7, tokensOut: 5 });
    expect(totals.latencyMs).not.toBeNull();
    expect(errors).toEqual([]);
  });

  it("tells the gateway's own errors from the upstream's, and filters", async () => {
    await using started = await startGateway();
    const client = adminClient(started.url);
    await generate(started.url);
    await using _worker = await connectScriptedWorker({ port: started.port, script: answering(429, [], '{}') });
    await generate(started.url);
    const { errors, totals } = await client.call('getOverview', {});
    expect(totals.failed).toBe(2);
    expect(errors).toContainEqual({ reason: 'NO_WORKER_READY', source: 'gateway', count: 1 });
    expect(errors).toContainEqual({ reason: 'HTTP_429', source: 'upstream', count: 1 });
    const find = async (query: object) => (await client.call('listRequests', { query })).requests.map(({ status }) => status);
    expect(await find({})).toEqual([429, 503]);
    expect(await find({ status: '5xx' })).toEqual([503]);
    expect(await find({ status: '429' })).toEqual([429]);
    expect(await find({ reason: 'NO_WORKER_READY' })).toEqual([503]);
    expect(await find({ worker: 'scripted' })).toEqual([429]);
    expect(await find({ search: 'SCRIPTED' })).toEqual([429]);
    expect(await find({ search: 'nothing like it' })).toEqual([]);
    const first = await client.call('listRequests', { query: { limit: 1 } });
    expect(first.nextBefore).toBe(first.requests[0]?.id);
    expect(await find({ before: first.nextBefore })).toEqual([503]);
    await fetch(`${started.url}/v1beta/models?key=gp-client-strange`);
    const refused = await client.call('listRequests', { query: { state: 'refused' } });
    expect(refused.requests).toMatchObject([{ status: 400, reason: 'CLIENT_KEY_INVALID', path: '/v1beta/models', attempts: 0 }]);
  });

  it('keeps bodies only while capture is on, and sends a kept request again', async () => {
    await using started = await startGateway();
    await using worker = await connectScriptedWorker({ port: started.port, script: echo });
    const client = adminClient(started.url);
    await generate(started.url, '{"before":1}');
    await client.call('changeCapture', { body: { isOn: true, maxBodyBytes: 1024 } });
    await generate(started.url, '{"text":"你好"}');
    await generate(started.url, 'x'.repeat(5_000));
    const { requests } = await client.call('listRequests', {});
    expect(requests.map(({ isCaptured }) => isCaptured)).toEqual([true, true, false]);
    const [long, short] = await Promise.all(requests.slice(0, 2).map(({ id }) => client.call('getRequest', { params: { id } })));
    expect(short?.request.body).toMatchObject({ encoding: 'utf8', content: '{"text":"你好"}', isTruncated: false });
    expect(short?.response?.body).toMatchObject({ content: '{"text":"你好"}', contentType: 'application/octet-stream' });
    expect(long?.request.body).toMatchObject({ bytes: 5_000, isTruncated: true, content: 'x'.repeat(1024) });
    expect([short?.canReplay, long?.canReplay]).toEqual([true, false]);
    const { id } = await client.call('replayRequest', { params: { id: short?.id ?? '' } });
    await vi.waitFor(async () => {
      const replay = await client.call('getRequest', { params: { id } });
      expect(replay).toMatchObject({ state: 'completed', replayOf: short?.id, requestBytes: 17 });
      expect(replay.response?.body?.content).toBe('{"text":"你好"}');
    }, patience);
    expect(worker.streams).toHaveLength(4);
    await expect(client.call('replayRequest', { params: { id: long?.id ?? '' } })).rejects.toMatchObject({ status: 409 });
    expect(await client.call('getCapture', {})).toMatchObject({ isOn: true, keptRequests: 3 });
    expect(await client.call('clearCapture', {})).toMatchObject({ keptRequests: 0, keptBytes: 0 });
  });
});

describe('workers', () => {
  it('are paused, resumed, renamed, drained and disconnected', async () => {
    await using started = await startGateway();
    await using worker = await connectScriptedWorker({ port: started.port, script: generation });
    const client = adminClient(started.url);
    await vi.waitFor(async () => expect((await client.call('listWorkers', {})).workers[0]?.state).toBe('ready'), patience);
    const act = (action: 'pause' | 'resume' | 'drain' | 'disconnect') =>
      client.call('actOnWorker', { params: { id: 'scripted', action } });
    expect(await act('pause')).toMatchObject({ state: 'paused', isPaused: true });
    expect(await generate(started.url)).toContain('NO_WORKER_READY');
    expect(await act('resume')).toMatchObject({ state: 'ready', isPaused: false });
    expect(await generate(started.url)).toContain('usageMetadata');
    const renamed = await client.call('changeWorker', { params: { id: 'scripted' }, body: { label: ' Laptop ' } });
    expect(renamed).toMatchObject({ label: 'Laptop', served: 1, failed: 0, errorRate: 0 });
    expect(await act('drain')).toMatchObject({ state: 'draining' });
    await vi.waitFor(() => expect(worker.goaways).toHaveLength(1), patience);
    expect(await act('disconnect')).toMatchObject({ state: 'gone' });
    await worker.closed;
    expect((await client.call('listWorkers', {})).workers).toEqual([]);
    await expect(act('pause')).rejects.toBeInstanceOf(ConsoleError);
  });

  it('are told that they are paused, also when they come back', async () => {
    await using started = await startGateway();
    const connect = () =>
      connectScriptedWorker({ port: started.port, script: generation, hello: { capabilities: [holdCapability] } });
    const client = adminClient(started.url);
    const act = (action: 'pause' | 'resume') => client.call('actOnWorker', { params: { id: 'scripted', action } });
    await using worker = await connect();
    await act('pause');
    await vi.waitFor(() => expect(worker.holds).toEqual([true]), patience);
    await using again = await connect();
    await vi.waitFor(() => expect(again.holds).toEqual([true]), patience);
    await act('resume');
    await vi.waitFor(() => expect(again.holds).toEqual([true, false]), patience);
    expect(worker.holds).toEqual([true]);
  });
});

describe('keys', () => {
  it('are made, used, listed without their value, and revoked at once', async () => {
    await using started = await startGateway();
    await using _worker = await connectScriptedWorker({ port: started.port, script: generation });
    const client = adminClient(started.url);
    const { key, value } = await client.call('createKey', { body: { name: 'Editor' } });
    const use = () =>
      fetch(`${started.url}${generatePath}`, { method: 'POST', body: '{}', headers: { 'x-goog-api-key': value } });
    expect(key).toMatchObject({ name: 'Editor', canRevoke: true, lastUsedAtMs: null });
    expect((await use()).status).toBe(200);
    const listed = JSON.stringify(await client.call('listKeys', {}));
    expect(listed).toContain('"Editor"');
    expect(listed).not.toContain(value);
    expect((await client.call('listKeys', {})).keys[1]?.lastUsedAtMs).toBeGreaterThan(0);
    await client.call('revokeKey', { params: { id: key.id } });
    expect((await use()).status).toBe(400);
    await expect(client.call('revokeKey', { params: { id: 'first' } })).rejects.toMatchObject({ status: 409 });
    await expect(client.call('revokeKey', { params: { id: key.id } })).rejects.toMatchObject({ status: 404 });
  });
});

describe('files and caches', () => {
  it('are listed with their owner, and deleted by the owner', async () => {
    await using started = await startGateway();
    const file = { name: 'files/abc', uri: 'x', state: 'ACTIVE', sizeBytes: '12', displayName: 'Report', mimeType: 'text/plain' };
    const expirationTime = new Date(Date.now() + 3_600_000).toISOString();
    await using worker = await connectScriptedWorker({
      port: started.port,
      script: answering(200, [['content-type', 'application/json']], JSON.stringify({ ...file, expirationTime })),
    });
    const client = adminClient(started.url);
    await fetch(`${started.url}/v1beta/files/abc`, { headers: { 'x-goog-api-key': clientKey } });
    const { resources, total } = await client.call('listResources', {});
    expect(total).toBe(1);
    expect(resources[0]).toMatchObject({
      ...{ name: 'files/abc', kind: 'files', account: 'tester', isOwnerReady: true, state: 'ACTIVE' },
      ...{ displayName: 'Report', mimeType: 'text/plain', sizeBytes: 12 },
    });
    expect((await client.call('listResources', { query: { kind: 'cachedContents' } })).total).toBe(0);
    await client.call('deleteResource', { params: { name: 'files/abc' } });
    expect(worker.streams.at(-1)?.request).toMatchObject({ method: 'DELETE', path: '/v1beta/files/abc' });
    expect((await client.call('listResources', {})).resources).toEqual([]);
    await expect(client.call('deleteResource', { params: { name: 'models/x' } })).rejects.toMatchObject({ status: 400 });
    await expect(client.call('cancelUpload', { params: { id: 'nothing' } })).rejects.toMatchObject({ status: 404 });
  });

  it('shows an upload on its way, and gives it up', async () => {
    await using started = await startGateway();
    const client = adminClient(started.url);
    const begun = await fetch(`${started.url}/upload/v1beta/files`, {
      method: 'POST',
      headers: {
        'x-goog-api-key': clientKey,
        'x-goog-upload-protocol': 'resumable',
        'x-goog-upload-command': 'start',
        'x-goog-upload-header-content-length': '16777216',
        'x-goog-upload-header-content-type': 'video/mp4',
      },
      body: JSON.stringify({ file: { displayName: 'Film' } }),
    });
    const uploadUrl = begun.headers.get('x-goog-upload-url') ?? '';
    await fetch(uploadUrl, {
      method: 'POST',
      headers: { 'x-goog-upload-command': 'upload', 'x-goog-upload-offset': '0' },
      body: new Uint8Array(8 * 1024 ** 2),
    });
    const { uploads } = await client.call('listResources', {});
    expect(uploads[0]).toMatchObject({ displayName: 'Film', mimeType: 'video/mp4', state: 'receiving' });
    expect(uploads[0]).toMatchObject({ totalBytes: 16 * 1024 ** 2, receivedBytes: 8 * 1024 ** 2 });
    expect(uploadUrl).not.toContain(uploads[0]?.id);
    await client.call('cancelUpload', { params: { id: uploads[0]?.id ?? '' } });
    expect((await client.call('listResources', {})).uploads[0]?.state).toBe('cancelled');
  });
});

describe('settings, logs and set-up', () => {
  it('shows where each value comes from, and no secret', async () => {
    const sources = new Map([['port', { kind: 'flag', name: '--port' }]] as const);
    await using started = await startGateway({ apiKey: 'official-secret' }, undefined, { sources });
    const { settings } = await adminClient(started.url).call('listSettings', {});
    expect(settings.find(({ member }) => member === 'port')).toMatchObject({
      value: 0,
      source: { kind: 'flag', name: '--port' },
    });
    expect(settings.find(({ member }) => member === 'host')?.source.kind).toBe('default');
    expect(settings.find(({ member }) => member === 'apiKey')).toMatchObject({ value: null, isSecret: true, isSet: true });
    expect(JSON.stringify(settings)).not.toContain('official-secret');
  });

  it('shows recent lines of the log without secrets', async () => {
    await using started = await startGateway();
    const client = adminClient(started.url);
    await generate(started.url);
    await fetch(`${started.url}/v1beta/models?key=gp-client-strange`);
    const { lines } = await client.call('listLogs', {});
    expect(lines.map(({ message }) => message)).toEqual(['request-refused', 'request-failed', 'gateway-listening']);
    expect((await client.call('listLogs', { query: { level: 'warn' } })).lines).toHaveLength(1);
    expect((await client.call('listLogs', { query: { search: 'no_worker' } })).lines).toHaveLength(1);
    const first = await client.call('listLogs', { query: { limit: 1 } });
    expect(first.nextBefore).toBe(first.lines[0]?.id);
    expect(JSON.stringify(lines)).not.toMatch(/gp-(client|worker|admin)-/);
  });

  it('gives a newcomer address, key and pairing link, and follows the page', async () => {
    await using started = await startGateway();
    const client = adminClient(started.url);
    const setup = await client.call('getSetup', {});
    const endpoint = `ws://127.0.0.1:${started.port}/worker`;
    expect(setup).toMatchObject({ baseUrl: started.url, clientKey, progress: { step: 'waiting' } });
    expect(setup.pairing).toMatchObject({ endpoint, token: workerToken, isSecure: false });
    const fragment = new URLSearchParams(setup.pairing.fragment.slice(1));
    expect(Object.fromEntries(fragment)).toEqual({ endpoint, token: workerToken });
    await using _worker = await connectScriptedWorker({ port: started.port, script: echo, status: 'needs-interaction' });
    const step = async () => (await client.call('getSetup', {})).progress.step;
    await vi.waitFor(async () => expect(await step()).toBe('needs-interaction'), patience);
  });

  it('gives the worker page as files and as an archive, or says that it is not built', async () => {
    await using folder = await createTemporaryFolder();
    const folders = { console: '/nonexistent', workerPage: folder.path };
    await using started = await startGateway({}, undefined, { folders });
    const client = adminClient(started.url);
    const getZip = () =>
      fetch(`${started.url}${client.urlOf('getWorkerPageZip', {}).slice(started.url.length)}`, { headers: bearer });
    expect((await client.call('listWorkerPage', {})).isBuilt).toBe(false);
    expect((await getZip()).status).toBe(404);
    await mkdir(join(folder.path, 'paste'));
    await writeFile(join(folder.path, 'index.html'), '<p>page</p>');
    await writeFile(join(folder.path, 'paste/index.tsx'), 'pasted');
    expect(await client.call('listWorkerPage', {})).toEqual({
      isBuilt: true,
      files: [{ path: 'index.html', bytes: 11, text: '<p>page</p>' }],
      pasteFiles: [{ path: 'index.tsx', bytes: 6, text: 'pasted' }],
    });
    const archive = unzipSync(new Uint8Array(await (await getZip()).arrayBuffer()));
    expect(Object.entries(archive).map(([path, content]) => [path, strFromU8(content)])).toEqual([['index.html', '<p>page</p>']]);
  });

  it('describes itself as OpenAPI', async () => {
    await using started = await startGateway();
    const description = await adminClient(started.url).call('getOpenApi', {});
    expect(description.openapi).toBe('3.1.0');
    const operations = Object.values(description.paths as Record<string, Record<string, { operationId: string }>>);
    const ids = operations.flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
    expect(ids.sort()).toEqual(Object.keys(consoleRoutes).sort());
  });
});
