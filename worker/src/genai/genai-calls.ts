import type { OperationName } from '@gemini-proxy/gemini';
import { toEmbedding, toGenerated, toModel, toPlain } from './genai-answers.ts';
import type { GenaiClient, GenaiConfig, GenaiPage } from './genai-client.ts';

/** A request as far as the SDK can be told of it. */
export interface CallInput {
  /** Without `models/`; empty where the path names none. */
  readonly model: string;
  /** Resource name of the path, such as `files/abc`. */
  readonly name: string;
  readonly query: URLSearchParams;
  readonly body: Record<string, unknown>;
  readonly version: string | undefined;
  readonly signal: AbortSignal;
}

export type CallAnswer = { readonly value: unknown } | { readonly chunks: AsyncIterable<object> };

type Call = (client: GenaiClient, input: CallInput) => Promise<CallAnswer>;

/** The operations that the SDK can carry; all others are not served. */
const calls: Partial<Record<OperationName, Call>> = {
  'models.generateContent': async ({ models }, input) => ({
    value: toGenerated(await models.generateContent(toModelParameters(input))),
  }),
  'models.streamGenerateContent': async ({ models }, input) => ({
    chunks: await models.generateContentStream(toModelParameters(input)),
  }),
  'models.countTokens': async ({ models }, input) => ({ value: toPlain(await models.countTokens(toModelParameters(input))) }),
  'models.embedContent': async ({ models }, input) => {
    const { model, body } = input;
    const item = { model: model.includes('/') ? model : `models/${model}`, ...body };
    const config = toConfig({ ...input, body: { requests: [item] } });
    return { value: toEmbedding(await models.embedContent({ model, contents: [body.content], config })) };
  },
  'models.batchEmbedContents': async ({ models }, input) => {
    const { model, body } = input;
    const contents = Array.isArray(body.requests) ? body.requests.map((item: { content?: unknown }) => item?.content) : undefined;
    return { value: toPlain(await models.embedContent({ model, contents, config: toConfig(input) })) };
  },
  'models.list': async ({ models }, input) => ({ value: toList('models', await models.list(toListParameters(input)), toModel) }),
  'models.get': async ({ models }, input) => ({
    value: toModel(await models.get({ model: input.model, config: toConfig(input) })),
  }),
  'files.list': async ({ files }, input) => ({ value: toList('files', await files.list(toListParameters(input)), toPlain) }),
  'files.get': async ({ files }, input) => ({ value: toPlain(await files.get(toNameParameters(input))) }),
  'files.delete': async ({ files }, input) => ({ value: toPlain(await files.delete(toNameParameters(input))) }),
  'cachedContents.create': async ({ caches }, input) => ({
    value: toPlain(await caches.create({ model: String(input.body.model ?? ''), config: toConfig(input) })),
  }),
  'cachedContents.list': async ({ caches }, input) => ({
    value: toList('cachedContents', await caches.list(toListParameters(input)), toPlain),
  }),
  'cachedContents.get': async ({ caches }, input) => ({ value: toPlain(await caches.get(toNameParameters(input))) }),
  'cachedContents.patch': async ({ caches }, input) => ({ value: toPlain(await caches.update(toNameParameters(input))) }),
  'cachedContents.delete': async ({ caches }, input) => ({ value: toPlain(await caches.delete(toNameParameters(input))) }),
};

export function findCall(operation: OperationName): Call | undefined {
  return calls[operation];
}

function toModelParameters(input: CallInput) {
  const config = { ...toConfig(input), automaticContinuation: false };
  return { model: input.model, contents: input.body.contents, config };
}

function toNameParameters(input: CallInput) {
  return { name: input.name, config: toConfig(input) };
}

function toListParameters(input: CallInput) {
  const pageSize = Number(input.query.get('pageSize') ?? Number.NaN);
  const pageToken = input.query.get('pageToken');
  return {
    config: {
      ...toConfig(input),
      ...(Number.isNaN(pageSize) ? {} : { pageSize }),
      ...(pageToken === null ? {} : { pageToken }),
    },
  };
}

function toConfig({ version, body, signal }: CallInput): GenaiConfig {
  return {
    httpOptions: {
      ...(version === undefined ? {} : { apiVersion: version }),
      ...(Object.keys(body).length === 0 ? {} : { extraBody: body }),
    },
    abortSignal: signal,
  };
}

function toList(name: string, { page, params }: GenaiPage, toItem: (item: object) => object): object {
  const pageToken = params.config?.pageToken;
  return {
    ...(page.length === 0 ? {} : { [name]: page.map(toItem) }),
    ...(pageToken === undefined || pageToken === '' ? {} : { nextPageToken: pageToken }),
  };
}
