import { parseOperation } from '@gemini-proxy/gemini';
import type { HeaderList, RequestHead } from '@gemini-proxy/protocol';
import { collectBody, joined, wholeBody } from '../collect-body.ts';
import type { Adaptation } from './adaptation.ts';
import { isObject, readObject } from './json-body.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const TYPE_HEADER = 'x-goog-upload-header-content-type';

/**
 * The type of an uploaded file as `file.mimeType` of its metadata, where the start of an upload says it by a header only.
 *
 * Metadata to which the type is added is printed anew: its members are kept, its spelling (white space, quotes) is not.
 */
export const uploadTypeInMetadata: Adaptation = {
  name: 'upload-type-in-metadata',
  applies: (request) => isUploadStart(request) && typeOf(request) !== undefined,
  async execute({ request, body, signal, execute }) {
    const metadata = body === undefined ? new Uint8Array(0) : joined(await collectBody(body, signal));
    const headers = body === undefined ? withJsonType(request.headers) : request.headers;
    const changed = withType(metadata, typeOf(request) ?? '');
    const response = await execute({ ...request, headers }, wholeBody(changed), signal);
    return changed === metadata ? { ...response, adaptation: undefined } : response;
  },
};

/** A start that also carries the file has bytes for a body, not metadata. */
function isUploadStart({ method, path, headers }: RequestHead): boolean {
  const isUpload = parseOperation(method, path).name === 'media.upload';
  return (
    isUpload && !headers.some(([name]) => name === 'content-encoding') && headerOf(headers, 'x-goog-upload-command') === 'start'
  );
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

function withType(metadata: Bytes, mimeType: string): Bytes {
  const object = metadata.byteLength === 0 ? {} : readObject(metadata);
  const file = object?.file ?? {};
  if (object === undefined || !isObject(file) || 'mimeType' in file || 'mime_type' in file) return metadata;
  return new TextEncoder().encode(JSON.stringify({ ...object, file: { ...file, mimeType } }));
}
