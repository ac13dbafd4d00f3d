import type { SurfaceCase } from './surface-case.ts';
import { type Caller, headerOf } from './transcript.ts';
import { sendCommand, startUpload } from './upload-calls.ts';

const text = 'A lighthouse keeper’s log';
const bytes = Buffer.from(text);
const granularityBytes = 8 * 1024 * 1024;
const media = (
  caller: Caller,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array,
  path = '/upload/v1beta/files',
) => caller.send({ method: 'POST', path, headers, body });

/** The protocols beside the usual one, and what is not allowed in them. */
export const uploadCases: readonly SurfaceCase[] = [
  {
    name: 'a multipart upload by its query',
    run: (caller) =>
      media(
        caller,
        { 'content-type': 'multipart/related; boundary="the edge"' },
        `--the edge\r\n\r\n{"file": {"displayName": "x"}}\r\n--the edge\r\ncontent-type: image/png\r\n\r\n${text}\r\n--the edge--\r\n`,
        '/upload/v1beta/files?uploadType=multipart',
      ),
  },
  {
    name: 'a raw upload by its header',
    run: (caller) => media(caller, { 'x-goog-upload-protocol': 'raw', 'content-type': 'application/x-unheard-of' }, bytes),
  },
  { name: 'metadata alone', run: (caller) => caller.post('/v1beta/files', { file: { displayName: 'nothing but a name' } }) },
  {
    name: 'an upload by Location and Content-Range',
    async run(caller) {
      const started = await caller.post(
        '/upload/v1beta/files?uploadType=resumable',
        { file: { name: 'files/conformance-location', mimeType: 'text/plain' } },
        { 'x-upload-content-length': String(bytes.length), 'x-upload-content-type': 'text/plain' },
      );
      await caller.send({
        method: 'PUT',
        path: headerOf(started, 'location'),
        isKeyless: true,
        headers: { 'content-range': `bytes 0-${bytes.length - 1}/${bytes.length}` },
        body: bytes,
      });
    },
  },
  {
    name: 'commands that are refused',
    async run(caller) {
      const url = await startUpload(caller, 'conformance-refused', 2 * granularityBytes);
      await sendCommand(caller, url, 'sing');
      await sendCommand(caller, url, 'upload', 5, bytes);
      await sendCommand(caller, url, 'upload');
      await sendCommand(caller, url, 'upload', 0, bytes);
      await sendCommand(caller, url, 'query');
      await sendCommand(caller, url, 'cancel');
      await sendCommand(caller, url, 'upload', 0, bytes);
    },
  },
  {
    name: 'a query after the end',
    async run(caller) {
      const url = await startUpload(caller, 'conformance-ended', bytes.length);
      await sendCommand(caller, url, 'upload, finalize', 0, bytes);
      await sendCommand(caller, url, 'query');
    },
  },
  {
    name: 'an end that is sent again, and what comes after it',
    async run(caller) {
      const url = await startUpload(caller, 'conformance-twice', bytes.length);
      await sendCommand(caller, url, 'upload, finalize', 0, bytes);
      await sendCommand(caller, url, 'upload, finalize', 0, bytes);
      await sendCommand(caller, url, 'finalize');
      await sendCommand(caller, url, 'upload', 0, bytes);
      await sendCommand(caller, url, 'cancel');
    },
  },
  {
    name: 'fewer bytes than were announced',
    async run(caller) {
      const url = await startUpload(caller, 'conformance-short', bytes.length + 1);
      await sendCommand(caller, url, 'upload, finalize', 0, bytes);
      await sendCommand(caller, url, 'query');
      await sendCommand(caller, url, 'upload, finalize', 0, bytes);
    },
  },
  {
    name: 'a name that cannot be',
    run: (caller) =>
      caller.post(
        '/upload/v1beta/files',
        { file: { name: 'files/Not A Name' } },
        { 'x-goog-upload-protocol': 'resumable', 'x-goog-upload-command': 'start' },
      ),
  },
];
