import type { OperationName } from '@gemini-proxy/gemini';
import { type Call, type Route, whole } from './answer.ts';
import { embedContent } from './embedding.ts';
import { ApiError } from './errors.ts';
import { parseGenerateRequest } from './generate-request.ts';
import { generate, toWholeResponse } from './generation.ts';
import { requireModel } from './models.ts';
import { field, type JsonObject, repeated, text, toMessage } from './proto-json.ts';
import { randomId } from './resources/random-id.ts';
import type { RecordValue } from './resources/record-store.ts';
import { withResources } from './used-resources.ts';

const ID_LENGTH = 36;
const TYPE_PREFIX = 'type.googleapis.com/google.ai.generativelanguage.v1main';

export const BATCH_ROUTES: Partial<Record<OperationName, Route>> = {
  'models.batchGenerateContent': {
    isGeneration: false,
    answer: (call) => createBatch(call, 'GenerateContentBatch', 'batchGenerateContent', answerGenerate),
  },
  'models.asyncBatchEmbedContent': {
    isGeneration: false,
    answer: (call) =>
      createBatch(call, 'EmbedContentBatch', 'asyncBatchEmbedContent', (request, model) => ({
        embedding: embedContent(request, model),
      })),
  },
  'batches.list': {
    isGeneration: false,
    answer: ({ account, query, resources: { records } }) => whole(records.list(account, 'batches', 'operations', query)),
  },
  'batches.get': getRoute(),
  'batches.cancel': cancelRoute(),
  'batches.delete': deleteRoute(),
  'operations.list': {
    isGeneration: false,
    answer: ({ account, target, query, resources: { records } }) => whole(records.list(account, target, 'operations', query)),
  },
  'operations.get': getRoute(),
  'operations.cancel': cancelRoute(),
  'operations.delete': deleteRoute(),
};

/** Answers with the resource that the path names. */
export function getRoute(): Route {
  return { isGeneration: false, answer: ({ account, target, resources: { records } }) => whole(records.get(account, target)) };
}

export function deleteRoute(): Route {
  return {
    isGeneration: false,
    answer: ({ account, target, resources: { records } }) => {
      records.delete(account, target);
      return whole({});
    },
  };
}

function cancelRoute(): Route {
  return {
    isGeneration: false,
    answer: ({ account, target, resources: { records } }) => {
      records.cancel(account, target);
      return whole({});
    },
  };
}

type AnswerOne = (request: unknown, model: string, call: Call) => unknown;

function createBatch(call: Call, type: string, method: string, answerOne: AnswerOne) {
  const { account, body, model: id, version, resources } = call;
  const model = requireModel(id, version, method).name;
  const batch = toMessage(field(toMessage(body), 'batch'));
  const input = toMessage(field(batch, 'inputConfig'));
  const fileName = text(input, 'fileName');
  if (fileName !== '') resources.files.requireActive(account, fileName);
  const requests = repeated(toMessage(field(input, 'requests')), 'requests').map(toMessage);
  const inlinedResponses = requests.map((request) => answerInlined(request, (inner) => answerOne(inner, model, call)));
  const name = `batches/${randomId(ID_LENGTH)}`;
  const createTime = resources.records.timestamp();
  const metadata: RecordValue = {
    '@type': `${TYPE_PREFIX}.${type}`,
    model,
    displayName: text(batch, 'displayName'),
    inputConfig: fileName === '' ? {} : { fileName },
    createTime,
    updateTime: createTime,
    batchStats: { requestCount: String(requests.length) },
    state: 'BATCH_STATE_PENDING',
    name,
  };
  const response = { '@type': `${TYPE_PREFIX}.${type}Output`, inlinedResponses: { inlinedResponses } };
  return whole(resources.records.createOperation(account, name, { metadata, response }));
}

function answerInlined(request: JsonObject, answerOne: (inner: unknown) => unknown): unknown {
  const metadata = field(request, 'metadata');
  const more = metadata === undefined ? {} : { metadata };
  try {
    return { response: answerOne(field(request, 'request')), ...more };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { error: error.body.error, ...more };
  }
}

function answerGenerate(request: unknown, model: string, { account, resources, behaviour }: Call): unknown {
  const prompt = withResources(parseGenerateRequest(request), { model, account, resources });
  return toWholeResponse(generate(prompt, model.slice('models/'.length), behaviour));
}
