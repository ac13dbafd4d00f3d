import { type Stack, startStack, waitUntil } from '@gemini-proxy/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

const generate = '/v1beta/models/gemini-2.5-flash:generateContent';
const validBody = JSON.stringify({ contents: [{ parts: [{ text: 'hello' }] }] });

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ workers: 1, gateway: { maxBodyBytes: 1_000_000 } });
});
afterEach(async () => {
  expect((await send({})).status, 'the gateway goes on').toBe(200);
  await stack.settled();
});
afterAll(() => stack[Symbol.asyncDispose]());

interface Sent {
  readonly path?: string;
  readonly key?: string | undefined;
  readonly body?: string | ReadableStream<Uint8Array>;
}

async function send({ path = generate, body = validBody, ...rest }: Sent, target: Stack = stack): Promise<Response> {
  const key = 'key' in rest ? rest.key : target.clientKey;
  const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : { 'x-goog-api-key': key }) };
  return fetch(target.baseUrl + path, { method: 'POST', headers, body, duplex: 'half' } as RequestInit);
}

/** A body of two million bytes whose length nobody announced. */
function unannounced(): ReadableStream<Uint8Array> {
  let rest = 200;
  return new ReadableStream({
    pull(controller) {
      if (rest === 0) controller.close();
      else controller.enqueue(new Uint8Array(10_000).fill(32));
      rest -= 1;
    },
  });
}

interface ErrorBody {
  readonly error: {
    readonly code: number;
    readonly message: string;
    readonly status: string;
    readonly details?: readonly Record<string, unknown>[];
  };
}

describe('what the gateway answers for itself', () => {
  it.each<{ note: string; sent: Sent; status: number; name: string; reason: string; message: RegExp }>([
    {
      note: 'no key',
      sent: { key: undefined },
      status: 403,
      name: 'PERMISSION_DENIED',
      reason: 'CLIENT_KEY_MISSING',
      message: /^Method doesn't allow unregistered callers/,
    },
    {
      note: 'a wrong key',
      sent: { key: 'AIzaWrong' },
      status: 400,
      name: 'INVALID_ARGUMENT',
      reason: 'CLIENT_KEY_INVALID',
      message: /^API key not valid\. Please pass a valid API key\./,
    },
    {
      note: 'an unknown path',
      sent: { path: '/v9/models' },
      status: 404,
      name: 'NOT_FOUND',
      reason: 'UNKNOWN_PATH',
      message: /\/v1beta/,
    },
    {
      note: 'an announced body over the limit',
      sent: { body: ' '.repeat(1_000_001) },
      status: 413,
      name: 'INVALID_ARGUMENT',
      reason: 'BODY_TOO_LARGE',
      message: /1000000|1 MB|limit/,
    },
    {
      note: 'a body that grows over the limit',
      sent: { body: unannounced() },
      status: 413,
      name: 'INVALID_ARGUMENT',
      reason: 'BODY_TOO_LARGE',
      message: /1000000|1 MB|limit/,
    },
  ])('to $note: $status $reason in the form of the service', async ({ sent, status, name, reason, message }) => {
    const response = await send(sent);
    const { error } = (await response.json()) as ErrorBody;
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/json; charset=UTF-8');
    expect(error).toMatchObject({ code: status, status: name, message: expect.stringMatching(message) });
    expect(error.details).toContainEqual(
      expect.objectContaining({ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', domain: 'gemini-proxy', reason }),
    );
  });

  it('to a request when no worker is ready: 503 NO_WORKER_READY, and what to do', async () => {
    await using empty = await startStack({ workers: 0, gateway: { workerWaitMs: 0 } });
    const response = await send({}, empty);
    const { error } = (await response.json()) as ErrorBody;
    expect(response.status).toBe(503);
    expect(error).toMatchObject({ status: 'UNAVAILABLE', message: expect.stringMatching(/worker/i) });
    expect(error.details).toContainEqual(expect.objectContaining({ reason: 'NO_WORKER_READY' }));
  });
});

describe('what the service answers, passed through as it is', () => {
  it.each<{ note: string; sent: Sent; status: number; message: string }>([
    { note: 'malformed JSON', sent: { body: '{"contents": [nonsense' }, status: 400, message: 'Invalid JSON payload received.' },
    {
      note: 'an unknown model',
      sent: { path: '/v1beta/models/gemini-0:generateContent' },
      status: 404,
      message: 'models/gemini-0 is not found for API version v1beta, or is not supported for generateContent.',
    },
  ])('to $note: $status', async ({ sent, status, message }) => {
    const response = await send(sent);
    const { error } = (await response.json()) as ErrorBody;
    expect(response.status).toBe(status);
    expect(error.message).toContain(message);
    expect(JSON.stringify(error)).not.toContain('gemini-proxy');
  });
});

describe('the worker socket', () => {
  it.each([
    { note: 'bytes that are no frame', message: Buffer.from('ffffffffffffffffffffffff', 'hex'), code: 4400 },
    { note: 'a text message', message: 'hello', code: 1003 },
    { note: 'a megabyte before the hello', message: Buffer.alloc(1024 * 1024, 1), code: 4413 },
  ])('closes on $note with $code, while the other worker serves on', async ({ message, code }) => {
    const socket = new WebSocket(stack.workerUrl, 'gemini-proxy.v1');
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    socket.once('open', () => socket.send(message));
    const inFlight = send({});
    expect(await closed).toBe(code);
    expect((await inFlight).status).toBe(200);
    await waitUntil(() => stack.gateway.workers().length === 1, { what: 'the stranger to be gone' });
  });
});
