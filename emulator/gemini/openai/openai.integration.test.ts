import { describe, expect, it } from 'vitest';
import { startEmulator } from '../testing.ts';

const BEARER = { authorization: 'Bearer emulator-key' };
const CHAT = {
  model: 'gemini-2.5-flash',
  messages: [
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: 'hello' },
  ],
};
const TOOLS = [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }];

async function post(url: string, body: unknown, headers: Record<string, string> = BEARER) {
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
}

describe('the OpenAI-compatible paths', () => {
  it('complete a chat', async () => {
    await using emulator = await startEmulator();
    const { text } = await post(`${emulator.url}/v1beta/openai/chat/completions`, CHAT);
    const { choices, usage, ...facts } = JSON.parse(text);
    expect(facts).toMatchObject({ object: 'chat.completion', model: 'gemini-2.5-flash' });
    expect(choices).toEqual([
      {
        finish_reason: 'stop',
        index: 0,
        message: { role: 'assistant', content: expect.stringContaining('You said: hello\nSystem') },
      },
    ]);
    expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens);
  });

  it('stream the same answer, and say when it is done', async () => {
    await using emulator = await startEmulator();
    const url = `${emulator.url}/v1beta/openai/chat/completions`;
    const content = JSON.parse((await post(url, CHAT)).text).choices[0].message.content;
    const { text, type } = await post(url, { ...CHAT, stream: true, stream_options: { include_usage: true } });
    expect(type).toBe('text/event-stream');
    const events = text.split('\n\n');
    expect(events.slice(-2)).toEqual(['data: [DONE]', '']);
    const chunks = events.slice(0, -2).map((event) => JSON.parse(event.slice('data: '.length)));
    expect(chunks.map((chunk) => chunk.choices[0].delta.content).join('')).toBe(content);
    expect(chunks.at(-1)).toMatchObject({ choices: [{ finish_reason: 'stop' }], usage: { total_tokens: expect.any(Number) } });
  });

  it('call functions and take their answers', async () => {
    await using emulator = await startEmulator();
    const url = `${emulator.url}/v1beta/openai/chat/completions`;
    const { message, finish_reason: reason } = JSON.parse((await post(url, { ...CHAT, tools: TOOLS })).text).choices[0];
    expect([reason, message.tool_calls]).toEqual([
      'tool_calls',
      [{ id: 'look', index: 0, type: 'function', function: { name: 'look', arguments: '{}' } }],
    ]);
    const messages = [...CHAT.messages, message, { role: 'tool', tool_call_id: 'look', content: 'sunny' }];
    const { text } = await post(url, { ...CHAT, tools: TOOLS, messages });
    expect(text).toContain('Function look answered');
  });

  it('embed texts, as numbers or as base64', async () => {
    await using emulator = await startEmulator();
    const url = `${emulator.url}/v1beta/openai/embeddings`;
    const request = { model: 'gemini-embedding-001', input: ['one', 'two'], dimensions: 8 };
    const { data } = JSON.parse((await post(url, request)).text);
    const packed = JSON.parse((await post(url, { ...request, encoding_format: 'base64' })).text).data;
    expect(data).toHaveLength(2);
    const bytes = Buffer.from(packed[1].embedding, 'base64');
    expect(Array.from({ length: 8 }, (_, index) => bytes.readFloatLE(index * 4))).toEqual(
      data[1].embedding.map((value: number) => Math.fround(value)),
    );
  });

  it('list and show models', async () => {
    await using emulator = await startEmulator();
    const get = async (path: string) => (await fetch(`${emulator.url}/v1beta/openai/${path}`, { headers: BEARER })).json();
    expect(await get('models')).toMatchObject({ object: 'list' });
    for (const id of ['gemini-2.5-pro', 'models/gemini-2.5-pro', 'models%2Fgemini-2.5-pro']) {
      expect(await get(`models/${id}`)).toMatchObject({ id: 'models/gemini-2.5-pro', object: 'model' });
    }
  });

  it.each([
    ['an unknown field', { ...CHAT, store: true }, BEARER, 400, 'Unknown name "store": Cannot find field.'],
    ['an unknown model', { ...CHAT, model: 'x' }, BEARER, 404, 'models/x is not found'],
    ['a wrong key', CHAT, { authorization: 'Bearer x' }, 400, 'API key not valid'],
    ['no key', CHAT, {}, 403, 'unregistered callers'],
  ])('answer %s with an array', async (_, body, headers, code, message) => {
    await using emulator = await startEmulator();
    const answer = await post(`${emulator.url}/v1beta/openai/chat/completions`, body, { ...headers });
    expect(answer.status).toBe(code);
    expect(JSON.parse(answer.text)).toEqual([
      { error: expect.objectContaining({ code, message: expect.stringContaining(message) }) },
    ]);
  });

  it('make images, and batches over files of the Gemini API', async () => {
    await using emulator = await startEmulator();
    const url = `${emulator.url}/v1beta/openai`;
    const images = await post(`${url}/images/generations`, { model: 'imagen-4.0-generate-001', prompt: 'a', n: 2 });
    expect(JSON.parse(images.text).data).toHaveLength(2);
    const upload = await fetch(`${emulator.url}/upload/v1beta/files?uploadType=media`, {
      method: 'POST',
      headers: { 'x-goog-api-key': 'emulator-key', 'content-type': 'application/jsonl' },
      body: '{}',
    });
    const { file } = JSON.parse(await upload.text());
    const input = { input_file_id: file.name, endpoint: '/v1/chat/completions', completion_window: '24h' };
    const created = JSON.parse((await post(`${url}/batches`, input)).text);
    expect(created).toMatchObject({ id: expect.stringMatching(/^batches\//), object: 'batch', status: 'validating' });
    const get = async (path: string) => JSON.parse(await (await fetch(`${url}/${path}`, { headers: BEARER })).text());
    for (const id of [created.id, encodeURIComponent(created.id)])
      expect(await get(`batches/${id}`)).toEqual({ ...created, status: 'completed' });
    expect((await get('batches')).data).toEqual([{ ...created, status: 'completed' }]);
    expect(JSON.parse((await post(`${url}/batches/${created.id}/cancel`, {})).text).status).toBe('cancelled');
    expect((await post(`${url}/files`, {})).status).toBe(404);
  });
});
