import { startStack } from '@gemini-proxy/testbed';
import { createFetchExecutor, type Execute, type RequestBody } from '@gemini-proxy/worker';
import { createGenaiExecutor } from '@gemini-proxy/worker/genai';
import { GoogleGenAI } from '@google/genai';
import { describe, expect, it } from 'vitest';

const emulatorKey = 'emulator-key';

interface TestRequest {
  readonly method?: string;
  readonly path: string;
  readonly body?: string;
  readonly type?: string;
}

interface Answer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly text: string;
}

/** Both executors over one emulator. */
async function startBoth() {
  const stack = await startStack({ workers: 0 });
  const { url } = stack.emulator;
  const sdk = new GoogleGenAI({ apiKey: emulatorKey, httpOptions: { baseUrl: url } });
  const byFetch = createFetchExecutor({ fetch: () => fetch, baseUrl: url, headers: [['x-goog-api-key', emulatorKey]] });
  const bySdk = createGenaiExecutor({ client: () => sdk });
  return { stack, byFetch, bySdk, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() };
}

async function send(execute: Execute, { method = 'POST', path, body, type = 'application/json' }: TestRequest): Promise<Answer> {
  const head = { attempt: 'a', method, path, headers: [['content-type', type]] as const, operation: 'x' };
  const response = await execute(head, toBody(body), new AbortController().signal);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of response.body ?? []) chunks.push(chunk);
  const contentType = response.headers.find(([name]) => name === 'content-type')?.[1];
  return { status: response.status, contentType, text: await new Blob(chunks).text() };
}

function toBody(text: string | undefined): RequestBody {
  if (text === undefined) return undefined;
  const pieces = [new TextEncoder().encode(text)];
  return {
    takeIfComplete: () => pieces.splice(0),
    async *[Symbol.asyncIterator]() {
      yield* pieces.splice(0);
    },
  };
}

/** Events and arrays as lists, so that only what they say is compared; ids and times differ from call to call. */
function parsed({ text, contentType }: Answer): unknown {
  const json = contentType === 'text/event-stream' && text.startsWith('data:') ? `[${events(text).join(',')}]` : text;
  return JSON.parse(json, (name, value) => (name === 'responseId' ? '*' : value));
}

function events(text: string): readonly string[] {
  return text
    .split('\r\n\r\n')
    .filter((event) => event !== '')
    .map((event) => event.replace(/^data: /, ''));
}

const contents = '"contents": [{"role": "user", "parts": [{"text": "Say <hi> — 你好"}]}]';
const generate = '/v1beta/models/gemini-2.5-flash:generateContent';
const embed = '/v1beta/models/gemini-embedding-001';
const stream = '/v1beta/models/gemini-2.5-flash:streamGenerateContent';

const requests: Readonly<Record<string, TestRequest>> = {
  generate: { path: generate, body: `{${contents}}` },
  'generate under v1': { path: generate.replace('v1beta', 'v1'), body: `{${contents}}` },
  'generate with fields in snake case, leniently': {
    path: generate,
    body: `{'system_instruction': {'parts': [{'text': "Be brief"}]}, ${contents}, generation_config: {max_output_tokens: 40}, }`,
  },
  'generate with tools': {
    path: generate,
    body: `{${contents}, "tools": [{"functionDeclarations": [{"name": "f", "parameters": {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}}}]}]}`,
  },
  'generate with a field that the service does not know': { path: generate, body: `{${contents}, "noSuchField": 1}` },
  'generate with a malformed body': { path: generate, body: `{"contents": [` },
  'an unknown model': { path: '/v1beta/models/nonesuch:generateContent', body: `{${contents}}` },
  'stream as events': { path: `${stream}?alt=sse`, body: `{${contents}}` },
  'stream as an array': { path: stream, body: `{${contents}}` },
  'stream of an unknown model': { path: '/v1beta/models/nonesuch:streamGenerateContent?alt=sse', body: `{${contents}}` },
  'count tokens': { path: '/v1beta/models/gemini-2.5-flash:countTokens', body: `{${contents}}` },
  'embed one content': {
    path: `${embed}:embedContent`,
    body: '{"content": {"parts": [{"text": "a"}]}, "taskType": "RETRIEVAL_QUERY"}',
  },
  'embed a batch': {
    path: `${embed}:batchEmbedContents`,
    body: '{"requests": [{"model": "models/gemini-embedding-001", "content": {"parts": [{"text": "a"}]}}, {"model": "models/gemini-embedding-001", "content": {"parts": [{"text": "b"}]}}]}',
  },
  'embed a batch for another model': {
    path: `${embed}:batchEmbedContents`,
    body: '{"requests": [{"model": "models/other", "content": {"parts": [{"text": "a"}]}}]}',
  },
  'list files': { method: 'GET', path: '/v1beta/files?pageSize=5' },
  "get a stranger's file": { method: 'GET', path: '/v1beta/files/nonesuch' },
  'delete an unknown file': { method: 'DELETE', path: '/v1beta/files/nonesuch' },
  'list caches': { method: 'GET', path: '/v1beta/cachedContents' },
  'create a cache that is too small': {
    path: '/v1beta/cachedContents',
    body: `{"model": "models/gemini-2.5-flash", ${contents}, 'ttl': '300s'}`,
  },
  'get an unknown cache': { method: 'GET', path: '/v1beta/cachedContents/nonesuch' },
  'list models': { method: 'GET', path: '/v1beta/models?pageSize=2' },
  'get a model': { method: 'GET', path: '/v1beta/models/gemini-2.5-flash' },
  'get an unknown model': { method: 'GET', path: '/v1beta/models/nonesuch' },
};

