import { parseLenientJson, parseOperation } from '@gemini-proxy/gemini';
import type { RequestHead } from '@gemini-proxy/protocol';
import { toPlain } from './genai-answers.ts';
import type { GenaiClient } from './genai-client.ts';
import { readRelatedBody } from './related-body.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Whether this begins a resumable upload. The SDK uploads only whole files, so the start is answered as by a hook that keeps the
 * upload's address back; the gateway then sends the file in one `multipart/related` request.
 */
export function isUploadStart({ method, path, headers }: RequestHead): boolean {
  return parseOperation(method, path).name === 'media.upload' && headerOf(headers, 'x-goog-upload-command') === 'start';
}

/** Whether this is a whole file with its metadata. */
export function isWholeUpload({ method, path, headers }: RequestHead): boolean {
  const isRelated = headerOf(headers, 'content-type')?.startsWith('multipart/related') === true;
  return isRelated && parseOperation(method, path).name === 'media.upload';
}

/** Uploads by the SDK; throws a plain error where the body is not what it should be. */
export async function uploadWhole(client: GenaiClient, request: RequestHead, body: Bytes, signal: AbortSignal): Promise<unknown> {
  const related = readRelatedBody(headerOf(request.headers, 'content-type') ?? '', body);
  if (related === undefined) throw new Error('The body is not multipart/related of two parts.');
  const metadata = parseLenientJson(related.metadata);
  const { version } = parseOperation(request.method, request.path);
  const file = await client.files.upload({
    file: new Blob([related.content], { type: related.type }),
    config: {
      mimeType: related.type,
      httpOptions: {
        ...(version === undefined ? {} : { apiVersion: version }),
        ...(typeof metadata === 'object' && metadata !== null ? { extraBody: { ...metadata } } : {}),
      },
      abortSignal: signal,
    },
  });
  return { file: toPlain(file) };
}

function headerOf(headers: RequestHead['headers'], name: string): string | undefined {
  return headers.find(([candidate]) => candidate === name)?.[1];
}
