import type { HeaderList } from '@gemini-proxy/protocol';
import { GatewayError } from '../errors.ts';
import { parseContentRange } from './content-range.ts';
import type { UploadCall } from './upload-call.ts';

/** Which of the two resumable protocols a session speaks: `x-goog-upload-command`, or `Content-Range` (`uploadType=resumable`). */
export type Dialect = 'command' | 'range';

/** What a new upload is told at its start. */
export interface UploadStart {
  /** Path with query that the upload goes to, without what names the protocol. */
  readonly target: string;
  readonly contentType: string | undefined;
  readonly fileName: string | undefined;
  readonly declaredBytes: number | undefined;
}

/** A piece of a file. */
export interface UploadChunk {
  readonly kind: 'chunk';
  readonly id: string;
  readonly dialect: Dialect;
  readonly offset: number;
  readonly isFinal: boolean;
  /** Bytes that the chunk says it has, besides the body's own length. */
  readonly declaredLength: number | undefined;
  /** Bytes of the whole file, where a chunk tells. */
  readonly totalBytes: number | undefined;
}

export type UploadIntent =
  | { readonly kind: 'start'; readonly dialect: Dialect; readonly start: UploadStart }
  | { readonly kind: 'raw'; readonly start: UploadStart }
  | { readonly kind: 'multipart'; readonly start: UploadStart; readonly boundary: string }
  | UploadChunk
  | { readonly kind: 'finalize'; readonly id: string }
  | { readonly kind: 'query'; readonly id: string; readonly dialect: Dialect; readonly totalBytes: number | undefined }
  | { readonly kind: 'cancel'; readonly id: string; readonly dialect: Dialect }
  /** No upload protocol that is spoken here: goes to a worker unseen. */
  | { readonly kind: 'unseen' };

type Head = Pick<UploadCall, 'method' | 'path' | 'headers' | 'bodyLength'>;

/** The id of the upload that a path names, which stands for a key. */
export function uploadIdOf(path: string): string | undefined {
  return new URL(path, 'http://gateway').searchParams.get('upload_id') ?? undefined;
}

/** Tells what a request wants of an upload. Throws `GatewayError` where it breaks the protocol that it names. */
export function toUploadIntent(head: Head): UploadIntent {
  const url = new URL(head.path, 'http://gateway');
  const header = headerReader(head.headers);
  const id = uploadIdOf(head.path);
  const command = header('x-goog-upload-command');
  if (id !== undefined && command !== undefined) return toCommand(id, command, header('x-goog-upload-offset'));
  if (id !== undefined) return toRangeCall(id, head, header('content-range'));
  return toBeginning(url, header, command, head.bodyLength);
}

const byteCount = /^\d{1,15}$/;

type HeaderReader = (name: string) => string | undefined;

function toBeginning(url: URL, header: HeaderReader, command: string | undefined, bodyLength: number | undefined): UploadIntent {
  const protocol = header('x-goog-upload-protocol')?.toLowerCase() ?? '';
  const uploadType = url.searchParams.get('uploadType') ?? url.searchParams.get('upload_protocol') ?? '';
  const contentType = header('content-type');
  const base = { target: toTarget(url), fileName: header('x-goog-upload-file-name') };
  if (protocol === 'resumable') {
    if (command?.trim().toLowerCase() !== 'start') throw violation('Invalid X-Goog-Upload-Command header.');
    const declaredBytes = toByteCount(header('x-goog-upload-header-content-length'), 'x-goog-upload-header-content-length');
    const start = { ...base, contentType: header('x-goog-upload-header-content-type'), declaredBytes };
    return { kind: 'start', dialect: 'command', start };
  }
  if (
    protocol === 'multipart' ||
    (protocol === '' && (uploadType === 'multipart' || contentType?.startsWith('multipart/related')))
  ) {
    const boundary = boundaryOf(contentType);
    if (boundary === undefined) throw violation('A multipart upload needs the content type multipart/related with a boundary.');
    return { kind: 'multipart', start: { ...base, contentType: undefined, declaredBytes: undefined }, boundary };
  }
  if (protocol === 'raw' || (protocol === '' && (uploadType === 'media' || uploadType === 'raw'))) {
    const stated = header('x-goog-upload-header-content-type') ?? contentType;
    return { kind: 'raw', start: { ...base, contentType: stated, declaredBytes: bodyLength } };
  }
  if (protocol === '' && uploadType === 'resumable') {
    const declaredBytes = toByteCount(header('x-upload-content-length'), 'x-upload-content-length');
    return { kind: 'start', dialect: 'range', start: { ...base, contentType: header('x-upload-content-type'), declaredBytes } };
  }
  if (protocol !== '') throw violation('Unknown upload protocol.');
  return { kind: 'unseen' };
}

function toCommand(id: string, command: string, offsetText: string | undefined): UploadIntent {
  const commands = command
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const unknown = commands.find((name) => !['upload', 'finalize', 'query', 'cancel'].includes(name));
  if (unknown !== undefined) throw violation('Invalid X-Goog-Upload-Command header.');
  if (commands.includes('upload')) {
    if (offsetText === undefined || !byteCount.test(offsetText))
      throw violation('Missing or invalid X-Goog-Upload-Offset header.');
    const offset = Number(offsetText);
    const isFinal = commands.includes('finalize');
    return { kind: 'chunk', id, dialect: 'command', offset, isFinal, declaredLength: undefined, totalBytes: undefined };
  }
  if (commands.includes('cancel')) return { kind: 'cancel', id, dialect: 'command' };
  if (commands.includes('finalize')) return { kind: 'finalize', id };
  return { kind: 'query', id, dialect: 'command', totalBytes: undefined };
}

function toRangeCall(id: string, { method, bodyLength }: Head, contentRange: string | undefined): UploadIntent {
  const dialect = 'range';
  if (method === 'DELETE') return { kind: 'cancel', id, dialect };
  if (contentRange === undefined) {
    const totalBytes = bodyLength;
    return { kind: 'chunk', id, dialect, offset: 0, isFinal: true, declaredLength: undefined, totalBytes };
  }
  const range = parseContentRange(contentRange);
  if (range === undefined) throw violation('Invalid Content-Range header.');
  const { first, last, totalBytes } = range;
  if (first === undefined || last === undefined) return { kind: 'query', id, dialect, totalBytes };
  const isFinal = last + 1 === totalBytes;
  return { kind: 'chunk', id, dialect, offset: first, isFinal, declaredLength: last - first + 1, totalBytes };
}

/** What the path says of the protocol is not for the upstream, whose protocol is the sender's choice. */
function toTarget(url: URL): string {
  const query = new URLSearchParams(url.searchParams);
  for (const name of ['uploadType', 'upload_protocol', 'upload_id']) query.delete(name);
  return query.size === 0 ? url.pathname : `${url.pathname}?${query}`;
}

function toByteCount(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  if (!byteCount.test(text)) throw violation(`The header ${name} is not a number of bytes.`);
  return Number(text);
}

function boundaryOf(contentType: string | undefined): string | undefined {
  if (contentType === undefined || !/^multipart\/related\b/i.test(contentType)) return undefined;
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType) ?? [];
  return quoted ?? plain;
}

function headerReader(headers: HeaderList): HeaderReader {
  return (wanted) => headers.find(([name]) => name === wanted)?.[1];
}

function violation(message: string): GatewayError {
  return new GatewayError('UPLOAD_PROTOCOL_VIOLATION', message);
}
