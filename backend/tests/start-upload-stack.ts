import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { startKeyedWorker, websocketConnect } from '@gemini-proxy/worker/node';
import { type Config, type Store, workerPath } from '../src/index.ts';
import { clientKey, type StartedGateway, startGateway, workerToken } from './start-gateway.ts';

export const withKey = { 'x-goog-api-key': clientKey } as const;
export const mebibyte = 1024 * 1024;
const patienceMs = 10_000;

export interface UploadStackOptions {
  readonly upstreamUrl: string;
  readonly apiKey: string;
  readonly gateway?: Partial<Config>;
  readonly store?: Store;
  readonly workers?: number;
}

export interface UploadStack extends StartedGateway {
  /** Starts a further worker, and waits until it is ready. */
  startWorker(id: string, options?: { readonly upstreamUrl?: string; readonly account?: string }): Promise<AsyncDisposable>;
}

/** A gateway with Node workers before an upstream. */
export async function startUploadStack(options: UploadStackOptions): Promise<UploadStack> {
  await using stack = new AsyncDisposableStack();
  const { apiKey, workers = 1 } = options;
  const started = stack.use(await startGateway(options.gateway, options.store));
  const workerStack = stack.use(new AsyncDisposableStack());
  const startWorker: UploadStack['startWorker'] = async (
    workerId,
    { upstreamUrl = options.upstreamUrl, account = 'anna' } = {},
  ) => {
    const connect = websocketConnect(`ws://127.0.0.1:${started.port}${workerPath}`);
    const worker = workerStack.use(startKeyedWorker({ connect, token: workerToken, apiKey, upstreamUrl, workerId, account }));
    const giveUpAt = performance.now() + patienceMs;
    while (!started.gateway.workers().some(({ id, state }) => id === workerId && state === 'ready')) {
      if (performance.now() > giveUpAt) throw new Error(`worker ${workerId} does not become ready`);
      await delay(10);
    }
    return worker;
  };
  for (let index = 0; index < workers; index += 1) await startWorker(`node-${index}`);
  const whole = stack.move();
  return { ...started, startWorker, [Symbol.asyncDispose]: () => whole.disposeAsync() };
}

type UploadBody = string | Uint8Array<ArrayBuffer> | ReadableStream;

export interface StartOptions {
  readonly bytes?: number;
  readonly type?: string;
  readonly metadata?: object;
  readonly path?: string;
}

/** Begins an upload as `@google/genai` does, and returns where it goes on. */
export async function startUpload(baseUrl: string, options: StartOptions = {}): Promise<string> {
  const { bytes, type = 'text/plain', metadata = { file: { mimeType: type } }, path = '/upload/v1beta/files' } = options;
  const answer = await fetch(`${baseUrl}${path}`, {
    method: 'POST',
    headers: {
      ...withKey,
      'content-type': 'application/json',
      'x-goog-upload-protocol': 'resumable',
      'x-goog-upload-command': 'start',
      'x-goog-upload-header-content-type': type,
      ...(bytes === undefined ? {} : { 'x-goog-upload-header-content-length': String(bytes) }),
    },
    body: JSON.stringify(metadata),
  });
  const text = await answer.text();
  if (answer.status !== 200 || text !== '') throw new Error(`the start was answered with ${answer.status}: ${text}`);
  return answer.headers.get('x-goog-upload-url') ?? '';
}

/** Gives a command to an upload, without a key. */
export function command(url: string, name: string, options: { readonly offset?: number; readonly body?: UploadBody } = {}) {
  const { offset, body } = options;
  const headers = { 'x-goog-upload-command': name, ...(offset === undefined ? {} : { 'x-goog-upload-offset': String(offset) }) };
  return fetch(url, { method: 'POST', headers, ...(body === undefined ? {} : { body, duplex: 'half' as const }) });
}

/** What the Gemini API says of a file's bytes. */
export function sha256HashOf(bytes: Uint8Array): string {
  return Buffer.from(createHash('sha256').update(bytes).digest('hex')).toString('base64');
}
