import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { bytesOf, type Service, textOf } from './http-client.ts';
import type { Ending } from './observation.ts';

/** Bytes of a part that is not the last are a multiple of this. */
const granuleBytes = 8 * 1024 * 1024;
const mostTries = 8;
const pauseMs = 500;

/** Something that may go well the next time. */
class Setback extends Error {}

/** Uploads a file the resumable way as an SDK does, goes on where it was after each setback, then reads and deletes it. */
export class UploadClient {
  readonly #service: Service;
  /** Addresses of uploads that were given up. */
  readonly abandoned: string[] = [];

  constructor(service: Service) {
    this.#service = service;
  }

  async perform(id: number, byteCount: number, deadline: AbortSignal): Promise<Ending> {
    const bytes = bytesOf(byteCount, id);
    let url: string | undefined;
    let name: string | undefined;
    let setback = '';
    for (let tries = 0; tries < mostTries; tries += 1) {
      try {
        url ??= await this.#start(byteCount, deadline);
        name ??= await this.#send(url, bytes, deadline);
        await this.#withdraw(name, deadline);
        return { kind: 'right', text: '' };
      } catch (error) {
        if (deadline.aborted) break;
        if (error instanceof Contradiction) return { kind: 'wrong', text: error.message };
        setback = textOf(error);
        await delay(pauseMs);
      }
    }
    if (url !== undefined && name === undefined) this.abandoned.push(url);
    if (deadline.aborted) return { kind: 'overdue', doing: `an upload of ${byteCount} bytes; last: ${setback}` };
    return { kind: 'gave-up', text: setback };
  }

  /** Cancels what was given up, so that nothing of it is left. */
  async cancelAbandoned(): Promise<void> {
    for (const url of this.abandoned) {
      const answer = await fetch(url, { method: 'POST', headers: { 'x-goog-upload-command': 'cancel' } });
      await answer.arrayBuffer();
    }
  }

  async #start(byteCount: number, signal: AbortSignal): Promise<string> {
    const answer = await this.#call('/upload/v1beta/files', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-goog-upload-protocol': 'resumable',
        'x-goog-upload-command': 'start',
        'x-goog-upload-header-content-length': String(byteCount),
        'x-goog-upload-header-content-type': 'application/octet-stream',
      },
      body: '{"file":{"displayName":"chaos"}}',
      signal,
    });
    const url = answer.headers.get('x-goog-upload-url');
    if (url === null) throw new Setback(`the start was answered with ${answer.status}`);
    return url;
  }

  /** Asks how much has arrived, and sends the rest. */
  async #send(url: string, bytes: Buffer<ArrayBuffer>, signal: AbortSignal): Promise<string> {
    const state = await this.#call(url, { method: 'POST', headers: { 'x-goog-upload-command': 'query' }, signal });
    if (state.headers.get('x-goog-upload-status') === 'final') return nameOf(state.text, bytes);
    let offset = Number(state.headers.get('x-goog-upload-size-received') ?? Number.NaN);
    if (Number.isNaN(offset)) throw new Setback(`the query was answered with ${state.status}`);
    for (;;) {
      const end = Math.min(bytes.byteLength, offset + granuleBytes);
      const isLast = end === bytes.byteLength;
      const answer = await this.#call(url, {
        method: 'POST',
        headers: { 'x-goog-upload-command': isLast ? 'upload, finalize' : 'upload', 'x-goog-upload-offset': String(offset) },
        body: bytes.subarray(offset, end),
        signal,
      });
      if (answer.status !== 200) throw new Setback(`a part was answered with ${answer.status}: ${answer.text.slice(0, 300)}`);
      if (isLast) return nameOf(answer.text, bytes);
      offset = end;
    }
  }

  async #withdraw(name: string, signal: AbortSignal): Promise<void> {
    const file = await this.#call(`/v1beta/${name}`, { signal });
    if (file.status !== 200) throw new Setback(`the file was answered with ${file.status}`);
    if (JSON.parse(file.text).name !== name) throw new Contradiction(`${name} was asked for, and answered with ${file.text}`);
    const gone = await this.#call(`/v1beta/${name}`, { method: 'DELETE', signal });
    if (gone.status !== 200 && gone.status !== 403 && gone.status !== 404) {
      throw new Setback(`the delete was answered with ${gone.status}`);
    }
  }

  async #call(target: string, init: RequestInit) {
    const url = target.startsWith('/') ? `${this.#service.baseUrl}${target}` : target;
    const headers = new Headers(init.headers);
    if (target.startsWith('/')) headers.set('x-goog-api-key', this.#service.clientKey);
    const answer = await fetch(url, { ...init, headers });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }
}

/** The service says something that cannot be true. */
class Contradiction extends Error {}

function nameOf(text: string, bytes: Buffer): string {
  const { file } = JSON.parse(text);
  if (typeof file?.name !== 'string') throw new Setback(`the upload ended with ${text.slice(0, 300)}`);
  const sha256Hash = Buffer.from(createHash('sha256').update(bytes).digest('hex')).toString('base64');
  if (file.sha256Hash !== sha256Hash || file.sizeBytes !== String(bytes.byteLength)) {
    throw new Contradiction(`${bytes.byteLength} bytes were uploaded, and became ${text}`);
  }
  return file.name;
}
