import type { OperationName } from './operation.ts';

/** Collections whose resources belong to the account that made them. */
export const OWNED_COLLECTIONS = [
  'files',
  'generatedFiles',
  'cachedContents',
  'fileSearchStores',
  'batches',
  'tunedModels',
  'corpora',
  'operations',
  'interactions',
] as const;

export type OwnedCollection = (typeof OWNED_COLLECTIONS)[number];

export interface ResourceName {
  readonly collection: OwnedCollection;
  /** `abc` for `files/abc`. */
  readonly id: string;
  /** What owners are recorded by: `files/abc`, `fileSearchStores/s` for all below it, `models/m/operations/o`. */
  readonly name: string;
}

/**
 * Reads the name of an owned resource: `files/abc`, also inside a URI with a version (`https://host/v1beta/files/abc`), with
 * what lies below it (`fileSearchStores/s/documents/d`), a verb or a query behind it. Undefined for anything else.
 */
export function parseResourceName(text: string): ResourceName | undefined {
  return locateResourceName(text)?.resource;
}

/** The same, with the place after the last character of the name in the text. */
export function locateResourceName(text: string): { readonly resource: ResourceName; readonly end: number } | undefined {
  if (text.length > MAX_RESOURCE_NAME_LENGTH) return undefined;
  const match = NAME.exec(text);
  if (match === null) return undefined;
  const [{ length: end }, model, collectionText, id] = match;
  const collection = OWNED_COLLECTIONS.find((known) => known === collectionText);
  if (collection === undefined || id === undefined) return undefined;
  if (model === undefined) return { resource: { collection, id, name: `${collection}/${id}` }, end };
  if (collection !== 'operations') return undefined;
  return { resource: { collection, id, name: `${model}operations/${id}` }, end };
}

/** Finds the owned resource that a request's path names: `files/abc` for `/v1beta/files/abc:download?alt=media`. */
export function resourceNameOfPath(pathWithQuery: string): ResourceName | undefined {
  const versionEnd = /^(?:\/resumable)?(?:\/upload)?\/v\d[a-z0-9]*\/(?:openai\/)?/.exec(pathWithQuery)?.[0].length;
  if (versionEnd === undefined) return undefined;
  // The ids of OpenAI's form are whole names: `openai/batches/batches/abc`.
  return parseResourceName(percentDecoded(pathWithQuery.slice(versionEnd)).replace(/^(batches|files)\/(?=\1\/)/, ''));
}

/** Tells under which name an answer's new resource is to be found; undefined where the operation makes nothing that is owned. */
export function createdResourceName(operation: OperationName, answer: unknown): ResourceName | undefined {
  switch (operation) {
    case 'media.upload':
    case 'files.create':
      return nameIn(memberOf(answer, 'file'));
    case 'interactions.create': {
      const id = memberOf(answer, 'id');
      return typeof id === 'string' ? parseResourceName(`interactions/${id}`) : undefined;
    }
    case 'openai.batches.create': {
      const id = memberOf(answer, 'id');
      return typeof id === 'string' ? parseResourceName(id) : undefined;
    }
    case 'cachedContents.create':
    case 'fileSearchStores.create':
    case 'media.uploadToFileSearchStore':
    case 'fileSearchStores.importFile':
    case 'models.batchGenerateContent':
    case 'models.asyncBatchEmbedContent':
    case 'models.predictLongRunning':
    case 'tunedModels.create':
    case 'corpora.create':
      return nameIn(answer);
    default:
      return undefined;
  }
}

const MAX_RESOURCE_NAME_LENGTH = 1024;
const NAME =
  /^(?:https?:\/\/[^\s"'?#]+\/v\d[a-z0-9]*\/)?((?:models|dynamic)\/[^/:?#\s]+\/)?([A-Za-z]+)\/([A-Za-z0-9_-][A-Za-z0-9._-]{0,199})(?=$|[/:?#])/;

function nameIn(answer: unknown): ResourceName | undefined {
  const name = memberOf(answer, 'name');
  return typeof name === 'string' ? parseResourceName(name) : undefined;
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined;
}

function percentDecoded(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
