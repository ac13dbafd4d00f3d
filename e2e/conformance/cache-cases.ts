import type { SurfaceCase } from './surface-case.ts';
import { textAt } from './transcript.ts';

const model = 'models/gemini-2.5-flash';
const contents = [{ role: 'user', parts: [{ text: 'word '.repeat(4000) }] }];

export const cacheCases: readonly SurfaceCase[] = [
  {
    name: 'the life of a cache',
    async run(caller) {
      const created = await caller.post('/v1beta/cachedContents', { model, contents, displayName: 'Grüße', ttl: '300s' });
      const name = textAt(created, 'name');
      await caller.get(`/v1beta/${name}`);
      await caller.send({
        method: 'PATCH',
        path: `/v1beta/${name}`,
        headers: { 'content-type': 'application/json' },
        body: '{"ttl": "600s"}',
      });
      await caller.post(`/v1beta/${model}:generateContent`, {
        contents: [{ parts: [{ text: 'Go on.' }] }],
        cachedContent: name,
      });
      await caller.delete(`/v1beta/${name}`);
      await caller.get(`/v1beta/${name}`);
    },
  },
  {
    name: 'lists of caches',
    async run(caller) {
      await caller.get('/v1beta/cachedContents');
      for (const displayName of ['one', 'two', 'three']) {
        await caller.post('/v1beta/cachedContents', { model, contents, displayName });
      }
      const first = await caller.get('/v1beta/cachedContents?pageSize=2');
      await caller.get(`/v1beta/cachedContents?pageSize=2&pageToken=${textAt(first, 'nextPageToken')}`);
    },
  },
  {
    name: 'a cache that is too small',
    run: (caller) => caller.post('/v1beta/cachedContents', { model, contents: [{ parts: [{ text: 'short' }] }] }),
  },
  { name: 'an unknown cache', run: (caller) => caller.get(`/v1beta/cachedContents/${'a'.repeat(40)}`) },
];
