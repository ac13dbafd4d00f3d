import type { OperationName } from '@gemini-proxy/gemini';
import { type Call, type Route, whole } from './answer.ts';
import { FILE_ROUTES } from './file-routes.ts';
import { countRequestTokens, parseGenerateRequest } from './generate-request.ts';
import { generate, toStreamedResponses, toWholeResponse } from './generation.ts';
import { listModels, requireModel } from './models.ts';

/** Every operation that the emulator answers; all are served under every version. */
export const ROUTES: Partial<Record<OperationName, Route>> = {
  ...FILE_ROUTES,
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
    answer: ({ body, model, version }) => {
      requireModel(model, version, 'countTokens');
      const totalTokens = countRequestTokens(body);
      return whole({ totalTokens, promptTokensDetails: [{ modality: 'TEXT', tokenCount: totalTokens }] });
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

function generationOf({ model, version, body, behaviour }: Call, method: string) {
  const { name } = requireModel(model, version, method);
  return generate(parseGenerateRequest(body), name.slice('models/'.length), behaviour);
}
