import type { SurfaceCase } from './surface-case.ts';
import { textAt } from './transcript.ts';

export const modelCases: readonly SurfaceCase[] = [
  { name: 'all models', run: (caller) => caller.get('/v1beta/models') },
  {
    name: 'models page by page',
    async run(caller) {
      const first = await caller.get('/v1beta/models?pageSize=3');
      await caller.get(`/v1beta/models?pageSize=3&pageToken=${textAt(first, 'nextPageToken')}`);
      await caller.get('/v1beta/models?pageToken=nonsense');
    },
  },
  { name: 'a model', run: (caller) => caller.get('/v1beta/models/gemini-2.5-flash') },
  { name: 'a model under v1', run: (caller) => caller.get('/v1/models/gemini-2.5-pro') },
  { name: 'an unknown model', run: (caller) => caller.get('/v1beta/models/no-such-model') },
  { name: 'an unknown method of a model', run: (caller) => caller.post('/v1beta/models/gemini-2.5-flash:sing', {}) },
];
