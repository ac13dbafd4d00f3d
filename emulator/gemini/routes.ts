import type { OperationName } from '@gemini-proxy/gemini';
import type { Behaviour } from './behaviour.ts';
import { countRequestTokens, parseGenerateRequest } from './generate-request.ts';
import { generate, toStreamedResponses, toWholeResponse } from './generation.ts';
import { listModels, requireModel } from './models.ts';

/** An API call, free of HTTP. */
interface Call {
  readonly version: string;
  readonly model: string | undefined;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly behaviour: Behaviour;
}

export type Answer =
  | { readonly kind: 'whole'; readonly value: unknown }
  | { readonly kind: 'stream'; readonly chunks: Iterable<unknown> };

interface Route {
  readonly isGeneration: boolean;
  readonly answer: (call: Call) => Answer;
}

/** Every operation that the emulator answers; all are served under every version. */
export const ROUTES: Partial<Record<OperationName, Route>> = {
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

function whole(value: unknown): Answer {
  return { kind: 'whole', value };
}

function generationOf({ model, version, body, behaviour }: Call, method: string) {
  const { name } = requireModel(model, version, method);
  return generate(parseGenerateRequest(body), name.slice('models/'.length), behaviour);
}
