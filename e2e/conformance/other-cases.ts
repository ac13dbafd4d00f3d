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
  { name: 'a path that does not exist', run: (caller) => caller.get('/v1beta/nothing/here?at=all') },
  { name: 'v1', run: (caller) => caller.post('/v1/models/gemini-2.5-flash:generateContent', requests[0]?.request) },
  { name: 'v1alpha', run: (caller) => caller.post('/v1alpha/models/gemini-2.5-flash:generateContent', requests[0]?.request) },
];