/** What the SDK does not know of an answer, or leaves out. */
const lostBySdk: Readonly<Record<string, readonly string[]>> = {
  'count tokens': ['promptTokensDetails'],
};

describe('the two executors', () => {
  it.each(Object.entries(requests))('give the same answer: %s', async (name, request) => {
    await using both = await startBoth();
    const expected = await send(both.byFetch, request);
    const answer = await send(both.bySdk, request);
    expect(expected.status).toBeLessThan(500);
    expect([answer.status, answer.contentType]).toEqual([expected.status, expected.contentType]);
    expect(without(parsed(answer), [])).toEqual(without(parsed(expected), lostBySdk[name] ?? []));
  });

  it('create, change and delete a cache alike', async () => {
    await using both = await startBoth();
    const text = 'word '.repeat(30_000);
    const body = `{"model": "models/gemini-2.5-flash", "displayName": "d", "contents": [{"role": "user", "parts": [{"text": "${text}"}]}], "ttl": "300s"}`;
    const live = async (execute: Execute) => {
      const created = parsed(await send(execute, { path: '/v1beta/cachedContents', body }));
      const path = `/v1beta/${nameOf(created)}`;
      const changed = parsed(await send(execute, { method: 'PATCH', path: `${path}?updateMask=ttl`, body: '{"ttl": "600s"}' }));
      const read = parsed(await send(execute, { method: 'GET', path }));
      const deleted = parsed(await send(execute, { method: 'DELETE', path }));
      return [created, changed, read, deleted].map((answer) =>
        without(answer, ['name', 'createTime', 'updateTime', 'expireTime']),
      );
    };
    const expected = await live(both.byFetch);
    expect(expected[0]).toMatchObject({ displayName: 'd' });
    expect(await live(both.bySdk)).toEqual(expected);
  });

  it('upload a whole file alike', async () => {
    await using both = await startBoth();
    const parts = ['application/json\r\n\r\n{"file": {"displayName": "d"}}', 'text/plain\r\n\r\nhello'];
    const body = `${parts.map((part) => `--b\r\ncontent-type: ${part}\r\n`).join('')}--b--\r\n`;
    const request = { path: '/upload/v1beta/files?uploadType=multipart', body, type: 'multipart/related; boundary=b' };
    const facts = async (execute: Execute) => {
      const { file } = JSON.parse((await send(execute, request)).text);
      const { displayName, mimeType, sizeBytes, sha256Hash, state } = file;
      return { displayName, mimeType, sizeBytes, sha256Hash, state };
    };
    const expected = await facts(both.byFetch);
    expect(expected).toMatchObject({ displayName: 'd', mimeType: 'text/plain', sizeBytes: '5' });
    expect(await facts(both.bySdk)).toEqual(expected);
  });

  it('print the same bytes of an error', async () => {
    await using both = await startBoth();
    for (const name of ['generate with a malformed body', 'an unknown model'] as const) {
      const request = requests[name];
      if (request === undefined) throw new Error(name);
      expect((await send(both.bySdk, request)).text).toBe((await send(both.byFetch, request)).text);
    }
  });

  it('differ where the SDK has no call: it says so', async () => {
    await using both = await startBoth();
    const answer = await send(both.bySdk, { path: '/v1beta/interactions', body: '{}' });
    expect(answer.status).toBe(501);
    expect(parsed(answer)).toMatchObject({
      error: { code: 501, status: 'UNIMPLEMENTED', details: [{ reason: 'NOT_SERVED_BY_SDK' }] },
    });
  });

  it('report a service that cannot be reached alike', async () => {
    await using both = await startBoth();
    await both.stack.emulator[Symbol.asyncDispose]();
    const request = { path: generate, body: `{${contents}}` };
    await expect(send(both.byFetch, request)).rejects.toMatchObject({ code: 'UPSTREAM_UNREACHABLE' });
    await expect(send(both.bySdk, request)).rejects.toMatchObject({ code: 'UPSTREAM_UNREACHABLE' });
  });
});

function nameOf(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string') return value.name;
  throw new Error(`No name: ${JSON.stringify(value)}`);
}

function without(value: unknown, names: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}
