import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** Bytes of a chunk that is not the last are a multiple of this. */
export const chunkBytes = 8 * 1024 * 1024;

/** Begins a resumable upload and returns its address. */
export async function startUpload(baseUrl: string, key: string, byteCount: number): Promise<string> {
  const answer = await fetch(`${baseUrl}/upload/v1beta/files`, {
    method: 'POST',
    headers: {
      'x-goog-api-key': key,
      'content-type': 'application/json',
      'x-goog-upload-protocol': 'resumable',
      'x-goog-upload-command': 'start',
      'x-goog-upload-header-content-length': String(byteCount),
      'x-goog-upload-header-content-type': 'application/octet-stream',
    },
    body: '{"file":{"displayName":"big"}}',
  });
  const url = answer.headers.get('x-goog-upload-url');
  if (url === null) throw new Error(`the start was answered with ${answer.status}: ${await answer.text()}`);
  await answer.arrayBuffer();
  return url;
}

/** Gives a command to an upload. */
export function command(
  url: string,
  name: string,
  part?: { readonly offset: number; readonly body: ReadableStream | undefined },
) {
  const headers = {
    'x-goog-upload-command': name,
    ...(part === undefined ? {} : { 'x-goog-upload-offset': String(part.offset) }),
  };
  return fetch(url, {
    method: 'POST',
    headers,
    ...(part?.body === undefined ? {} : { body: part.body, duplex: 'half' as const }),
  });
}

/** A file whose bytes follow from their place, so that it needs no memory and any shift of a byte is seen. */
export interface PatternFile {
  readonly byteCount: number;
  /** Its bytes from one place to another, a piece at a time, with a pause after each. */
  read(from: number, to: number, pauseMs?: number): ReadableStream<Uint8Array>;
  /** As the Gemini API prints it. */
  readonly sha256Hash: string;
}

const pieceBytes = 256 * 1024;

export function patternFile(byteCount: number, seed: number): PatternFile {
  const hash = createHash('sha256');
  for (let at = 0; at < byteCount; at += pieceBytes) hash.update(pieceAt(at, Math.min(at + pieceBytes, byteCount), seed));
  return {
    byteCount,
    sha256Hash: Buffer.from(hash.digest('hex')).toString('base64'),
    read(from, to, pauseMs) {
      let at = from;
      return new ReadableStream({
        async pull(controller) {
          if (at >= to) return controller.close();
          const end = Math.min(at + pieceBytes, to);
          controller.enqueue(pieceAt(at, end, seed));
          at = end;
          if (pauseMs !== undefined) await delay(pauseMs);
        },
      });
    },
  };
}

function pieceAt(from: number, to: number, seed: number): Uint8Array<ArrayBuffer> {
  const piece = new Uint8Array(to - from).fill(seed);
  const view = new DataView(piece.buffer);
  // Each 4 KiB block says where it belongs.
  for (let at = 0; at + 8 <= piece.length; at += 4096) view.setFloat64(at, from + at);
  return piece;
}
