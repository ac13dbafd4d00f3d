import type { RequestHead } from '@gemini-proxy/protocol';
import { StreamError } from '@gemini-proxy/protocol';
import { describe, expect, it } from 'vitest';
import { createFetchExecutor } from './fetch-executor.ts';
import { IncomingBody } from './request-body.ts';
import type { UpstreamResponse } from './worker.ts';

interface SeenCall {
  url: string;
  init: RequestInit;
}

function setUp(answer: (call: SeenCall) => Promise<Response>, options: { streamRequestBodies?: boolean } = {}) {
  const calls: SeenCall[] = [];
  const fakeFetch = (url: string | URL | Request, init: RequestInit = {}) => {
    const call = { url: String(url), init };
    calls.push(call);
    return answer(call);
  };
  const execute = createFetchExecutor({ fetch: () => fakeFetch, baseUrl: 'https://upstream.test/prefix/', ...options });
  return { calls, execute, controller: new AbortController() };
}

const request = (changes: Partial<RequestHead> = {}): RequestHead => ({
  attempt: 'a1',
  method: 'POST',
  path: '/v1beta/models/m:generateContent?key=secret&alt=sse',
  headers: [
    ['content-type', 'application/json'],
    ['x-goog-api-key', 'secret'],
  ],
  operation: 'models.generateContent',
  ...changes,
});

function completeBody(...texts: string[]): IncomingBody {
  const body = new IncomingBody(() => {});
  for (const text of texts) body.push(new TextEncoder().encode(text), false);
  body.push(new Uint8Array(0), true);
  return body;
}

async function readAll(response: UpstreamResponse): Promise<string> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of response.body ?? []) chunks.push(chunk);
  return new Blob(chunks).text();
}

async function errorOf(promise: Promise<unknown>): Promise<StreamError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof StreamError) return error;
  throw new Error('no StreamError', { cause: error });
}

describe('createFetchExecutor', () => {
  it('asks for fetch at each call, and sends the request without credentials', async () => {
    const { calls, execute, controller } = setUp(async () => new Response('ok'));
    await execute(request(), completeBody('{}'), controller.signal);
    expect(calls[0]?.url).toBe('https://upstream.test/prefix/v1beta/models/m:generateContent?alt=sse');
    expect(calls[0]?.init.headers).toEqual([['content-type', 'application/json']]);
    expect(calls[0]?.init).not.toHaveProperty('cache');
    expect(await new Response(calls[0]?.init.body).text()).toBe('{}');
  });

  it('collects a body that is still coming into one, byte for byte', async () => {
    const { calls, execute, controller } = setUp(async () => new Response('ok'));
    const body = new IncomingBody(() => {});
    const response = execute(request(), body, controller.signal);
    body.push(Uint8Array.of(0xff, 0x00), false);
    await Promise.resolve();
    body.push(Uint8Array.of(0xfe), true);
    await response;
    expect(new Uint8Array(await new Response(calls[0]?.init.body).arrayBuffer())).toEqual(Uint8Array.of(0xff, 0x00, 0xfe));
  });

  it('streams the body where it was told to', async () => {
    const { calls, execute, controller } = setUp(async () => new Response('ok'), { streamRequestBodies: true });
    const body = new IncomingBody(() => {});
    await execute(request(), body, controller.signal);
    expect(calls[0]?.init).toMatchObject({ duplex: 'half' });
    body.push(new TextEncoder().encode('later'), true);
    expect(await new Response(calls[0]?.init.body).text()).toBe('later');
  });

  it('passes on status, headers and bytes, but not the length and encoding of what fetch decoded', async () => {
    const headers = { 'content-type': 'text/plain', 'content-length': '3', 'content-encoding': 'gzip', 'x-goog-upload-url': 'u' };
    const { execute, controller } = setUp(async () => new Response('decoded', { status: 418, headers }));
    const response = await execute(request({ method: 'GET' }), undefined, controller.signal);
    expect(response.status).toBe(418);
    expect(response.headers).toEqual([
      ['content-type', 'text/plain'],
      ['x-goog-upload-url', 'u'],
    ]);
    expect(await readAll(response)).toBe('decoded');
  });

  it('takes what a hook enqueues, bytes or not', async () => {
    const pieces = [Uint8Array.of(97), Uint8Array.of(98).buffer, 'c', new DataView(Uint8Array.of(100).buffer)];
    const stream = new ReadableStream({
      start(controller) {
        for (const piece of pieces) controller.enqueue(piece);
        controller.close();
      },
    });
    const { execute, controller } = setUp(async () => new Response(stream));
    expect(await readAll(await execute(request(), undefined, controller.signal))).toBe('abcd');
  });

  it('reports a call without an answer as unreachable, and possibly sent', async () => {
    const { execute, controller } = setUp(async () => {
      throw new TypeError('Failed to fetch');
    });
    const error = await errorOf(execute(request(), undefined, controller.signal));
    expect(error).toMatchObject({ code: 'UPSTREAM_UNREACHABLE', sentUpstream: true });
  });

  it('takes a hook that throws like one that rejects', async () => {
    const { execute, controller } = setUp(() => {
      throw new TypeError('not ready');
    });
    expect(await errorOf(execute(request(), undefined, controller.signal))).toMatchObject({ code: 'UPSTREAM_UNREACHABLE' });
  });

  it('reports a body that breaks off as cut', async () => {
    const stream = new ReadableStream({
      pull(controller) {
        controller.error(new TypeError('network error'));
      },
    });
    const { execute, controller } = setUp(async () => new Response(stream));
    const response = await execute(request(), undefined, controller.signal);
    expect(await errorOf(readAll(response))).toMatchObject({ code: 'UPSTREAM_CUT' });
  });

  it('gives up a call that the hook never answers, and cancels an answer that comes too late', async () => {
    const late = Promise.withResolvers<Response>();
    const { execute, controller } = setUp(() => late.promise);
    const failure = errorOf(execute(request(), undefined, controller.signal));
    await Promise.resolve();
    controller.abort(new StreamError('FIRST_BYTE_TIMEOUT', 'too late', { sentUpstream: true }));
    expect(await failure).toMatchObject({ code: 'FIRST_BYTE_TIMEOUT', sentUpstream: true });

    const cancelled = Promise.withResolvers<void>();
    late.resolve(new Response(new ReadableStream({ cancel: () => cancelled.resolve() })));
    await cancelled.promise;
  });

  it('knows that nothing was sent when the request ends before its body is complete', async () => {
    const { calls, execute, controller } = setUp(async () => new Response('ok'));
    const body = new IncomingBody(() => {});
    const failure = errorOf(execute(request(), body, controller.signal));
    const reason = new StreamError('CANCELLED', 'gone', { sentUpstream: false });
    controller.abort(reason);
    body.fail(reason);
    expect(await failure).toMatchObject({ code: 'CANCELLED', sentUpstream: false });
    expect(calls).toHaveLength(0);
  });

  it('cancels the reader on abort, even if the hook does not listen to the signal', async () => {
    const cancelled = Promise.withResolvers<unknown>();
    const stream = new ReadableStream({ cancel: (reason) => cancelled.resolve(reason) });
    const { execute, controller } = setUp(async () => new Response(stream));
    const response = await execute(request(), undefined, controller.signal);
    const failure = errorOf(readAll(response));
    const reason = new StreamError('CANCELLED', 'client gone', { sentUpstream: true });
    controller.abort(reason);
    expect(await failure).toBe(reason);
    expect(await cancelled.promise).toBe(reason);
  });
});
