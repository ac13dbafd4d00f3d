import { isVersion } from './normalize-path.ts';

/** Names of the operations that are told apart; everything else is `unknown` and passes through unseen. */
export const OPERATION_NAMES = [
  'models.generateContent',
  'models.streamGenerateContent',
  'models.countTokens',
  'models.embedContent',
  'models.batchEmbedContents',
  'models.batchGenerateContent',
  'models.asyncBatchEmbedContent',
  'models.predict',
  'models.predictLongRunning',
  'models.generateAnswer',
  'models.list',
  'models.get',
  'media.upload',
  'media.uploadToFileSearchStore',
  'files.create',
  'files.list',
  'files.get',
  'files.delete',
  'files.download',
  'files.register',
  'generatedFiles.list',
  'cachedContents.create',
  'cachedContents.list',
  'cachedContents.get',
  'cachedContents.patch',
  'cachedContents.delete',
  'batches.list',
  'batches.get',
  'batches.cancel',
  'batches.delete',
  'batches.update',
  'operations.list',
  'operations.get',
  'operations.cancel',
  'operations.delete',
  'fileSearchStores.create',
  'fileSearchStores.list',
  'fileSearchStores.get',
  'fileSearchStores.delete',
  'fileSearchStores.importFile',
  'documents.list',
  'documents.get',
  'documents.delete',
  'tunedModels.create',
  'tunedModels.list',
  'tunedModels.get',
  'tunedModels.patch',
  'tunedModels.delete',
  'tunedModels.transferOwnership',
  'permissions.create',
  'permissions.list',
  'permissions.get',
  'permissions.patch',
  'permissions.delete',
  'corpora.create',
  'corpora.list',
  'corpora.get',
  'corpora.patch',
  'corpora.delete',
  'corpora.query',
  'authTokens.create',
  'interactions.create',
  'interactions.get',
  'interactions.cancel',
  'interactions.delete',
  'openai.chatCompletions',
  'openai.embeddings',
  'openai.images',
  'openai.batches.create',
  'openai.batches.list',
  'openai.batches.get',
  'openai.batches.cancel',
  'openai.models.list',
  'openai.models.get',
  'openai.other',
  'live.bidiGenerateContent',
  'live.other',
  'unknown',
] as const;

export type OperationName = (typeof OPERATION_NAMES)[number];

export interface Operation {
  readonly name: OperationName;
  /** `v1`, `v1beta`, `v1alpha`, …; undefined where the path has none. */
  readonly version: string | undefined;
  /** `gemini-2.5-flash` for `models/gemini-2.5-flash`, the whole resource name for `tunedModels/…` and `dynamic/…`. */
  readonly model: string | undefined;
}

const NO_OPERATION: Operation = { name: 'unknown', version: undefined, model: undefined };

/** Tells which operation a request asks for. Looks at method and path only and never throws. */
export function parseOperation(method: string, pathWithQuery: string): Operation {
  const queryStart = pathWithQuery.indexOf('?');
  const path = queryStart < 0 ? pathWithQuery : pathWithQuery.slice(0, queryStart);
  const first = segmentAt(path, 1);
  if (isVersion(first)) return parseCall(method, first, path.slice(first.length + 2));
  if (first === 'upload') return parseUpload(method, path.slice('/upload/'.length));
  if (path.startsWith('/resumable/upload/')) return parseUpload(method, path.slice('/resumable/upload/'.length));
  return first === 'ws' || first === '' ? parseLive(path) : NO_OPERATION;
}

function parseCall(method: string, version: string, undecoded: string): Operation {
  const rest = decoded(undecoded.endsWith('/') ? undecoded.slice(0, -1) : undecoded);
  const [collection = '', id, ...below] = rest.replace('/upload/operations/', '/operations/').split('/');
  if (collection === 'openai') return { name: openaiName(method, rest), version, model: undefined };
  const colon = rest.lastIndexOf(':');
  const verb = colon > rest.lastIndexOf('/') ? rest.slice(colon) : '';
  if (id === undefined) return { name: named(`${method} ${rest}`), version, model: undefined };
  if (below.length === 0) {
    const plainId = verb === '' ? id : id.slice(0, -verb.length);
    return { name: named(`${method} ${collection}/*${verb}`), version, model: modelOf(collection, plainId) };
  }
  const pattern = below.map((segment, index) => (index % 2 === 0 ? segment : '*')).join('/');
  const name = below.length % 2 === 0 ? `${pattern}${verb}` : pattern;
  return { name: named(`${method} ${collection}/*/${name}`), version, model: modelOf(collection, id) };
}

