import type { HeaderList } from '@gemini-proxy/protocol';
import { describe, expect, it } from 'vitest';
import { toUploadIntent, type UploadIntent } from './upload-intent.ts';

const files = '/upload/v1beta/files';
const session = `${files}?upload_id=abc&upload_protocol=resumable`;

function intentOf(
  path: string,
  headers: HeaderList,
  options: { method?: string; bodyLength?: number | undefined } = {},
): UploadIntent {
  const { method = 'POST' } = options;
  const bodyLength = 'bodyLength' in options ? options.bodyLength : 0;
  return toUploadIntent({ method, path, headers, bodyLength });
}

describe('the beginning of an upload', () => {
  it('is resumable, with what the client says of the file', () => {
    const intent = intentOf('/resumable/upload/v1/files?alt=json', [
      ['x-goog-upload-protocol', 'resumable'],
      ['x-goog-upload-command', 'start'],
      ['x-goog-upload-header-content-length', '12'],
      ['x-goog-upload-header-content-type', 'image/png'],
      ['x-goog-upload-file-name', 'a.png'],
      ['content-type', 'application/json'],
    ]);
    const target = '/resumable/upload/v1/files?alt=json';
    const start = { target, contentType: 'image/png', fileName: 'a.png', declaredBytes: 12 };
    expect(intent).toEqual({ kind: 'start', dialect: 'command', start });
  });

  it('may leave type and length open', () => {
    const headers: HeaderList = [['x-goog-upload-protocol', 'resumable'] as const, ['x-goog-upload-command', ' START '] as const];
    expect(intentOf(files, headers)).toMatchObject({
      kind: 'start',
      start: { contentType: undefined, declaredBytes: undefined },
    });
  });

  it('may speak with Content-Range', () => {
    const headers: HeaderList = [['x-upload-content-type', 'text/csv'] as const, ['x-upload-content-length', '3'] as const];
    const start = { target: files, contentType: 'text/csv', fileName: undefined, declaredBytes: 3 };
    expect(intentOf(`${files}?uploadType=resumable`, headers)).toEqual({ kind: 'start', dialect: 'range', start });
  });

  it.each([
    ['x-goog-upload-protocol', files, [['x-goog-upload-protocol', 'multipart'] as const]],
    ['uploadType', `${files}?uploadType=multipart`, []],
    ['nothing but its type', files, []],
  ])('is multipart by %s', (_by, path, headers) => {
    const type = ['content-type', 'multipart/related; boundary="a b"; charset=x'] as const;
    expect(intentOf(path, [...headers, type])).toMatchObject({ kind: 'multipart', boundary: 'a b', start: { target: files } });
  });

  it.each([
    ['x-goog-upload-protocol', files, [['x-goog-upload-protocol', 'raw'] as const]],
    ['uploadType', `${files}?uploadType=media`, []],
  ])('is raw by %s', (_by, path, headers) => {
    const intent = intentOf(path, [...headers, ['content-type', 'audio/x-odd']], { bodyLength: 7 });
    const start = { target: files, contentType: 'audio/x-odd', fileName: undefined, declaredBytes: 7 };
    expect(intent).toEqual({ kind: 'raw', start });
  });

  it('goes unseen where it names no protocol', () => {
    expect(intentOf(files, [['content-type', 'application/json']])).toEqual({ kind: 'unseen' });
  });

  it.each<[string, string, HeaderList]>([
    [
      'another command',
      files,
      [
        ['x-goog-upload-protocol', 'resumable'],
        ['x-goog-upload-command', 'upload'],
      ],
    ],
    ['no command', files, [['x-goog-upload-protocol', 'resumable']]],
    ['an unknown protocol', files, [['x-goog-upload-protocol', 'carrier-pigeon']]],
    ['no boundary', `${files}?uploadType=multipart`, [['content-type', 'multipart/related']]],
    ['an odd length', `${files}?uploadType=resumable`, [['x-upload-content-length', '1e3']]],
  ])('is refused with %s', (_with, path, headers) => {
    expect(() => intentOf(path, headers)).toThrow(expect.objectContaining({ reason: 'UPLOAD_PROTOCOL_VIOLATION' }));
  });
});

describe('a call on an upload', () => {
  it.each([
    ['upload', { kind: 'chunk', offset: 8, isFinal: false }],
    ['upload, finalize', { kind: 'chunk', offset: 8, isFinal: true }],
    ['UPLOAD,FINALIZE', { kind: 'chunk', offset: 8, isFinal: true }],
    ['finalize', { kind: 'finalize' }],
    ['query', { kind: 'query', dialect: 'command' }],
    ['cancel', { kind: 'cancel', dialect: 'command' }],
  ])('understands the command %s', (command, expected) => {
    const headers: HeaderList = [['x-goog-upload-command', command] as const, ['x-goog-upload-offset', '8'] as const];
    expect(intentOf(session, headers)).toMatchObject({ id: 'abc', ...expected });
  });

  it.each([
    ['bytes 0-9/20', { kind: 'chunk', offset: 0, isFinal: false, declaredLength: 10, totalBytes: 20 }],
    ['bytes 10-19/20', { kind: 'chunk', offset: 10, isFinal: true, declaredLength: 10, totalBytes: 20 }],
    ['bytes 0-9/*', { kind: 'chunk', offset: 0, isFinal: false, totalBytes: undefined }],
    ['bytes */20', { kind: 'query', dialect: 'range', totalBytes: 20 }],
  ])('understands Content-Range %s', (range, expected) => {
    expect(intentOf(session, [['content-range', range]], { method: 'PUT' })).toMatchObject({ id: 'abc', ...expected });
  });

  it('is the whole file where it has neither command nor range', () => {
    const expected = { kind: 'chunk', dialect: 'range', offset: 0, isFinal: true };
    expect(intentOf(session, [], { method: 'PUT', bodyLength: undefined })).toMatchObject(expected);
  });

  it('is cancelled with DELETE', () => {
    expect(intentOf(session, [], { method: 'DELETE' })).toEqual({ kind: 'cancel', id: 'abc', dialect: 'range' });
  });

  it.each<[string, HeaderList]>([
    ['no offset', [['x-goog-upload-command', 'upload']]],
    [
      'an odd offset',
      [
        ['x-goog-upload-command', 'upload'],
        ['x-goog-upload-offset', '-1'],
      ],
    ],
    ['an unknown command', [['x-goog-upload-command', 'upload, rewind']]],
    ['a start', [['x-goog-upload-command', 'start']]],
    ['an odd range', [['content-range', 'bytes 9-0/20']]],
  ])('is refused with %s', (_with, headers) => {
    expect(() => intentOf(session, headers)).toThrow(expect.objectContaining({ reason: 'UPLOAD_PROTOCOL_VIOLATION' }));
  });
});
