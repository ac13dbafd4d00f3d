import type { OperationName } from '@gemini-proxy/gemini';
import { type Call, type Route, whole } from './answer.ts';
import { readPrompt } from './generate-request.ts';
import { requireModel } from './models.ts';
import { promptTokensOf } from './prompt-tokens.ts';
import { text } from './proto-json.ts';
import { requireValid } from './require-valid.ts';
import { printCache, type StoredCache } from './resources/cache-store.ts';
import { withResources } from './used-resources.ts';

export const CACHE_ROUTES: Partial<Record<OperationName, Route>> = {
  'cachedContents.create': { isGeneration: false, answer: (call) => whole(printCache(createCache(call))) },
  'cachedContents.list': {
    isGeneration: false,
    answer: ({ account, query, resources: { caches } }) => whole(caches.list(account, query)),
  },
  'cachedContents.get': {
    isGeneration: false,
    answer: ({ account, resourceId, resources: { caches } }) => whole(printCache(caches.require(account, resourceId))),
  },
  'cachedContents.patch': {
    isGeneration: false,
    answer: ({ account, resourceId, body, query, resources: { caches } }) => {
      const updateMask = query.get('updateMask') ?? query.get('update_mask');
      return whole(printCache(caches.update(account, resourceId, requireValid('cachedContents.patch', body), updateMask)));
    },
  },
  'cachedContents.delete': {
    isGeneration: false,
    answer: ({ account, resourceId, resources: { caches } }) => {
      caches.delete(account, resourceId);
      return whole({});
    },
  },
};

function createCache({ account, body, version, resources }: Call): StoredCache {
  const message = requireValid('cachedContents.create', body);
  const id = text(message, 'model').replace(/^models\//, '');
  const model = requireModel(id, version, 'createCachedContent').name;
  const prompt = withResources(readPrompt(message), { model, account, resources });
  const totalTokens = promptTokensOf(prompt).reduce((sum, { tokenCount }) => sum + tokenCount, 0);
  return resources.caches.create(account, message, { model, prompt, totalTokens });
}