const NAMES = new Map<string, OperationName>([
  ['GET models', 'models.list'],
  ['GET models/*', 'models.get'],
  ['POST models/*:generateAnswer', 'models.generateAnswer'],
  ...generateNames('models'),
  ...generateNames('tunedModels'),
  ...generateNames('dynamic'),
  ['POST files', 'files.create'],
  ['GET files', 'files.list'],
  ['GET files/*', 'files.get'],
  ['DELETE files/*', 'files.delete'],
  ['GET files/*:download', 'files.download'],
  ['POST files:register', 'files.register'],
  ['GET generatedFiles', 'generatedFiles.list'],
  ...crudNames('cachedContents', 'cachedContents'),
  ['GET batches', 'batches.list'],
  ['GET batches/*', 'batches.get'],
  ['DELETE batches/*', 'batches.delete'],
  ['POST batches/*:cancel', 'batches.cancel'],
  ['PATCH batches/*:updateGenerateContentBatch', 'batches.update'],
  ['PATCH batches/*:updateEmbedContentBatch', 'batches.update'],
  ...['', 'models/*/', 'tunedModels/*/', 'generatedFiles/*/', 'corpora/*/', 'fileSearchStores/*/'].flatMap(operationNames),
  ['POST fileSearchStores', 'fileSearchStores.create'],
  ['GET fileSearchStores', 'fileSearchStores.list'],
  ['GET fileSearchStores/*', 'fileSearchStores.get'],
  ['DELETE fileSearchStores/*', 'fileSearchStores.delete'],
  ['POST fileSearchStores/*:importFile', 'fileSearchStores.importFile'],
  ['GET fileSearchStores/*/documents', 'documents.list'],
  ['GET fileSearchStores/*/documents/*', 'documents.get'],
  ['DELETE fileSearchStores/*/documents/*', 'documents.delete'],
  ...crudNames('tunedModels', 'tunedModels'),
  ['POST tunedModels/*:transferOwnership', 'tunedModels.transferOwnership'],
  ...crudNames('tunedModels/*/permissions', 'permissions'),
  ...crudNames('corpora', 'corpora'),
  ['POST corpora/*:query', 'corpora.query'],
  ...crudNames('corpora/*/permissions', 'permissions'),
  ['POST auth_tokens', 'authTokens.create'],
  ['POST interactions', 'interactions.create'],
  ['GET interactions/*', 'interactions.get'],
  ['DELETE interactions/*', 'interactions.delete'],
  ['POST interactions/*/cancel', 'interactions.cancel'],
]);

function crudNames(
  path: string,
  collection: 'cachedContents' | 'tunedModels' | 'permissions' | 'corpora',
): readonly (readonly [string, OperationName])[] {
  return [
    [`POST ${path}`, `${collection}.create`],
    [`GET ${path}`, `${collection}.list`],
    [`GET ${path}/*`, `${collection}.get`],
    [`PATCH ${path}/*`, `${collection}.patch`],
    [`DELETE ${path}/*`, `${collection}.delete`],
  ];
}

function operationNames(parent: string): readonly (readonly [string, OperationName])[] {
  return [
    [`GET ${parent}operations`, 'operations.list'],
    [`GET ${parent}operations/*`, 'operations.get'],
    [`POST ${parent}operations/*:cancel`, 'operations.cancel'],
    [`DELETE ${parent}operations/*`, 'operations.delete'],
  ];
}

function generateNames(collection: string): readonly (readonly [string, OperationName])[] {
  return [
    [`POST ${collection}/*:generateContent`, 'models.generateContent'],
    [`POST ${collection}/*:streamGenerateContent`, 'models.streamGenerateContent'],
    [`POST ${collection}/*:countTokens`, 'models.countTokens'],
    [`POST ${collection}/*:embedContent`, 'models.embedContent'],
    [`POST ${collection}/*:batchEmbedContents`, 'models.batchEmbedContents'],
    [`POST ${collection}/*:batchGenerateContent`, 'models.batchGenerateContent'],
    [`POST ${collection}/*:asyncBatchEmbedContent`, 'models.asyncBatchEmbedContent'],
    [`POST ${collection}/*:predict`, 'models.predict'],
    [`POST ${collection}/*:predictLongRunning`, 'models.predictLongRunning'],
  ];
}

function named(key: string): OperationName {
  return NAMES.get(key) ?? 'unknown';
}

const OPENAI_NAMES = new Map<string, OperationName>([
  ['POST openai/chat/completions', 'openai.chatCompletions'],
  ['POST openai/embeddings', 'openai.embeddings'],
  ['POST openai/images/generations', 'openai.images'],
  ['POST openai/batches', 'openai.batches.create'],
  ['GET openai/batches', 'openai.batches.list'],
  ['GET openai/models', 'openai.models.list'],
]);

function openaiName(method: string, path: string): OperationName {
  const name = OPENAI_NAMES.get(`${method} ${path}`);
  if (name !== undefined) return name;
  if (method === 'GET' && path.startsWith('openai/models/')) return 'openai.models.get';
  if (method === 'GET' && path.startsWith('openai/batches/')) return 'openai.batches.get';
  return method === 'POST' && /^openai\/batches\/.+\/cancel$/.test(path) ? 'openai.batches.cancel' : 'openai.other';
}

function parseUpload(method: string, path: string): Operation {
  const version = segmentAt(path, 0);
  if (!isVersion(version)) return NO_OPERATION;
  const target = decoded(path.slice(version.length));
  const isPost = method === 'POST' || method === 'PUT';
  if (isPost && target === '/files') return { name: 'media.upload', version, model: undefined };
  const isStore = isPost && /^\/fileSearchStores\/[^/]+:uploadToFileSearchStore$/.test(target);
  return { name: isStore ? 'media.uploadToFileSearchStore' : 'unknown', version, model: undefined };
}

/** Clients that join the base URL and the path carelessly send two slashes. */
const LIVE_PATH = /^\/\/?ws\/google\.ai\.generativelanguage\.(v\d[a-z0-9]*)\.GenerativeService\.(\w+)$/;

function parseLive(path: string): Operation {
  const [, version, method] = LIVE_PATH.exec(path) ?? [];
  if (version === undefined) return NO_OPERATION;
  const isContent = method === 'BidiGenerateContent' || method === 'BidiGenerateContentConstrained';
  return { name: isContent ? 'live.bidiGenerateContent' : 'live.other', version, model: undefined };
}

function segmentAt(path: string, start: number): string {
  const end = path.indexOf('/', start);
  return end < 0 ? path.slice(start) : path.slice(start, end);
}

function modelOf(collection: string, id: string): string | undefined {
  if (collection === 'models') return id;
  return collection === 'tunedModels' || collection === 'dynamic' ? `${collection}/${id}` : undefined;
}

/** Some clients percent-encode the colon before the verb. */
function decoded(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
