import type { RequestHead } from '@gemini-proxy/protocol';
import { describe, expect, it } from 'vitest';
import { createFetchExecutor } from '../fetch-executor.ts';
import { IncomingBody } from '../request-body.ts';
import type { UpstreamResponse } from '../worker.ts';
import { createAdaptingExecutor } from './adaptation.ts';
import { adaptationsFor } from './hook-adaptations.ts';

interface SeenCall {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A worker's executor behind the hook, over a service that answers as told. */
function setUp(answer: (call: SeenCall) => { status?: number; body: string }, kind: 'aistudio' | 'keyed' = 'aistudio') {
  const calls: SeenCall[] = [];
  const fakeFetch = async (url: string | URL | Request, init: RequestInit = {}) => {
    const { pathname, search } = new URL(String(url));
    const body = init.body === undefined ? '' : await new Response(init.body).text();
    const call = { path: pathname + search, headers: Object.fromEntries(new Headers(init.headers)), body };
    calls.push(call);
    const { status = 200, body: text } = answer(call);
    return new Response(text, { status });
  };
  const execute = createAdaptingExecutor(
    createFetchExecutor({ fetch: () => fakeFetch, baseUrl: 'https://upstream.test' }),
    adaptationsFor(kind),
  );
  const send = async (request: Partial<RequestHead>, body?: string | readonly string[]) => {
    const head: RequestHead = { attempt: 'a1', method: 'POST', path: '/', headers: [], operation: 'unknown', ...request };
    const response = await execute(head, body === undefined ? undefined : toBody(body), new AbortController().signal);
    return { response, text: await readAll(response) };
  };
  return { calls, send };
}

function toBody(pieces: string | readonly string[]): IncomingBody {
  const body = new IncomingBody(() => {});
  for (const piece of [pieces].flat()) body.push(new TextEncoder().encode(piece), false);
  body.push(new Uint8Array(0), true);
  return body;
}

async function readAll(response: UpstreamResponse): Promise<string> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of response.body ?? []) chunks.push(chunk);
  return new Blob(chunks).text();
}

const embedPath = '/v1beta/models/gemini-embedding-001:embedContent';
const batchAnswer = '{\n  "embeddings": [\n    {\n      "values": [\n        -1.0e-05,\n        0.50\n      ]\n    }\n  ]\n}\n';
const singleAnswer = '{\n  "embedding": {\n    "values": [\n      -1.0e-05,\n      0.50\n    ]\n  }\n}\n';

describe('embed-content-as-batch', () => {
  it('wraps the bytes of the request, and unwraps the answer with its numbers as printed', async () => {
    const { calls, send } = setUp(() => ({ body: batchAnswer }));
    const request = `{ "model": "models/gemini-embedding-001", 'content': {"parts": [{"text": "é\\u0041"}], }, "new_field": 1.50 }`;
    const { response, text } = await send({ path: `${embedPath}?x=1&key=secret` }, request);
    expect(calls).toEqual([
      {
        path: '/v1beta/models/gemini-embedding-001:batchEmbedContents?x=1',
        headers: expect.anything(),
        body: `{"requests":[${request}]}`,
      },
    ]);
    expect(text).toBe(singleAnswer);
    expect(response.adaptation).toBe('embed-content-as-batch');
  });

  it('names the model where the request does not', async () => {
    const { calls, send } = setUp(() => ({ body: batchAnswer }));
    await send({ path: embedPath }, ['\n{"content":', '{"parts":[]}}']);
    await send({ path: '/v1/tunedModels/mine%3AembedContent' }, '{}');
    await send({ path: embedPath }, `{model: 'models/other'}`);
    expect(calls.map(({ body }) => body)).toEqual([
      '{"requests":[\n{"model":"models/gemini-embedding-001","content":{"parts":[]}}]}',
      '{"requests":[{"model":"tunedModels/mine"}]}',
      `{"requests":[{model: 'models/other'}]}`,
    ]);
    expect(calls[1]?.path).toBe('/v1/tunedModels/mine%3AbatchEmbedContents');
  });

  it('leaves a broken request, an error and an unexpected answer to the service', async () => {
    const error = '{"error": {"code": 400, "message": "Invalid JSON payload received."}}';
    const broken = setUp(() => ({ status: 400, body: error }));
    const { response, text } = await broken.send({ path: embedPath }, '{"content": ');
    expect(broken.calls[0]?.body).toBe('{"requests":[{"content": ]}');
    expect([response.status, text]).toEqual([400, error]);
    const odd = setUp(() => ({ body: '{"embeddings": []}' }));
    expect((await odd.send({ path: embedPath }, '{}')).text).toBe('{"embeddings": []}');
  });

  it('keeps what the answer has beside the embedding', async () => {
    const { send } = setUp(() => ({ body: '{"embeddings": [{"values": [1]}], "usageMetadata": {"promptTokenCount": 2}}' }));
    const { text } = await send({ path: embedPath }, '{}');
    expect(JSON.parse(text)).toEqual({ embedding: { values: [1] }, usageMetadata: { promptTokenCount: 2 } });
  });

  it('unwraps an answer on one line', async () => {
    const { send } = setUp(() => ({ body: '{"embeddings":[{"values":[1e0]}]}' }));
    expect((await send({ path: `${embedPath}?prettyPrint=false` }, '{}')).text).toBe('{"embedding":{"values":[1e0]}}');
  });
});

