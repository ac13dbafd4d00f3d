import { type HeaderList, StreamError } from '@gemini-proxy/protocol';
import { describe, expect, it } from 'vitest';
import { wholeBody } from '../collect-body.ts';
import type { GenaiClient } from './genai-client.ts';
import { createGenaiExecutor } from './genai-executor.ts';

interface SeenCall {
  readonly name: string;
  readonly parameters: Record<string, unknown>;
}

class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A client whose every call is answered as told. */
function setUp(answer: () => unknown) {
  const calls: SeenCall[] = [];
  const group = (groupName: string) =>
    new Proxy(
      {},
      {
        get: (_, name) => async (parameters: Record<string, unknown>) => {
          calls.push({ name: `${groupName}.${String(name)}`, parameters });
          return answer();
        },
      },
    );
  const client = { models: group('models'), files: group('files'), caches: group('caches') } as unknown as GenaiClient;
  const execute = createGenaiExecutor({ client: () => client });
  const controller = new AbortController();
  const send = async (method: string, path: string, body?: string, headers: HeaderList = []) => {
    const content = body === undefined ? undefined : wholeBody(new TextEncoder().encode(body));
    const head = { attempt: 'a1', method, path, headers, operation: 'unknown' };
    const response = await execute(head, content, controller.signal);
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    for await (const chunk of response.body ?? []) chunks.push(chunk);
    return { status: response.status, headers: response.headers, text: await new Blob(chunks).text() };
  };
  return { calls, send, controller };
}

async function* streamOf(...items: readonly (object | Error)[]): AsyncGenerator<object> {
  for (const item of items) {
    if (item instanceof Error) throw item;
    yield item;
  }
}

const generatePath = '/v1beta/models/m:generateContent';
const streamPath = '/v1beta/models/m:streamGenerateContent';
const cutError = '{"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}';

