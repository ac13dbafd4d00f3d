import { setTimeout as delay } from 'node:timers/promises';
import { startKeyedWorker, websocketConnect } from '@gemini-proxy/worker/node';
import { type Gateway, type Store, workerPath } from '../src/index.ts';
import { clientKey, startGateway, workerToken } from './start-gateway.ts';

export const accounts = ['anna', 'berta', 'carla'] as const;
export type AccountName = (typeof accounts)[number];

const patienceMs = 10_000;

/** A gateway with one Node worker for each account, before a service that keeps their resources apart. */
export interface AccountsStack extends AsyncDisposable {
  readonly gateway: Gateway;
  /** Base URL for clients. */
  readonly url: string;
  /** Connects a worker of an account, and waits until it is ready. */
  connect(account: AccountName): Promise<void>;
  /** Ends the worker of an account, and waits until the gateway knows. */
  disconnect(account: AccountName): Promise<void>;
  /** Sends a request to the gateway, with its key. */
  send(method: string, path: string, body?: object | string): Promise<Answer>;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every kind
  readonly json: any;
}

/** What an emulator is told of them. */
export const emulatorAccounts = accounts.map((name) => ({ name, apiKeys: [keyOf(name)] }));

export async function startAccountsStack(
  upstreamUrl: string,
  options: { readonly connected?: readonly AccountName[]; readonly store?: Store } = {},
): Promise<AccountsStack> {
  await using stack = new AsyncDisposableStack();
  const { gateway, url, port } = stack.use(await startGateway({}, options.store));
  const workers = new Map<AccountName, AsyncDisposable>();
  stack.defer(async () => void (await Promise.all([...workers.values()].map((worker) => worker[Symbol.asyncDispose]()))));
  const isReady = (account: AccountName) => gateway.workers().some((one) => one.account === account && one.state === 'ready');

  const connect: AccountsStack['connect'] = async (account) => {
    const worker = startKeyedWorker({
      connect: websocketConnect(`ws://127.0.0.1:${port}${workerPath}`),
      token: workerToken,
      apiKey: keyOf(account),
      upstreamUrl,
      workerId: `of-${account}`,
      account,
    });
    workers.set(account, worker);
    await until(() => isReady(account));
  };
  for (const account of options.connected ?? accounts) await connect(account);
  const whole = stack.move();
  return {
    gateway,
    url,
    connect,
    disconnect: async (account) => {
      await workers.get(account)?.[Symbol.asyncDispose]();
      workers.delete(account);
      await until(() => !gateway.workers().some((one) => one.account === account));
    },
    send: (method, path, body) => request(url, clientKey, method, path, body),
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  };
}

/** Makes a file of an account, past the gateway; returns its name. */
export async function createFile(upstreamUrl: string, account: AccountName, mimeType = 'text/plain'): Promise<string> {
  const answer = await fetch(`${upstreamUrl}/upload/v1beta/files?uploadType=media`, {
    method: 'POST',
    headers: { 'x-goog-api-key': keyOf(account), 'content-type': mimeType, 'x-goog-upload-protocol': 'raw' },
    body: 'what the file holds',
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`no file was made: ${text}`);
  return JSON.parse(text).file.name;
}

/** Makes a cache of an account, past the gateway; returns its name. */
export async function createCache(upstreamUrl: string, account: AccountName): Promise<string> {
  const answer = await request(upstreamUrl, keyOf(account), 'POST', '/v1beta/cachedContents', cacheBody());
  if (answer.status !== 200) throw new Error(`no cache was made: ${answer.text}`);
  return answer.json.name;
}

/** Large enough for the service to keep. */
export function cacheBody(): object {
  return { model: 'models/gemini-2.5-flash', contents: [{ role: 'user', parts: [{ text: 'word '.repeat(6000) }] }], ttl: '600s' };
}

/** A prompt with files. */
export function promptWith(...names: readonly string[]) {
  const parts = names.map((name) => ({
    fileData: { fileUri: `https://generativelanguage.googleapis.com/v1beta/${name}`, mimeType: 'text/plain' },
  }));
  return { contents: [{ role: 'user', parts: [{ text: 'What is in these?' }, ...parts] }] };
}

async function until(isSo: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  while (!isSo()) {
    if (performance.now() > giveUpAt) throw new Error('it does not come to that');
    await delay(5);
  }
}

function keyOf(account: AccountName): string {
  return `key-of-${account}`;
}

async function request(url: string, key: string, method: string, path: string, body?: object | string): Promise<Answer> {
  const text = typeof body === 'object' ? JSON.stringify(body) : body;
  const headers = { 'x-goog-api-key': key, ...(text === undefined ? {} : { 'content-type': 'application/json' }) };
  const response = await fetch(`${url}${path}`, { method, headers, ...(text === undefined ? {} : { body: text }) });
  const answer = await response.text();
  return { status: response.status, headers: response.headers, text: answer, json: toJson(answer) };
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
