import type { RawAnswer } from './raw-request.ts';
import { type Caller, headerOf } from './transcript.ts';

/** Starts a resumable upload and returns its URL. The file's name is the client's own, so that it is the same everywhere. */
export async function startUpload(caller: Caller, id: string, bytes: number, mimeType = 'text/plain'): Promise<string> {
  const started = await caller.post(
    '/upload/v1beta/files',
    { file: { name: `files/${id}`, displayName: 'Grüße 你好', mimeType } },
    {
      'x-goog-upload-protocol': 'resumable',
      'x-goog-upload-command': 'start',
      'x-goog-upload-header-content-length': String(bytes),
      'x-goog-upload-header-content-type': mimeType,
    },
  );
  return headerOf(started, 'x-goog-upload-url');
}

/** The upload's URL is the capability: the calls that follow carry no key. */
export function sendCommand(
  caller: Caller,
  url: string,
  command: string,
  offset?: number,
  body?: Uint8Array,
): Promise<RawAnswer> {
  const offsetHeader = offset === undefined ? {} : { 'x-goog-upload-offset': String(offset) };
  const headers = { 'x-goog-upload-command': command, ...offsetHeader };
  return caller.send({ method: 'POST', path: url, isKeyless: true, headers, body: body ?? '' });
}
