import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createGeminiEmulator, type GeminiEmulator } from './gemini-emulator.ts';
import { BASELINE, createTestCertificate, FLASH, HELLO, Http2Client, KEY, PATIENCE, startEmulator } from './testing.ts';

async function call(
  emulator: GeminiEmulator,
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; text: string; type: string | null }> {
  const answer = await fetch(`${emulator.url}${path}`, init);
  return { status: answer.status, text: await answer.text(), type: answer.headers.get('content-type') };
}

const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = KEY): RequestInit => ({
  method: 'POST',
  headers,
  body,
});

describe('models', () => {
  it('pages through the list', async () => {
    await using emulator = await startEmulator();
    const names: string[] = [];
    for (let token = ''; ; ) {
      const page: { models: { name: string }[]; nextPageToken?: string } = JSON.parse(
        (await call(emulator, `/v1beta/models?pageSize=3&pageToken=${token}`, { headers: KEY })).text,
      );
      expect(page.models.length).toBeLessThanOrEqual(3);
      names.push(...page.models.map(({ name }) => name));
      if (page.nextPageToken === undefined) break;
      token = page.nextPageToken;
    }
    for (const id of ['2.5-flash', '2.5-pro', '3.1-pro-preview', '3.5-flash-lite', '2.0-flash'])
      expect(names).toContain(`models/gemini-${id}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(['v1', 'v1beta', 'v1alpha'])('answers under %s', async (version) => {
    await using emulator = await startEmulator();
    const model = await call(emulator, `/${version}/models/gemini-2.5-pro`, { headers: KEY });
    expect(JSON.parse(model.text)).toMatchObject({ name: 'models/gemini-2.5-pro', inputTokenLimit: 1048576 });
    expect((await call(emulator, `/${version}/models/gemini-2.5-pro:generateContent`, post(HELLO))).status).toBe(200);
  });

  it('counts tokens', async () => {
    await using emulator = await startEmulator();
    expect(JSON.parse((await call(emulator, `${FLASH}:countTokens`, post(HELLO))).text)).toEqual({
      totalTokens: 2,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: 2 }],
    });
  });
});

describe('requests', () => {
  it('takes single quotes, trailing commas, both spellings and any content type', async () => {
    await using emulator = await startEmulator();
    const lenient = "{'system_instruction': {'parts': {'text': 'Be kind.'}}, 'contents': [{'parts': [{'text': 'hi'},]},], }";
    const answer = await call(emulator, `${FLASH}:generateContent`, post(lenient, { ...KEY, 'content-type': 'text/plain' }));
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('You said: hi\\nSystem instruction: Be kind.');
  });

  it('answers the same request with the same bytes', async () => {
    await using emulator = await startEmulator();
    const [first, second] = await Promise.all([1, 2].map(() => call(emulator, `${FLASH}:generateContent`, post(HELLO))));
    expect(first?.text).toBe(second?.text);
  });

  it('records what arrived and what was answered', async () => {
    await using emulator = await startEmulator({ recordLimit: 2 });
    for (const text of ['one', 'two', 'three']) {
      await call(emulator, `${FLASH}:generateContent?n=${text}`, post(HELLO));
    }
    const [first, second, ...rest] = emulator.received.requests;
    expect([first?.path, second?.path, rest]).toEqual([`${FLASH}:generateContent?n=two`, `${FLASH}:generateContent?n=three`, []]);
    expect(first?.body).toEqual({ bytes: HELLO.length, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(first?.body).toEqual(second?.body);
    await expect.poll(() => second?.closedAtMs, PATIENCE).toBeDefined();
    expect(second).toMatchObject({ status: 200, isAborted: false, method: 'POST' });
  });
});

describe('errors', () => {
  const error = (text: string): { code: number; status: string; message: string; details?: unknown } => JSON.parse(text).error;

  it.each<[string, string, RequestInit, number, string, string]>([
    ['no key', '/v1beta/models', {}, 403, 'PERMISSION_DENIED', "Method doesn't allow unregistered callers"],
    ['a wrong key', '/v1beta/models?key=x', {}, 400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.'],
    ['a good key beside a wrong one', '/v1beta/models?key=x', { headers: KEY }, 400, 'INVALID_ARGUMENT', 'API key not valid.'],
    [
      'a key as Bearer',
      '/v1beta/models',
      { headers: { authorization: 'Bearer emulator-key' } },
      401,
      'UNAUTHENTICATED',
      'Request had invalid',
    ],
    [
      'an unknown model',
      '/v1beta/models/x:generateContent',
      post(HELLO),
      404,
      'NOT_FOUND',
      'models/x is not found for API version v1beta, or is not supported for generateContent. Call ListModels',
    ],
    [
      'malformed JSON',
      `${FLASH}:generateContent`,
      post('{"contents": [}'),
      400,
      'INVALID_ARGUMENT',
      'Invalid JSON payload received. Unexpected token.\n{"contents": [}\n              ^',
    ],
    [
      'an empty body',
      `${FLASH}:generateContent`,
      post(''),
      400,
      'INVALID_ARGUMENT',
      '* GenerateContentRequest.contents: contents is not specified\n',
    ],
    [
      'bytes that are not UTF-8',
      `${FLASH}:generateContent`,
      post(new Uint8Array([0x22, 0xff, 0x22])),
      400,
      'INVALID_ARGUMENT',
      'Invalid JSON payload',
    ],
    [
      'a bad role',
      `${FLASH}:generateContent`,
      post('{"contents":[{"role":"x"}]}'),
      400,
      'INVALID_ARGUMENT',
      'Please use a valid role: user, model.',
    ],
    [
      'an unknown field',
      `${FLASH}:generateContent`,
      post('{"a":1}'),
      400,
      'INVALID_ARGUMENT',
      'Invalid JSON payload received. Unknown name "a": Cannot find field.',
    ],
    [
      'an unknown field inside',
      `${FLASH}:generateContent`,
      post('{"contents":[{"parts":[{"text":"a"}]}],"tools":[{"functionDeclarations":[{"name":"f","parameters":{"const":1}}]}]}'),
      400,
      'INVALID_ARGUMENT',
      `Unknown name "const" at 'tools[0].function_declarations[0].parameters': Cannot find field.`,
    ],
    ['a bad page token', '/v1beta/models?pageToken=x', { headers: KEY }, 400, 'INVALID_ARGUMENT', 'Page token is invalid.'],
    [
      'an operation that is not emulated',
      '/v1beta/generatedFiles',
      { headers: KEY },
      404,
      'NOT_FOUND',
      'Requested entity was not found.',
    ],
  ])('answers %s as the service does', async (_, path, init, code, status, message) => {
    await using emulator = await startEmulator();
    const answer = await call(emulator, path, init);
    expect(answer.status).toBe(code);
    expect(answer.type).toBe('application/json; charset=UTF-8');
    expect(error(answer.text)).toMatchObject({ code, status });
    expect(error(answer.text).message).toContain(message);
    await expect.poll(() => emulator.debugState(), PATIENCE).toEqual(BASELINE);
  });

  it('shows a path outside the API as a page', async () => {
    await using emulator = await startEmulator();
    const answer = await call(emulator, '/nowhere<b>');
    expect([answer.status, answer.type]).toEqual([404, 'text/html; charset=UTF-8']);
    expect(answer.text).toContain('Error 404 (Not Found)!!1');
  });

  it('refuses a body over the limit', async () => {
    await using emulator = await startEmulator({ maxBodyBytes: 1000 });
    const answer = await call(emulator, `${FLASH}:generateContent`, post(`"${'a'.repeat(100_000)}"`));
    expect(error(answer.text).message).toBe('Request payload size exceeds the limit: 1000 bytes.');
  });

  it('types an error of an SSE call as an event stream, without a data prefix', async () => {
    await using emulator = await startEmulator();
    const answer = await call(emulator, '/v1beta/models/x:streamGenerateContent?alt=sse', post(HELLO));
    expect([answer.status, answer.type]).toEqual([404, 'text/event-stream']);
    expect(error(answer.text).code).toBe(404);
  });

  it('wraps an error of an array call into an array', async () => {
    await using emulator = await startEmulator();
    const answer = await call(emulator, '/v1beta/models/x:streamGenerateContent', post(HELLO));
    expect(JSON.parse(answer.text)).toEqual([{ error: expect.objectContaining({ code: 404 }) }]);
  });
});

describe('session credential', () => {
  it('is accepted in place of a key, on another server too', async () => {
    const emulator = createGeminiEmulator({ sessionSecret: 'signed-in' });
    const server = createServer(emulator.handler);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/v1beta/models`;
    const statusFor = async (headers: Record<string, string>) =>
      (await fetch(url, { headers: { ...headers, connection: 'close' } })).status;
    expect(await statusFor({ 'x-emulator-session': 'signed-in' })).toBe(200);
    expect(await statusFor({ 'x-emulator-session': 'other' })).toBe(400);
    expect(await statusFor({})).toBe(403);
    server.close();
  });

  it('is refused where none is configured', async () => {
    await using emulator = await startEmulator();
    expect((await call(emulator, '/v1beta/models', { headers: { 'x-emulator-session': '' } })).status).toBe(400);
  });
});

describe('a body that nobody reads', () => {
  it('does not disturb the refusal, nor the connection', async () => {
    await using emulator = await startEmulator({ tls: await createTestCertificate() });
    await using client = new Http2Client(emulator.url);
    const body = 'x'.repeat(5_000_000);
    expect((await client.request('POST', `${FLASH}:generateContent?key=wrong`, body)).headers[':status']).toBe(400);
    expect((await client.request('POST', '/nowhere', body)).headers[':status']).toBe(404);
    expect((await client.request('POST', `${FLASH}:generateContent`, HELLO)).headers[':status']).toBe(200);
    await expect.poll(() => emulator.debugState(), PATIENCE).toEqual(BASELINE);
  });

  it('is taken in over HTTP/1.1', async () => {
    await using emulator = await startEmulator();
    const answer = await call(emulator, `${FLASH}:generateContent`, post('x'.repeat(5_000_000), {}));
    expect(answer.status).toBe(403);
    expect((await call(emulator, `${FLASH}:generateContent`, post(HELLO))).status).toBe(200);
  });
});
