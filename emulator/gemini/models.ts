import { apiErrors } from './errors.ts';

/** A Model resource as the API prints it. */
export interface Model {
  readonly name: string;
  readonly version: string;
  readonly displayName: string;
  readonly description: string;
  readonly inputTokenLimit: number;
  readonly outputTokenLimit: number;
  readonly supportedGenerationMethods: readonly string[];
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly maxTemperature?: number;
  readonly thinking?: boolean;
}

export interface ModelPage {
  readonly models?: readonly Model[];
  readonly nextPageToken?: string;
}

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 1000;

const MODELS: readonly Model[] = [
  model('gemini-2.5-flash', '001', 'Gemini 2.5 Flash'),
  model('gemini-2.5-pro', '2.5', 'Gemini 2.5 Pro'),
  model('gemini-2.5-flash-lite', '001', 'Gemini 2.5 Flash-Lite'),
  model('gemini-3.1-pro-preview', '3.1-pro-preview-01-2026', 'Gemini 3.1 Pro Preview'),
  model('gemini-3-flash-preview', '3-flash-preview-12-2025', 'Gemini 3 Flash Preview'),
  model('gemini-3.5-flash', '3.5-flash', 'Gemini 3.5 Flash'),
  model('gemini-3.5-flash-lite', '3.5-flash-lite', 'Gemini 3.5 Flash-Lite'),
  model('gemini-2.0-flash', '2.0', 'Gemini 2.0 Flash'),
  embeddingModel('gemini-embedding-001', '001', 'Gemini Embedding 001'),
  embeddingModel('text-embedding-004', '004', 'Text Embedding 004'),
  {
    ...model('gemini-2.5-flash-live', '001', 'Gemini 2.5 Flash Live'),
    supportedGenerationMethods: ['countTokens', 'bidiGenerateContent'],
  },
  bareModel('lyria-realtime-exp', 'Lyria RealTime', ['bidiGenerateMusic']),
  bareModel('imagen-4.0-generate-001', 'Imagen 4', ['predict']),
  bareModel('veo-3.1-generate-preview', 'Veo 3.1', ['predictLongRunning']),
];

/** What a model must list for a method that it does not list by that name. */
const NEEDED_METHOD: Readonly<Record<string, string>> = {
  generateContent: 'generateContent',
  streamGenerateContent: 'generateContent',
  createCachedContent: 'createCachedContent',
  embedContent: 'embedContent',
  batchEmbedContents: 'embedContent',
  batchGenerateContent: 'batchGenerateContent',
  asyncBatchEmbedContent: 'asyncBatchEmbedContent',
  bidiGenerateContent: 'bidiGenerateContent',
  bidiGenerateMusic: 'bidiGenerateMusic',
  predict: 'predict',
  predictLongRunning: 'predictLongRunning',
};

const modelOfId = new Map(MODELS.map((entry) => [entry.name.slice('models/'.length), entry]));

/** Finds a model by its id, or fails as the API does for that method. */
export function requireModel(id: string | undefined, version: string, method: string): Model {
  const found = id === undefined ? undefined : modelOfId.get(id);
  const needed = NEEDED_METHOD[method];
  const isSupported = needed === undefined || found?.supportedGenerationMethods.includes(needed) === true;
  if (found === undefined || !isSupported) throw apiErrors.unknownModel(id ?? '', version, method);
  return found;
}

/** One page of the list; the page token is opaque to clients. */
export function listModels(pageSizeText: string | null, pageToken: string | null): ModelPage {
  const pageSize = pageSizeText === null ? DEFAULT_PAGE_SIZE : Number(pageSizeText);
  if (!Number.isInteger(pageSize) || pageSize < 0) throw apiErrors.invalidArgument();
  const start = pageToken === null || pageToken === '' ? 0 : offsetOf(pageToken);
  const end = start + Math.min(pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize, MAX_PAGE_SIZE);
  const models = MODELS.slice(start, end);
  return {
    ...(models.length === 0 ? {} : { models }),
    ...(end < MODELS.length ? { nextPageToken: tokenOf(end) } : {}),
  };
}

function tokenOf(offset: number): string {
  return Buffer.from(`models:${offset}`).toString('base64url');
}

function offsetOf(pageToken: string): number {
  const offset = /^models:(\d{1,6})$/.exec(Buffer.from(pageToken, 'base64url').toString())?.[1];
  if (offset === undefined) throw apiErrors.invalidArgument('Page token is invalid.');
  return Number(offset);
}

function model(id: string, version: string, displayName: string): Model {
  const isThinking = !id.startsWith('gemini-2.0');
  return {
    name: `models/${id}`,
    version,
    displayName,
    description: displayName,
    inputTokenLimit: 1048576,
    outputTokenLimit: isThinking ? 65536 : 8192,
    supportedGenerationMethods: ['generateContent', 'countTokens', 'createCachedContent', 'batchGenerateContent'],
    temperature: 1,
    topP: 0.95,
    topK: 64,
    maxTemperature: 2,
    ...(isThinking ? { thinking: true } : {}),
  };
}

function embeddingModel(id: string, version: string, displayName: string): Model {
  const methods = ['embedContent', 'countTextTokens', 'countTokens', 'asyncBatchEmbedContent'];
  return { ...bareModel(id, displayName, methods), version, inputTokenLimit: 2048 };
}

/** A model without the settings of text generation. */
function bareModel(id: string, displayName: string, supportedGenerationMethods: readonly string[]): Model {
  return {
    name: `models/${id}`,
    version: '001',
    displayName,
    description: displayName,
    inputTokenLimit: 480,
    outputTokenLimit: 1,
    supportedGenerationMethods,
  };
}