describe('createGenaiExecutor', () => {
  it('gives the SDK the whole body, with the version of the path', async () => {
    const { calls, send, controller } = setUp(() => ({ candidates: [], sdkHttpResponse: {} }));
    const { text } = await send('POST', generatePath, `{'contents': [], generation_config: {top_k: 1}, "newField": 1,}`);
    const extraBody = { contents: [], generationConfig: { top_k: 1 }, newField: 1 };
    const config = {
      httpOptions: { apiVersion: 'v1beta', extraBody },
      abortSignal: controller.signal,
      automaticContinuation: false,
    };
    expect(calls).toEqual([{ name: 'models.generateContent', parameters: { model: 'm', contents: [], config } }]);
    expect(text).toBe('{\n  "candidates": []\n}\n');
  });

  it.each([
    ['GET', '/v1/files?pageSize=3&pageToken=t', 'files.list', { pageSize: 3, pageToken: 't' }],
    ['GET', '/v1beta/cachedContents', 'caches.list', {}],
  ])('lists by the SDK: %s %s', async (method, path, name, config) => {
    const page = { page: [{ name: 'x/1' }], params: { config: { pageToken: 'next' } } };
    const { calls, send } = setUp(() => page);
    const { text } = await send(method, path);
    expect(calls[0]).toMatchObject({ name, parameters: { config } });
    const collection = name === 'files.list' ? 'files' : 'cachedContents';
    expect(JSON.parse(text)).toEqual({ [collection]: [{ name: 'x/1' }], nextPageToken: 'next' });
  });

  it.each([
    ['GET', '/v1beta/files/a-1', 'files.get', { name: 'files/a-1' }],
    ['DELETE', '/v1beta/files/a-1', 'files.delete', { name: 'files/a-1' }],
    ['GET', '/v1beta/cachedContents/c', 'caches.get', { name: 'cachedContents/c' }],
    ['PATCH', '/v1beta/cachedContents/c?updateMask=ttl', 'caches.update', { name: 'cachedContents/c' }],
    ['DELETE', '/v1beta/cachedContents/c', 'caches.delete', { name: 'cachedContents/c' }],
    ['GET', '/v1beta/models/m', 'models.get', { model: 'm' }],
  ])('names the resource: %s %s', async (method, path, name, parameters) => {
    const { calls, send } = setUp(() => ({ sdkHttpResponse: {} }));
    expect(await send(method, path, method === 'PATCH' ? '{"ttl": "60s"}' : undefined)).toMatchObject({
      status: 200,
      text: '{}\n',
    });
    expect(calls[0]).toMatchObject({ name, parameters });
  });

  it('embeds one content as a batch, and takes the one embedding out', async () => {
    const { calls, send } = setUp(() => ({ embeddings: [{ values: [1, 2] }] }));
    const { text } = await send('POST', '/v1beta/models/e:embedContent', '{"content": {"parts": []}, "taskType": "X"}');
    const requests = [{ model: 'models/e', content: { parts: [] }, taskType: 'X' }];
    expect(calls[0]).toMatchObject({
      name: 'models.embedContent',
      parameters: { config: { httpOptions: { extraBody: { requests } } } },
    });
    expect(JSON.parse(text)).toEqual({ embedding: { values: [1, 2] } });
  });

  it('gives the members that the SDK renames their names back', async () => {
    const generated = { candidates: [{ citationMetadata: { citations: [{ uri: 'u' }] } }] };
    expect(JSON.parse((await setUp(() => generated).send('POST', generatePath, '{}')).text)).toEqual({
      candidates: [{ citationMetadata: { citationSources: [{ uri: 'u' }] } }],
    });
    const model = setUp(() => ({ name: 'models/m', supportedActions: ['countTokens'], tunedModelInfo: {} }));
    expect(JSON.parse((await model.send('GET', '/v1beta/models/m')).text)).toEqual({
      name: 'models/m',
      supportedGenerationMethods: ['countTokens'],
    });
  });

  it("prints a stream in Google's framing", async () => {
    const events = setUp(() => streamOf({ a: 1 }, { b: '<' }));
    const sse = await events.send('POST', `${streamPath}?alt=sse`, '{}');
    expect(sse).toMatchObject({ headers: [['content-type', 'text/event-stream']] });
    expect(sse.text).toBe('data: {"a": 1}\r\n\r\ndata: {"b": "\\u003c"}\r\n\r\n');
    const array = await setUp(() => streamOf({ a: 1 }, { b: 2 })).send('POST', streamPath, '{}');
    expect(array.text).toBe('[{\n  "a": 1\n}\n,\r\n{\n  "b": 2\n}\n]');
    expect((await setUp(() => streamOf()).send('POST', streamPath, '{}')).text).toBe('[]');
  });

  it('passes on an error of the service within a stream, and breaks off on any other', async () => {
    const failing = setUp(() => streamOf({ a: 1 }, new ApiError(503, `got status: UNAVAILABLE. ${cutError}`)));
    const { text } = await failing.send('POST', `${streamPath}?alt=sse`, '{}');
    expect(text).toBe(`data: {"a": 1}\r\n\r\n${JSON.stringify(JSON.parse(cutError), undefined, 2)}\n`);
    const broken = setUp(() => streamOf({ a: 1 }, new Error('Incomplete JSON segment at the end')));
    await expect(broken.send('POST', streamPath, '{}')).rejects.toMatchObject({ code: 'UPSTREAM_CUT' });
  });

  it('answers with the status and the body within an error of the SDK', async () => {
    const cases = [cutError, `{"error":{"message":${JSON.stringify(`[${cutError}]`)},"code":503,"status":"x"}}`];
    for (const message of cases) {
      const { send } = setUp(() => Promise.reject(new ApiError(503, message)));
      const { status, text } = await send('POST', generatePath, '{}');
      expect([status, JSON.parse(text)]).toEqual([503, JSON.parse(cutError)]);
    }
    const html = setUp(() => Promise.reject(new ApiError(404, '{"error":{"message":"<html>","code":404,"status":"Not Found"}}')));
    expect(JSON.parse((await html.send('POST', generatePath, '{}')).text)).toMatchObject({ error: { message: '<html>' } });
  });

  it('tells what the SDK refuses from what was not answered', async () => {
    const refusing = setUp(() => Promise.reject(new Error('contents are required')));
    const { status, text } = await refusing.send('POST', generatePath, '{}');
    expect([status, text]).toEqual([400, expect.stringContaining('contents are required')]);
    const unreachable = setUp(() => Promise.reject(new TypeError('Failed to fetch')));
    await expect(unreachable.send('POST', generatePath, '{}')).rejects.toMatchObject({ code: 'UPSTREAM_UNREACHABLE' });
  });

  it('ends a call that nobody answers with the reason of the signal', async () => {
    const { send, controller } = setUp(() => new Promise(() => {}));
    const failure = send('POST', generatePath, '{}');
    controller.abort(new StreamError('FIRST_BYTE_TIMEOUT', 'too late', { sentUpstream: true }));
    await expect(failure).rejects.toMatchObject({ code: 'FIRST_BYTE_TIMEOUT' });
    const stalled = setUp(() => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }));
    const reading = stalled.send('POST', streamPath, '{}');
    stalled.controller.abort(new StreamError('CANCELLED', 'gone', { sentUpstream: true }));
    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('keeps the address of an upload back, and uploads the file that then comes whole', async () => {
    const { calls, send } = setUp(() => ({ name: 'files/f', sdkHttpResponse: {} }));
    const start = await send('POST', '/upload/v1/files', '{}', [['x-goog-upload-command', 'start']]);
    expect([start.status, start.text, calls.length]).toEqual([200, '', 0]);
    const body =
      '--b-1\r\ncontent-type: application/json\r\n\r\n{"file": {"display_name": "é"}}\r\n--b-1\r\nContent-Type: text/markdown\r\n\r\none\r\n--b-\r\n--b-1--\r\n';
    const { text } = await send('POST', '/upload/v1/files', body, [['content-type', 'multipart/related; boundary=b-1']]);
    expect(JSON.parse(text)).toEqual({ file: { name: 'files/f' } });
    const { file, config } = calls[0]?.parameters ?? {};
    expect(file instanceof Blob ? [file.type, await file.text()] : file).toEqual(['text/markdown', 'one\r\n--b-']);
    const httpOptions = { apiVersion: 'v1', extraBody: { file: { display_name: 'é' } } };
    expect(config).toMatchObject({ mimeType: 'text/markdown', httpOptions });
    for (const broken of ['--b-1\r\n\r\n{}\r\n--b-1--', body.replaceAll('b-1', 'other'), '']) {
      expect((await send('POST', '/upload/v1/files', broken, [['content-type', 'multipart/related; boundary=b-1']])).status).toBe(
        400,
      );
    }
  });

  it('says what it does not serve, and sends nothing', async () => {
    const { calls, send } = setUp(() => ({}));
    const { status, text } = await send('POST', '/v1beta/interactions', '{}');
    expect([status, JSON.parse(text)]).toMatchObject([501, { error: { status: 'UNIMPLEMENTED' } }]);
    expect(calls).toHaveLength(0);
  });

  it('knows that nothing was sent when the SDK cannot be loaded', async () => {
    const execute = createGenaiExecutor({ client: () => Promise.reject(new Error('no such module')) });
    const head = { attempt: 'a1', method: 'GET', path: '/v1beta/models', headers: [], operation: 'models.list' };
    await expect(execute(head, undefined, new AbortController().signal)).rejects.toMatchObject({
      code: 'UPSTREAM_UNREACHABLE',
      sentUpstream: false,
    });
  });
});
