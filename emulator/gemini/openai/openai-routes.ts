import type { OperationName } from '@gemini-proxy/gemini';
import { type Call, type Route, whole } from '../answer.ts';
import { embedContent } from '../embedding.ts';
import { apiErrors } from '../errors.ts';
import { parseGenerateRequest } from '../generate-request.ts';
import { generate } from '../generation.ts';
import { listModels, type Model, requireModel } from '../models.ts';
import { PIXEL } from '../pixel.ts';
import { countTokens } from '../prompt-tokens.ts';
import { toMessage } from '../proto-json.ts';
import { withResources } from '../used-resources.ts';
import { toChatChunks, toChatCompletion } from './chat-answer.ts';
import { parseChatRequest } from './chat-request.ts';

/** The OpenAI-compatible part of the API. */
export const OPENAI_ROUTES: Partial<Record<OperationName, Route>> = {
  'openai.chatCompletions': { isGeneration: true, answer: completeChat },
  'openai.embeddings': { isGeneration: false, answer: ({ body, version }) => whole(embed(toMessage(body), version)) },
  'openai.images': {
    isGeneration: true,
    answer: ({ body, resources: { records }, version }) => {
      const { model, n } = toMessage(body);
      requireModel(String(model ?? '').replace(/^models\//, ''), version, 'predict');
      const count = typeof n === 'number' ? n : 1;
      const created = Math.floor(Date.parse(records.timestamp()) / 1000);
      return whole({ created, data: Array.from({ length: count }, () => ({ b64_json: PIXEL })) });
    },
  },
  'openai.models.list': {
    isGeneration: false,
    answer: () => whole({ object: 'list', data: (listModels('1000', null).models ?? []).map(toOpenaiModel) }),
  },
  'openai.models.get': {
    isGeneration: false,
    answer: ({ target, version }) => {
      const id = target.replace(/^openai\/models\/(?:models\/)?/, '');
      return whole(toOpenaiModel(requireModel(id, version, 'getModel')));
    },
  },
};

function completeChat({ account, body, behaviour, resources, version }: Call): ReturnType<Route['answer']> {
  const chat = parseChatRequest(body);
  const { name: model } = requireModel(chat.model, version, 'generateContent');
  const request = withResources(parseGenerateRequest(chat.request), { model, account, resources });
  const generation = generate(request, chat.model, behaviour);
  return chat.isStream
    ? { kind: 'stream', chunks: toChatChunks(generation, chat.includesUsage) }
    : whole(toChatCompletion(generation));
}

function embed(
  { model, input, dimensions, encoding_format: format }: Readonly<Record<string, unknown>>,
  version: string,
): unknown {
  const { name } = requireModel(String(model ?? '').replace(/^models\//, ''), version, 'embedContent');
  const texts: readonly unknown[] = Array.isArray(input) ? input : [input];
  if (!texts.every((text) => typeof text === 'string')) throw apiErrors.invalidArgument();
  const data = texts.map((text, index) => {
    const { values } = embedContent({ content: { parts: [{ text }] }, outputDimensionality: dimensions }, name);
    return { embedding: format === 'base64' ? base64Of(values) : values, index, object: 'embedding' };
  });
  const tokens = countTokens(texts.join(''));
  return { data, model: name.slice('models/'.length), object: 'list', usage: { prompt_tokens: tokens, total_tokens: tokens } };
}

/** 32-bit numbers, the smallest byte first. */
function base64Of(values: readonly number[]): string {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
}

function toOpenaiModel({ name, displayName }: Model): unknown {
  return { id: name, object: 'model', owned_by: 'google', display_name: displayName };
}
