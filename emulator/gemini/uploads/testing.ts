import type { GeminiEmulator } from '../gemini-emulator.ts';
import { KEY } from '../testing.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export type Call = (path: string, init?: RequestInit) => Promise<Answer>;

/** Calls an address, given whole or as a path. */
export function callerOf(emulator: GeminiEmulator): Call {
  return async (path, init = {}) => {
    const url = path.startsWith('http') ? path : `${emulator.url}${path}`;
    const answer = await fetch(url, { redirect: 'manual', ...init });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
}

/** Starts a resumable upload and returns where it goes on. */
export async function startUpload(call: Call, file: unknown = {}, headers: Record<string, string> = {}): Promise<string> {
  const answer = await call('/upload/v1beta/files', {
    method: 'POST',
    headers: { ...KEY, 'x-goog-upload-protocol': 'resumable', 'x-goog-upload-command': 'start', ...headers },
    body: JSON.stringify({ file }),
  });
  return answer.headers.get('x-goog-upload-url') ?? `no upload: ${answer.status} ${answer.text}`;
}

/** Sends one command of a resumable upload, without any credential. */
export function sendCommand(
  call: Call,
  url: string,
  command: string,
  part?: { offset: number; body: Uint8Array<ArrayBuffer> | string },
) {
  const offset = part === undefined ? {} : { 'x-goog-upload-offset': String(part.offset) };
  const headers = { 'x-goog-upload-command': command, ...offset };
  return call(url, { method: 'POST', headers, ...(part === undefined ? {} : { body: part.body }) });
}

export function summaryOf({ status, headers, text }: Answer) {
  const size = headers.get('x-goog-upload-size-received');
  const message: string | undefined = text.includes('"error"') ? JSON.parse(text).error.message : undefined;
  return {
    status,
    state: headers.get('x-goog-upload-status'),
    ...(size === null ? {} : { size: Number(size) }),
    ...(message === undefined ? {} : { message }),
  };
}
