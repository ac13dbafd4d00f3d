import type { SurfaceCase } from './surface-case.ts';
import { textAt } from './transcript.ts';

const flash = '/v1beta/models/gemini-2.5-flash';
const requests = [{ request: { contents: [{ parts: [{ text: 'hello' }] }] }, metadata: { key: '1' } }];
const message = { role: 'user', content: 'Grüße 你好' };
const chat = { model: 'gemini-2.5-flash', messages: [message] };

/** The rest of the surface, which passes through unknown, and answers that name what belongs to an account. */
export const otherCases: readonly SurfaceCase[] = [
  {
    name: 'the life of a batch',
    async run(caller) {
      const created = await caller.post(`${flash}:batchGenerateContent`, {
        batch: { display_name: 'mine', input_config: { requests: { requests } } },
      });
      const path = `/v1beta/${textAt(created, 'name')}`;
      await caller.get(path);
      await caller.get('/v1beta/batches');
      await caller.post(`${path}:cancel`, {});
      await caller.delete(path);
      await caller.get(path);
    },
  },
  {
    name: 'the life of a file search store',
    async run(caller) {
      const created = await caller.post('/v1beta/fileSearchStores', { displayName: 'My Store' });
      const path = `/v1beta/${textAt(created, 'name')}`;
      await caller.get(path);
      await caller.get('/v1beta/fileSearchStores');
      await caller.get(`${path}/documents`);
      await caller.delete(`${path}?force=true`);
      await caller.get(path);
    },
  },
  {
    name: 'the life of a tuned model',
    async run(caller) {
      const created = await caller.post('/v1beta/tunedModels?tunedModelId=conformance', {
        baseModel: 'models/gemini-2.0-flash',
        displayName: 'Grüße',
      });
      await caller.get(`/v1beta/${textAt(created, 'name')}`);
      const path = '/v1beta/tunedModels/conformance';
      await caller.get(path);
      await caller.get('/v1beta/tunedModels');
      await caller.send({ method: 'PATCH', path, headers: { 'content-type': 'application/json' }, body: '{"displayName": "x"}' });
      await caller.post(`${path}:generateContent`, requests[0]?.request);
      await caller.post(`${path}/permissions`, { granteeType: 'EVERYONE', role: 'READER' });
      await caller.get(`${path}/permissions`);
      await caller.delete(path);
      await caller.get(path);
    },
  },
  {
    name: 'the life of a corpus',
    async run(caller) {
      const created = await caller.post('/v1beta/corpora', { name: 'corpora/conformance', displayName: 'c' });
      const path = `/v1beta/${textAt(created, 'name')}`;
      await caller.get(path);
      await caller.get('/v1beta/corpora');
      await caller.post(`${path}:query`, { query: 'q' });
      await caller.delete(path);
      await caller.get(path);
    },
  },
  {
    name: 'the life of an interaction',
    async run(caller) {
      const asked = { model: 'gemini-2.5-flash', input: 'Grüße 你好' };
      const created = await caller.post('/v1beta/interactions', asked);
      const id = textAt(created, 'id');
      await caller.get(`/v1beta/interactions/${id}`);
      await caller.get(`/v1beta/interactions/${id}?stream=true&last_event_id=event-2`);
      await caller.post('/v1beta/interactions', { ...asked, stream: true, previous_interaction_id: id });
      await caller.post('/v1beta/interactions', { input: 'without a model' });
      await caller.post(`/v1beta/interactions/${id}/cancel`, {});
      await caller.delete(`/v1beta/interactions/${id}`);
      await caller.get(`/v1beta/interactions/${id}`);
    },
  },
  { name: 'files of Cloud Storage', run: (caller) => caller.post('/v1beta/files:register', { uris: ['gs://bucket/object'] }) },
  { name: 'pictures', run: (caller) => caller.post('/v1beta/models/imagen-4.0-generate-001:predict', {}) },
  {
    name: 'a video',
    async run(caller) {
      const created = await caller.post('/v1beta/models/veo-3.1-generate-preview:predictLongRunning', {});
      await caller.get(`/v1beta/${textAt(created, 'name')}`);
    },
  },
  {
    name: 'the compatible part',
    async run(caller) {
      await caller.get('/v1beta/openai/models');
      await caller.post('/v1beta/openai/chat/completions', chat);
      await caller.post('/v1beta/openai/chat/completions', { ...chat, stream: true });
      await caller.post('/v1beta/openai/chat/completions', { ...chat, store: true });
      await caller.post('/v1beta/openai/embeddings', { model: 'gemini-embedding-001', input: 'Grüße', dimensions: 8 });
    },
  },
  {
    name: 'batches and pictures of the compatible part',
    async run(caller) {
      const upload = {
        method: 'POST',
        path: '/upload/v1beta/files?uploadType=media',
        headers: { 'content-type': 'application/jsonl' },
      };
      const uploaded = await caller.send({ ...upload, body: '{}' });
      const input = {
        input_file_id: textAt(uploaded, 'file', 'name'),
        endpoint: '/v1/chat/completions',
        completion_window: '24h',
      };
      const created = await caller.post('/v1beta/openai/batches', input);
      const path = `/v1beta/openai/batches/${encodeURIComponent(textAt(created, 'id'))}`;
      await caller.get(path);
      await caller.get('/v1beta/openai/batches');
      await caller.post(`${path}/cancel`, {});
      await caller.post('/v1beta/openai/images/generations', { model: 'imagen-4.0-generate-001', prompt: 'a lighthouse' });
      await caller.get('/v1beta/openai/files');
      await caller.post('/v1beta/openai/responses', {});
    },
  },
  { name: 'a path that does not exist', run: (caller) => caller.get('/v1beta/nothing/here?at=all') },
  { name: 'v1', run: (caller) => caller.post('/v1/models/gemini-2.5-flash:generateContent', requests[0]?.request) },
  { name: 'v1alpha', run: (caller) => caller.post('/v1alpha/models/gemini-2.5-flash:generateContent', requests[0]?.request) },
];
