import { createdResourceName, type OperationName, type ResourceName, resourceNameOfPath } from '@gemini-proxy/gemini';
import type { HeaderList } from '@gemini-proxy/protocol';
import type { ResourceRecord, StoredAnswer } from '../store/store.ts';

/** An answer of the Gemini API, and whose worker brought it. */
export interface ReceivedAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
  readonly account: string;
}

/** What an operation does to the ownership of what it names. */
export type Concern = 'creates' | 'gets' | 'deletes';

/** Operations whose answers tell who owns something; all others pass unseen. */
export const concernOf: ReadonlyMap<string, Concern> = new Map<OperationName, Concern>([
  ['media.upload', 'creates'],
  ['files.create', 'creates'],
  ['cachedContents.create', 'creates'],
  ['fileSearchStores.create', 'creates'],
  ['media.uploadToFileSearchStore', 'creates'],
  ['fileSearchStores.importFile', 'creates'],
  ['models.batchGenerateContent', 'creates'],
  ['models.asyncBatchEmbedContent', 'creates'],
  ['models.predictLongRunning', 'creates'],
  ['tunedModels.create', 'creates'],
  ['corpora.create', 'creates'],
  ['interactions.create', 'creates'],
  ['openai.batches.create', 'creates'],
  ['files.get', 'gets'],
  ['cachedContents.get', 'gets'],
  ['cachedContents.patch', 'gets'],
  ['batches.get', 'gets'],
  ['operations.get', 'gets'],
  ['fileSearchStores.get', 'gets'],
  ['tunedModels.get', 'gets'],
  ['corpora.get', 'gets'],
  ['interactions.get', 'gets'],
  ['openai.batches.get', 'gets'],
  ['files.delete', 'deletes'],
  ['cachedContents.delete', 'deletes'],
  ['batches.delete', 'deletes'],
  ['operations.delete', 'deletes'],
  ['fileSearchStores.delete', 'deletes'],
  ['tunedModels.delete', 'deletes'],
  ['corpora.delete', 'deletes'],
  ['interactions.delete', 'deletes'],
]);

/** The name that an answer is about: that of its path, or the one it made. */
export function nameOfAnswer(operation: OperationName, path: string, answer: unknown): ResourceName | undefined {
  return concernOf.get(operation) === 'creates' ? createdResourceName(operation, answer) : resourceNameOfPath(path);
}

/** What a resource as the Gemini API prints it says of itself. */
export function toRecord({ name, collection }: ResourceName, account: string, printed: unknown): ResourceRecord {
  return {
    name,
    account,
    kind: collection,
    state: textMember(printed, 'state'),
    answer: collection === 'files' ? toDescription(printed) : undefined,
    answerPath: undefined,
    expiresAtMs: momentOf(textMember(printed, 'expirationTime') ?? textMember(printed, 'expireTime')),
  };
}

/** What of a file is shown to users before its final `get` is known; it stands for no answer, since it is of no path. */
function toDescription(printed: unknown): StoredAnswer | undefined {
  const members = ['displayName', 'mimeType', 'sizeBytes'].flatMap((key) => {
    const text = textMember(printed, key);
    return text === undefined ? [] : [[key, text.slice(0, maxDescribedLength)] as const];
  });
  if (members.length === 0) return undefined;
  return { status: 200, headers: [], body: new TextEncoder().encode(JSON.stringify(Object.fromEntries(members))) };
}

/** Characters of a member of a file's description; the Gemini API allows names of 512. */
const maxDescribedLength = 512;

/** Whether a path asks for a resource and nothing else: under whatever version, without a query. */
export function isPlainPathOf(name: string, path: string): boolean {
  return path.endsWith(`/${name}`) && /^\/v\d[a-z0-9]*$/.test(path.slice(0, -name.length - 1));
}

/** The answer as it can be given again; `undefined` while the file's state may still change. */
export function toTerminalAnswer({ status, headers, body }: ReceivedAnswer, state: string | undefined): StoredAnswer | undefined {
  if (status !== 200 || (state !== 'ACTIVE' && state !== 'FAILED')) return undefined;
  return { status, headers: headers.filter(([name]) => !ofTheMoment.has(name)), body };
}

/** A member of an object, if it is text. */
export function textMember(value: unknown, key: string): string | undefined {
  const member = memberOf(value, key);
  return typeof member === 'string' ? member : undefined;
}

/** A member of anything. */
export function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined;
}

/** Parses an answer's body; `undefined` where it is not clear JSON. */
export function parseAnswer({ headers, body }: Pick<ReceivedAnswer, 'headers' | 'body'>): unknown {
  if (headers.some(([name, value]) => name === 'content-encoding' && value !== 'identity')) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

/** Headers that are true once only. */
const ofTheMoment: ReadonlySet<string> = new Set([
  'date',
  'server-timing',
  'age',
  'connection',
  'keep-alive',
  'transfer-encoding',
]);

function momentOf(text: string | undefined): number | undefined {
  const moment = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(moment) ? undefined : moment;
}
