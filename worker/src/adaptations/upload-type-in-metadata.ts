import { changeUploadMetadata, parseOperation, withMimeType } from '@gemini-proxy/gemini';
import type { HeaderList, RequestHead } from '@gemini-proxy/protocol';
import { collectBody, joined, wholeBody } from '../collect-body.ts';
import type { Adaptation } from './adaptation.ts';

const uploads: ReadonlySet<string> = new Set(['media.upload', 'media.uploadToFileSearchStore']);
const TYPE_HEADER = 'x-goog-upload-header-content-type';

/**
 * The type of an uploaded file as `mimeType` of its metadata, where the start of an upload says it by a header only.
 *
 * Metadata to which the type is added is printed anew: its members are kept, its spelling (white space, quotes) is not.
 */
export const uploadTypeInMetadata: Adaptation = {
  name: 'upload-type-in-metadata',
  applies: (request) => isUploadStart(request) && typeOf(request) !== undefined,
  async execute({ request, body, signal, execute }) {
    const metadata = body === undefined ? new Uint8Array(0) : joined(await collectBody(body, signal));
    const headers = body === undefined ? withJsonType(request.headers) : request.headers;
    const mimeType = typeOf(request) ?? '';
    const changed = changeUploadMetadata(metadata, request.path, (file) => withMimeType(file, mimeType));
    const response = await execute({ ...request, headers }, wholeBody(changed), signal);
    return changed === metadata ? { ...response, adaptation: undefined } : response;
  },
};

/** A start that also carries the file has bytes for a body, not metadata. */
function isUploadStart({ method, path, headers }: RequestHead): boolean {
  if (!uploads.has(parseOperation(method, path).name)) return false;
  return !headers.some(([name]) => name === 'content-encoding') && headerOf(headers, 'x-goog-upload-command') === 'start';
}

function typeOf({ headers }: RequestHead): string | undefined {
  return headerOf(headers, TYPE_HEADER);
}

function headerOf(headers: HeaderList, name: string): string | undefined {
  return headers.find(([candidate]) => candidate === name)?.[1].trim();
}

function withJsonType(headers: HeaderList): HeaderList {
  const others = headers.filter(([name]) => name !== 'content-type');
  return [...others, ['content-type', 'application/json']];
}