const uploadStart = (...headers: readonly [string, string][]): Partial<RequestHead> => ({
  path: '/upload/v1beta/files?key=secret&uploadType=resumable',
  headers: [['x-goog-upload-command', 'start'], ['x-goog-api-key', 'secret'], ...headers],
});
const typeHeader: [string, string] = ['x-goog-upload-header-content-type', 'video/mp4'];

describe('upload-type-in-metadata', () => {
  it('puts the type into the metadata, and sends no credential', async () => {
    const { calls, send } = setUp(() => ({ body: '' }));
    const { response } = await send(uploadStart(typeHeader), `{'file': {'display_name': 'a "b"', size_bytes: '5'}, "x": [1]}`);
    expect(JSON.parse(calls[0]?.body ?? '')).toEqual({
      file: { display_name: 'a "b"', size_bytes: '5', mimeType: 'video/mp4' },
      x: [1],
    });
    expect(calls[0]?.path).toBe('/upload/v1beta/files?uploadType=resumable');
    expect(calls[0]?.headers).not.toHaveProperty('x-goog-api-key');
    expect(calls[0]?.headers).toMatchObject(Object.fromEntries([typeHeader]));
    expect(response.adaptation).toBe('upload-type-in-metadata');
  });

  it('makes metadata where there is none', async () => {
    const { calls, send } = setUp(() => ({ body: '' }));
    await send(uploadStart(typeHeader));
    await send(uploadStart(typeHeader), '');
    await send(uploadStart(typeHeader), '{}');
    const body = '{"file":{"mimeType":"video/mp4"}}';
    expect(calls.map((call) => call.body)).toEqual([body, body, body]);
    expect(calls[0]?.headers).toMatchObject({ 'content-type': 'application/json' });
  });

  it('leaves the bytes alone where the type is known, unknown, or the metadata cannot be read', async () => {
    const { calls, send } = setUp(() => ({ body: '' }));
    const bodies = [`{'file': {'mime_type': 'a/b'}}`, '{ "file": {"mimeType": "a/b"} }', '{"file": ', '[]'];
    for (const body of bodies) expect((await send(uploadStart(typeHeader), body)).response.adaptation).toBeUndefined();
    expect(calls.map(({ body }) => body)).toEqual(bodies);
    const { response } = await send(uploadStart(), '{ }');
    expect(calls.at(-1)?.body).toBe('{ }');
    expect(response.adaptation).toBeUndefined();
  });

  it('does not touch the bytes of a file', async () => {
    const { calls, send } = setUp(() => ({ body: '' }));
    const commands = ['upload', 'upload, finalize', 'start, upload, finalize'];
    for (const command of commands) {
      await send({ path: '/upload/v1beta/files', headers: [['x-goog-upload-command', command], typeHeader] }, '{}');
    }
    expect(calls.map(({ body }) => body)).toEqual(['{}', '{}', '{}']);
  });
});

describe('adaptationsFor', () => {
  it('adapts nothing for a worker with a key', async () => {
    const { calls, send } = setUp(() => ({ body: '{}' }), 'keyed');
    const { response } = await send({ path: embedPath }, '{ }');
    expect(calls[0]).toMatchObject({ path: embedPath, body: '{ }' });
    expect(response).not.toHaveProperty('adaptation');
  });

  it('passes other requests unseen', async () => {
    const { calls, send } = setUp(() => ({ body: batchAnswer }));
    const { response, text } = await send({ path: '/v1beta/models/m:batchEmbedContents' }, '{"requests": []}');
    expect([calls[0]?.body, text, response.adaptation]).toEqual(['{"requests": []}', batchAnswer, undefined]);
  });
});
