import { describe, expect, it } from 'vitest';
import type { GeminiEmulator } from './gemini-emulator.ts';
import { createHeldClock, FLASH, KEY, startEmulator } from './testing.ts';

const BOB = { 'x-goog-api-key': 'bob' };
const OPTIONS = { apiKeys: ['emulator-key'], accounts: [{ name: 'bob', apiKeys: ['bob'] }] };

async function json(
  emulator: GeminiEmulator,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = KEY,
) {
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const answer = await fetch(`${emulator.url}${path}`, init);
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}

describe('batches', () => {
  it('are operations of their owner that get done', async () => {
    const clock = createHeldClock();
    await using emulator = await startEmulator({ ...OPTIONS, clock });
    const requests = [{ request: { contents: [{ parts: [{ text: 'hello' }] }] }, metadata: { key: '1' } }, { request: {} }];
    const { body: created } = await json(emulator, 'POST', `${FLASH}:batchGenerateContent`, {
      batch: { display_name: 'mine', input_config: { requests: { requests } } },
    });
    expect(created).toMatchObject({ name: expect.stringMatching(/^batches\//), metadata: { displayName: 'mine' } });
    expect(created.done).toBeUndefined();
    clock.advance(1000);
    const { body: done } = await json(emulator, 'GET', `/v1beta/${created.name}`);
    expect(done).toMatchObject({
      done: true,
      metadata: { state: 'BATCH_STATE_SUCCEEDED' },
      response: {
        inlinedResponses: {
          inlinedResponses: [
            { response: { modelVersion: 'gemini-2.5-flash' }, metadata: { key: '1' } },
            { error: { code: 400 } },
          ],
        },
      },
    });
    expect((await json(emulator, 'GET', '/v1beta/batches')).body.operations).toHaveLength(1);
    expect((await json(emulator, 'GET', '/v1beta/batches', undefined, BOB)).body).toEqual({});
    expect((await json(emulator, 'GET', `/v1beta/${created.name}`, undefined, BOB)).status).toBe(404);
    expect((await json(emulator, 'DELETE', `/v1beta/${created.name}`)).body).toEqual({});
    expect((await json(emulator, 'GET', `/v1beta/${created.name}`)).status).toBe(404);
  });

  it('can be cancelled', async () => {
    await using emulator = await startEmulator({ resources: { operationMs: 1e9 } });
    const { body } = await json(emulator, 'POST', '/v1beta/models/gemini-embedding-001:asyncBatchEmbedContent', { batch: {} });
    expect((await json(emulator, 'POST', `/v1beta/${body.name}:cancel`, {})).body).toEqual({});
    expect((await json(emulator, 'GET', `/v1beta/${body.name}`)).body).toMatchObject({
      done: true,
      metadata: { state: 'BATCH_STATE_CANCELLED' },
      error: { code: 1 },
    });
  });
});

describe('file search stores', () => {
  it('hold documents that were imported or uploaded', async () => {
    await using emulator = await startEmulator({ ...OPTIONS, resources: { operationMs: 0 } });
    const { body: store } = await json(emulator, 'POST', '/v1beta/fileSearchStores', { displayName: 'My Store' });
    expect(store.name).toMatch(/^fileSearchStores\/mystore-[a-z0-9]{12}$/);
    const file = (await json(emulator, 'POST', '/v1beta/files', { file: { displayName: 'f' } })).body.file;
    const imported = await json(emulator, 'POST', `/v1beta/${store.name}:importFile`, { fileName: file.name });
    expect(imported.body).toMatchObject({ done: true, response: { parent: store.name } });
    expect((await json(emulator, 'GET', `/v1beta/${imported.body.name}`)).body.done).toBe(true);
    const upload = await fetch(`${emulator.url}/upload/v1beta/${store.name}:uploadToFileSearchStore?uploadType=media`, {
      method: 'POST',
      headers: { ...KEY, 'content-type': 'text/plain' },
      body: 'abc',
    });
    expect(JSON.parse(await upload.text())).toMatchObject({ name: expect.stringContaining(`${store.name}/operations/`) });
    const { documents } = (await json(emulator, 'GET', `/v1beta/${store.name}/documents`)).body;
    expect(documents).toMatchObject([
      { mimeType: 'text/plain', sizeBytes: '3' },
      { displayName: 'f', sizeBytes: '0' },
    ]);
    expect((await json(emulator, 'GET', `/v1beta/${store.name}`, undefined, BOB)).status).toBe(404);
    expect((await json(emulator, 'DELETE', `/v1beta/${store.name}`)).status).toBe(400);
    expect((await json(emulator, 'DELETE', `/v1beta/${documents[0].name}`)).body).toEqual({});
    expect((await json(emulator, 'DELETE', `/v1beta/${store.name}?force=true`)).body).toEqual({});
    expect((await json(emulator, 'GET', '/v1beta/fileSearchStores')).body).toEqual({});
  });
});

describe('interactions', () => {
  it('are answered whole, kept for their owner, and end with their deletion', async () => {
    await using emulator = await startEmulator(OPTIONS);
    const first = (await json(emulator, 'POST', '/v1/interactions', { model: 'gemini-2.5-flash', input: 'hello' })).body;
    expect(first).toMatchObject({ object: 'interaction', status: 'completed', steps: [{ type: 'model_output' }] });
    const input = [{ type: 'user_input', content: [{ type: 'text', text: 'and more' }] }];
    const more = { model: 'models/gemini-2.5-flash', input, previous_interaction_id: first.id };
    expect((await json(emulator, 'POST', '/v1/interactions', more)).body.previous_interaction_id).toBe(first.id);
    expect((await json(emulator, 'GET', `/v1/interactions/${first.id}`)).body).toEqual(first);
    expect((await json(emulator, 'POST', `/v1/interactions/${first.id}/cancel`)).body.id).toBe(first.id);
    expect((await json(emulator, 'POST', '/v1/interactions', more, BOB)).body).toMatchObject({ error: { code: 'not_found' } });
    expect((await json(emulator, 'DELETE', `/v1/interactions/${first.id}`)).body).toEqual({});
    expect((await json(emulator, 'GET', `/v1/interactions/${first.id}`)).status).toBe(404);
    expect((await json(emulator, 'POST', '/v1/interactions', { input: 'x' })).body).toMatchObject({
      error: { code: 'invalid_request' },
    });
  });

  it('come as named events, which go on after the last one seen', async () => {
    await using emulator = await startEmulator(OPTIONS);
    const eventsOf = async (method: string, path: string, body?: string) => {
      const answer = await fetch(`${emulator.url}${path}`, { method, headers: KEY, ...(body === undefined ? {} : { body }) });
      expect(answer.headers.get('content-type')).toBe('text/event-stream');
      return (await answer.text())
        .trimEnd()
        .split('\n\n')
        .map((event) => {
          const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(event) ?? [];
          return { name, data: JSON.parse(data ?? '') };
        });
    };
    const created = await eventsOf('POST', '/v1/interactions', '{"model": "gemini-2.5-flash", "input": "hello", "stream": true}');
    expect(created.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['interaction.created', 'step.delta', 'interaction.completed']),
    );
    const id = created[0]?.data.interaction.id;
    const [, second] = created;
    const rest = await eventsOf('GET', `/v1/interactions/${id}?stream=true&last_event_id=${second?.data.event_id}`);
    expect(rest.map(({ name }) => name)).toEqual(['step.delta', 'step.stop', 'interaction.completed']);
  });
});

describe('corpora', () => {
  it('can be made, shared, asked and deleted', async () => {
    await using emulator = await startEmulator(OPTIONS);
    const { name } = (await json(emulator, 'POST', '/v1beta/corpora', { displayName: 'c' })).body;
    expect((await json(emulator, 'PATCH', `/v1beta/${name}?updateMask=displayName`, { displayName: 'd' })).body.displayName).toBe(
      'd',
    );
    expect((await json(emulator, 'POST', `/v1beta/${name}:query`, { query: 'x' })).body).toEqual({});
    const granted = { granteeType: 'USER', emailAddress: 'b@example.com', role: 'READER' };
    const permission = (await json(emulator, 'POST', `/v1beta/${name}/permissions`, granted)).body;
    expect(permission).toMatchObject(granted);
    expect((await json(emulator, 'GET', `/v1beta/${name}/permissions`)).body.permissions).toEqual([permission]);
    expect((await json(emulator, 'GET', `/v1beta/${name}`, undefined, BOB)).status).toBe(404);
    expect((await json(emulator, 'DELETE', `/v1beta/${name}`)).body).toEqual({});
    expect((await json(emulator, 'GET', '/v1beta/corpora')).body).toEqual({});
  });
});

describe('the rest', () => {
  it('answers with a tuned model as with the one that it was made of', async () => {
    await using emulator = await startEmulator({ ...OPTIONS, resources: { operationMs: 0 } });
    await json(emulator, 'POST', '/v1beta/tunedModels?tunedModelId=mine', { baseModel: 'models/gemini-2.0-flash' });
    const prompt = { contents: [{ parts: [{ text: 'hello' }] }] };
    const answer = await json(emulator, 'POST', '/v1beta/tunedModels/mine:generateContent', prompt);
    expect(answer.body).toMatchObject({ modelVersion: 'gemini-2.0-flash', candidates: [{ finishReason: 'STOP' }] });
    expect((await json(emulator, 'POST', '/v1beta/tunedModels/mine:generateContent', prompt, BOB)).status).toBe(404);
  });

  it('wants more than a key for files of Cloud Storage', async () => {
    await using emulator = await startEmulator();
    expect((await json(emulator, 'POST', '/v1beta/files:register', { uris: ['gs://b/o'] })).body).toMatchObject({
      error: { code: 401, status: 'UNAUTHENTICATED', details: [{ reason: 'CREDENTIALS_MISSING' }] },
    });
  });

  it('answers images, videos, tuned models and tokens', async () => {
    await using emulator = await startEmulator({ resources: { operationMs: 0 } });
    expect((await json(emulator, 'POST', '/v1beta/models/imagen-4.0-generate-001:predict', {})).body.predictions).toHaveLength(1);
    const video = (await json(emulator, 'POST', '/v1beta/models/veo-3.1-generate-preview:predictLongRunning', {})).body;
    expect(video.name).toMatch(/^models\/veo-3.1-generate-preview\/operations\//);
    expect((await json(emulator, 'GET', `/v1beta/${video.name}`)).body.done).toBe(true);
    await json(emulator, 'POST', '/v1beta/tunedModels?tunedModelId=mine', { baseModel: 'models/gemini-2.0-flash' });
    expect((await json(emulator, 'PATCH', '/v1beta/tunedModels/mine', { displayName: 'x' })).body).toMatchObject({
      displayName: 'x',
    });
    expect((await json(emulator, 'GET', '/v1beta/tunedModels')).body.tunedModels).toHaveLength(1);
    expect((await json(emulator, 'POST', '/v1alpha/auth_tokens', {})).body.name).toMatch(/^auth_tokens\//);
  });
});
