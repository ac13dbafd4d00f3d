import type { OperationName } from '@gemini-proxy/gemini';
import { type Call, type Route, whole } from './answer.ts';
import { BATCH_ROUTES } from './batch-routes.ts';
import { CACHE_ROUTES } from './cache-routes.ts';
import { CORPUS_ROUTES } from './corpus-routes.ts';
import { batchEmbedContents, embedContent } from './embedding.ts';
import { FILE_ROUTES } from './file-routes.ts';
import { parseCountRequest, parseGenerateRequest } from './generate-request.ts';
import { generate, toStreamedResponses, toWholeResponse } from './generation.ts';
import { INTERACTION_ROUTES } from './interactions/interaction-routes.ts';
import { listModels, requireModel } from './models.ts';
import { OPENAI_BATCH_ROUTES } from './openai/openai-batch-routes.ts';
import { OPENAI_ROUTES } from './openai/openai-routes.ts';
import { OTHER_ROUTES } from './other-routes.ts';
import { cacheUsageOf, promptTokensOf, sumTokens, withCachedTokens } from './prompt-tokens.ts';
import { text, toMessage } from './proto-json.ts';
import { STORE_ROUTES } from './store-routes.ts';
import { withResources } from './used-resources.ts';

/** Every operation that the emulator answers; all are served under every version. */
export const ROUTES: Partial<Record<OperationName, Route>> = {
  ...FILE_ROUTES,
  ...CACHE_ROUTES,
  ...BATCH_ROUTES,
  ...STORE_ROUTES,
  ...CORPUS_ROUTES,
  ...INTERACTION_ROUTES,
  ...OTHER_ROUTES,
  ...OPENAI_ROUTES,
  ...OPENAI_BATCH_ROUTES,
  'models.list': {
    isGeneration: false,
    answer: ({ query }) => whole(listModels(query.get('pageSize'), query.get('pageToken'))),
  },
  'models.get': {
    isGeneration: false,
    answer: ({ model, version }) => whole(requireModel(model, version, 'getModel')),
  },
  'models.countTokens': {
    isGeneration: false,
    answer: (call) => {
      const { name } = requireModel(call.model, call.version, 'countTokens');
      const request = withResources(parseCountRequest(call.body), { ...call, model: name });
      const promptTokensDetails = withCachedTokens(promptTokensOf(request), request);
      return whole({ totalTokens: sumTokens(promptTokensDetails), promptTokensDetails, ...cacheUsageOf(request) });
    },
  },
  'models.embedContent': {
    isGeneration: false,
    answer: ({ body, model, version }) => {
      const { name } = requireModel(model, version, 'embedContent');
      return whole({ embedding: embedContent(body, name) });
    },
  },
  'models.batchEmbedContents': {
    isGeneration: false,
    answer: ({ body, model, version }) => {
      const { name } = requireModel(model, version, 'batchEmbedContents');
      return whole(batchEmbedContents(body, name));
    },
  },
  'models.generateContent': {
    isGeneration: true,
    answer: (call) => whole(toWholeResponse(generationOf(call, 'generateContent'))),
  },
  'models.streamGenerateContent': {
    isGeneration: true,
    answer: (call) => ({ kind: 'stream', chunks: toStreamedResponses(generationOf(call, 'streamGenerateContent')) }),
  },
};

function generationOf(call: Call, method: string) {
  const { name } = requireModel(baseModelOf(call), call.version, method);
  const request = withResources(parseGenerateRequest(call.body), { ...call, model: name });
  return generate(request, name.slice('models/'.length), call.behaviour);
}

/** A tuned model answers as the one that it was made of. */
function baseModelOf({ account, model, resources: { records } }: Call): string | undefined {
  if (model?.startsWith('tunedModels/') !== true) return model;
  return text(toMessage(records.get(account, model)), 'baseModel').replace(/^models\//, '');
}
