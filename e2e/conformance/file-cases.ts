import type { SurfaceCase } from './surface-case.ts';
import { textAt } from './transcript.ts';
import { sendCommand, startUpload } from './upload-calls.ts';

const text = 'A lighthouse keeper’s log: Grüße 你好 🙂\n'.repeat(25);
const bytes = Buffer.from(text);
const granularityBytes = 8 * 1024 * 1024;

const multipart = (id: string) =>
  [
    '--edge\r\ncontent-type: application/json; charset=utf-8\r\n\r\n',
    JSON.stringify({ file: { name: `files/${id}`, displayName: 'Grüße', mimeType: 'text/plain' } }),
    `\r\n--edge\r\ncontent-type: text/plain\r\n\r\n${text}\r\n--edge--`,
  ].join('');

export const fileCases: readonly SurfaceCase[] = [
  {
    name: 'a resumable upload in one piece',
    async run(caller) {
      const url = await startUpload(caller, 'conformance-one-piece', bytes.length);
      await sendCommand(caller, url, 'upload, finalize', 0, bytes);
      await caller.get('/v1beta/files/conformance-one-piece');
      await caller.get('/v1beta/files/conformance-one-piece:download?alt=media');
      await caller.delete('/v1beta/files/conformance-one-piece');
      await caller.get('/v1beta/files/conformance-one-piece');
    },
  },
  {
    name: 'a resumable upload in pieces, with queries between',
    async run(caller) {
      const piece = Buffer.alloc(granularityBytes, 'abcdefgh');
      const url = await startUpload(caller, 'conformance-pieces', granularityBytes + 5);
      await sendCommand(caller, url, 'query');
      await sendCommand(caller, url, 'upload', 0, piece);
      await sendCommand(caller, url, 'query');
      await sendCommand(caller, url, 'upload, finalize', granularityBytes, Buffer.from('12345'));
    },
  },
  {
    name: 'a cancelled upload',
    async run(caller) {
      const url = await startUpload(caller, 'conformance-cancelled', 10);
      await sendCommand(caller, url, 'cancel');
      await sendCommand(caller, url, 'query');
    },
  },
  {
    name: 'an empty file',
    async run(caller) {
      const url = await startUpload(caller, 'conformance-empty', 0);
      await sendCommand(caller, url, 'upload, finalize', 0);
    },
  },
  {
    name: 'a multipart upload',
    run: (caller) =>
      caller.send({
        method: 'POST',
        path: '/upload/v1beta/files',
        headers: { 'x-goog-upload-protocol': 'multipart', 'content-type': 'multipart/related; boundary=edge' },
        body: multipart('conformance-multipart'),
      }),
  },
  {
    name: 'a raw upload',
    run: (caller) =>
      caller.send({
        method: 'POST',
        path: '/upload/v1beta/files?uploadType=media',
        headers: { 'content-type': 'text/plain' },
        body: bytes,
      }),
  },
  {
    name: 'a file in a prompt',
    async run(caller) {
      const url = await startUpload(caller, 'conformanceprompt', bytes.length);
      await sendCommand(caller, url, 'upload, finalize', 0, bytes);
      const fileUri = 'https://generativelanguage.googleapis.com/v1beta/files/conformanceprompt';
      await caller.post('/v1beta/models/gemini-2.5-flash:generateContent', {
        contents: [{ parts: [{ text: 'Summarise.' }, { fileData: { mimeType: 'text/plain', fileUri } }] }],
      });
    },
  },
  {
    name: 'lists of files',
    async run(caller) {
      const first = await caller.get('/v1beta/files?pageSize=2');
      await caller.get(`/v1beta/files?pageSize=2&pageToken=${textAt(first, 'nextPageToken')}`);
      await caller.get('/v1beta/files?pageSize=100');
      await caller.get('/v1beta/files?pageToken=nonsense');
    },
  },
  { name: 'an unknown file', run: (caller) => caller.get('/v1beta/files/conformance-unknown') },
];
