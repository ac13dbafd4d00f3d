import { type Stack, startStack } from '@gemini-proxy/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const emulatorKey = 'emulator-key';
const embedPath = '/v1beta/models/gemini-embedding-001:embedContent';

interface Call {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ browser: {} });
});
afterEach(() => stack.settled());
afterAll(() => stack[Symbol.asyncDispose]());

const throughHook = (call: Call) => send(stack.baseUrl, stack.clientKey, call);
const direct = (call: Call) => send(stack.emulator.url, emulatorKey, call);

async function send(baseUrl: string, key: string, { method = 'POST', path, headers, body }: Call) {
  const response = await fetch(baseUrl + path, {
    method,
    headers: { 'x-goog-api-key': key, ...headers },
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** The lines of the page's log. */
async function logText(): Promise<string> {
  const log = await stack.browser?.frame.evaluate(`(() => {
    const page = globalThis.geminiProxyWorkerPage;
    page.setLogOpen(true);
    return page.snapshot.log.map(({ text }) => text).join('\\n');
  })()`);
  return String(log);
}

describe('behind the hook', () => {
  it('gets an embedding byte for byte as from the service, though the hook has no embedContent', async () => {
    for (const body of [
      '{"content": {"parts": [{"text": "Grüße 你好"}]}}',
      `{'model': 'models/gemini-embedding-001', 'content': {'parts': [{'text': "a"}],}, task_type: 'RETRIEVAL_QUERY'}`,
    ]) {
      const expected = await direct({ path: embedPath, body });
      expect(expected.status).toBe(200);
      const answer = await throughHook({ path: embedPath, body });
      expect(answer).toMatchObject({ status: 200, text: expected.text });
    }
    const calls = stack.emulator.received.requests.filter(({ path }) => path.includes('mbedContent'));
    expect(calls.at(-1)?.path).toMatch(/:batchEmbedContents$/);
    await expect.poll(logText).toContain('adapted: embed-content-as-batch');
  });

  it('gets the error of the service for an embedding that cannot be', async () => {
    const expected = await direct({ path: embedPath, body: '{"content": ' });
    const answer = await throughHook({ path: embedPath, body: '{"content": ' });
    expect(answer.status).toBe(expected.status);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 400, status: 'INVALID_ARGUMENT' } });
  });

  it('keeps the type of a file that only a header of the upload says, and sends no credential', async () => {
    const start = await throughHook({
      path: '/upload/v1beta/files',
      body: `{'file': {'display_name': 'notes'}}`,
      headers: {
        'x-goog-upload-protocol': 'resumable',
        'x-goog-upload-command': 'start',
        'x-goog-upload-header-content-length': '5',
        'x-goog-upload-header-content-type': 'text/markdown',
      },
    });
    expect(start.status).toBe(200);
    const answer = await fetch(start.headers.get('x-goog-upload-url') ?? '', {
      method: 'POST',
      body: 'hello',
      headers: { 'x-goog-upload-offset': '0', 'x-goog-upload-command': 'upload, finalize' },
    });
    expect(JSON.parse(await answer.text())).toMatchObject({
      file: { displayName: 'notes', mimeType: 'text/markdown', sizeBytes: '5' },
    });
  });

  it('names what it adapts in its capabilities', async () => {
    const names = ['embed-content-as-batch', 'upload-type-in-metadata'];
    await expect.poll(() => stack.gateway.workers()[0]).toMatchObject({ state: 'ready' });
    expect(stack.gateway.workers()[0]).toMatchObject({ capabilities: expect.arrayContaining(names) });
  });

  it('lists although the client sends its key in the query', async () => {
    const answer = await send(stack.baseUrl, stack.clientKey, {
      method: 'GET',
      path: `/v1beta/models?pageSize=1&key=${stack.clientKey}`,
    });
    expect(answer.status).toBe(200);
  });
});

describe('the SDK executor in the page', () => {
  it('is loaded when it is chosen, and serves the core operations', async () => {
    await using chosen = await startStack({ browser: { executor: 'sdk', switches: { uploadCredentialsRefused: false } } });
    const ask = (call: Call) => send(chosen.baseUrl, chosen.clientKey, call);
    const body = '{"contents": [{"role": "user", "parts": [{"text": "Say hi"}]}]}';
    const generated = await ask({ path: '/v1beta/models/gemini-2.5-flash:generateContent', body });
    expect([generated.status, JSON.parse(generated.text)]).toMatchObject([200, { candidates: [{ finishReason: 'STOP' }] }]);
    const streamed = await ask({ path: '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse', body });
    expect(streamed.headers.get('content-type')).toBe('text/event-stream');
    expect(streamed.text).toMatch(/^data: \{"candidates": \[.*\r\n\r\n$/s);
    const embedded = await ask({ path: embedPath, body: '{"content": {"parts": [{"text": "a"}]}}' });
    expect(JSON.parse(embedded.text)).toEqual({ embedding: { values: expect.any(Array) } });
    const refused = await ask({ path: '/v1beta/models/nonesuch:generateContent', body });
    expect(refused.status).toBe(404);
    const file = new Uint8Array(20_000).fill(7);
    const uploaded = await fetch(`${chosen.baseUrl}/upload/v1beta/files`, {
      method: 'POST',
      headers: { 'x-goog-api-key': chosen.clientKey, 'x-goog-upload-protocol': 'raw', 'content-type': 'image/png' },
      body: file,
    });
    expect([uploaded.status, await uploaded.json()]).toMatchObject([
      200,
      { file: { mimeType: 'image/png', sizeBytes: '20000' } },
    ]);
    const unserved = await ask({ path: '/v1beta/interactions', body: '{}' });
    expect(unserved.status).toBe(501);
    await chosen.settled();
  });
});
