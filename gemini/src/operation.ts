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
  'models.list',
  'models.get',
  'media.upload',
  'files.create',
  'files.list',
  'files.get',
  'files.delete',
  'files.download',
  'files.register',
  'cachedContents.create',
  'cachedContents.list',
  'cachedContents.get',
  'cachedContents.patch',
  'cachedContents.delete',
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

/** Tells which operation a request asks for. Looks at method and path only and never throws. */
export function parseOperation(method: string, pathWithQuery: string): Operation {
  const queryStart = pathWithQuery.indexOf('?');
  const path = queryStart < 0 ? pathWithQuery : pathWithQuery.slice(0, queryStart);
  const first = segmentAt(path, 1);
  if (first === 'upload' || first === 'resumable') return parseUpload(method, path);
  if (!isVersion(first)) return { name: 'unknown', version: undefined, model: undefined };

  const collectionStart = first.length + 2;
  const collection = segmentAt(path, collectionStart);
  const verbStart = collection.indexOf(':');
  if (verbStart >= 0) {
    const isWholePath = collectionStart + collection.length === path.length;
    return { name: isWholePath ? named(`${method} ${collection}`) : 'unknown', version: first, model: undefined };
  }
  const rest = decoded(path.slice(collectionStart + collection.length + 1));
  if (rest === '') return { name: named(`${method} ${collection}`), version: first, model: undefined };
  if (rest.includes('/')) return { name: 'unknown', version: first, model: undefined };

  const colon = rest.lastIndexOf(':');
  const id = colon < 0 ? rest : rest.slice(0, colon);
  const verb = colon < 0 ? '' : rest.slice(colon);
  return { name: named(`${method} ${collection}/*${verb}`), version: first, model: modelOf(collection, id) };
}

const NAMES = new Map<string, OperationName>([
  ['GET models', 'models.list'],
  ['GET models/*', 'models.get'],
  ...generateNames('models'),
  ...generateNames('tunedModels'),
  ...generateNames('dynamic'),
  ['POST files', 'files.create'],
  ['GET files', 'files.list'],
  ['GET files/*', 'files.get'],
  ['DELETE files/*', 'files.delete'],
  ['GET files/*:download', 'files.download'],
  ['POST files:register', 'files.register'],
  ['POST cachedContents', 'cachedContents.create'],
  ['GET cachedContents', 'cachedContents.list'],
  ['GET cachedContents/*', 'cachedContents.get'],
  ['PATCH cachedContents/*', 'cachedContents.patch'],
  ['DELETE cachedContents/*', 'cachedContents.delete'],
]);

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

function parseUpload(method: string, path: string): Operation {
  const versionStart = path.startsWith('/upload/') ? 8 : path.startsWith('/resumable/upload/') ? 18 : -1;
  const version = versionStart < 0 ? '' : segmentAt(path, versionStart);
  if (!isVersion(version)) return { name: 'unknown', version: undefined, model: undefined };
  const isUpload = method === 'POST' && path.slice(versionStart + version.length) === '/files';
  return { name: isUpload ? 'media.upload' : 'unknown', version, model: undefined };
}

function segmentAt(path: string, start: number): string {
  const end = path.indexOf('/', start);
  return end < 0 ? path.slice(start) : path.slice(start, end);
}

/** A version is `v` and a digit, then letters and digits: `v1`, `v1beta`, `v1alpha`, `v1beta2`. */
function isVersion(segment: string): boolean {
  const digit = segment.charCodeAt(1);
  return segment.length <= 16 && segment.charCodeAt(0) === 0x76 && digit >= 0x30 && digit <= 0x39 && !segment.includes(':');
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
