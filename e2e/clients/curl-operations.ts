import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { model, type Target } from './client.ts';
import { runCommand } from './command.ts';
import { curl } from './curl.ts';
import { contentOf, embeddingModel, type FileToUpload, type Operations, type UploadedFile } from './operations.ts';

const uploadScript = fileURLToPath(new URL('cookbook-upload.sh', import.meta.url));

interface Json {
  readonly totalTokens: number;
  readonly name: string;
  readonly uri: string;
  readonly state: string;
  readonly sizeBytes: string;
  readonly expireTime: string;
  readonly nextPageToken?: string;
  readonly embedding: { readonly values: readonly number[] };
  readonly file: { readonly name: string; readonly uri: string };
  readonly models: readonly { readonly name: string }[];
  readonly files: readonly { readonly name: string }[];
  readonly cachedContents: readonly { readonly name: string }[];
  readonly candidates: readonly { readonly content: { readonly parts: readonly { readonly text: string }[] } }[];
}

/** All of the surface by curl, as Google's samples have it. */
export function connectCurl(target: Target): Operations {
  const ask = async (method: string, path: string, body?: unknown): Promise<Json> => {
    const url = `${target.baseUrl}/v1beta/${path}${path.includes('?') ? '&' : '?'}key=${target.apiKey}`;
    const data = body === undefined ? [] : ['-H', 'Content-Type: application/json', '--data-binary', '@-'];
    const input = body === undefined ? '' : JSON.stringify(body);
    const result = await runCommand('curl', ['-sS', '--fail-with-body', '-X', method, url, ...data], { input });
    if (result.code !== 0) throw new Error(`curl ended with ${result.code}: ${result.stderr}${result.stdout}`);
    return JSON.parse(result.stdout) as Json;
  };
  const generate = async (...body: readonly unknown[]) => {
    const { candidates } = await ask('POST', `models/${model}:generateContent`, Object.assign({}, ...body));
    return (candidates[0]?.content.parts ?? []).map(({ text }) => text).join('');
  };
  const prompting = (...parts: readonly unknown[]) => ({ contents: [{ parts }] });
  const namesOf = (items: readonly { readonly name: string }[]) => items.map(({ name }) => name);
  return {
    generate: async (prompt) => (await curl.call(target, { prompt, streamed: false })).text,
    stream: async (prompt) => (await curl.call(target, { prompt, streamed: true })).text,
    count: async (text) => (await ask('POST', `models/${model}:countTokens`, prompting({ text }))).totalTokens,
    embed: async (text) =>
      (await ask('POST', `models/${embeddingModel}:embedContent`, { content: { parts: [{ text }] } })).embedding.values,
    models: async () => namesOf((await ask('GET', 'models?pageSize=100')).models),
    upload: (file) => runUploadScript(target, file),
    file: async (name) => {
      const { state, sizeBytes } = await ask('GET', name);
      return { state, sizeBytes: Number(sizeBytes) };
    },
    askAbout: ({ uri, mimeType }, prompt) =>
      generate(prompting({ text: prompt }, { file_data: { mime_type: mimeType, file_uri: uri } })),
    files: async () => namesOf((await ask('GET', 'files?pageSize=100')).files),
    deleteFile: async (name) => {
      await ask('DELETE', name);
    },
    createCache: async (text) =>
      (await ask('POST', 'cachedContents', { model: `models/${model}`, ...prompting({ text }), ttl: '600s' })).name,
    cache: async (name) => (await ask('GET', name)).expireTime,
    caches: async () => namesOf((await ask('GET', 'cachedContents?pageSize=100')).cachedContents),
    updateCache: async (name, ttlSeconds) => (await ask('PATCH', name, { ttl: `${ttlSeconds}s` })).expireTime,
    askCache: (name, prompt) => generate(prompting({ text: prompt }), { cachedContent: name }),
    deleteCache: async (name) => {
      await ask('DELETE', name);
    },
  };
}

async function runUploadScript(target: Target, { bytes, mimeType, displayName }: FileToUpload): Promise<UploadedFile> {
  const folder = await mkdtemp(join(tmpdir(), 'cookbook-'));
  try {
    const file = join(folder, 'content');
    await writeFile(file, contentOf(bytes));
    const environment = {
      PATH: process.env.PATH,
      BASE_URL: target.baseUrl,
      GOOGLE_API_KEY: target.apiKey,
      FILE: file,
      MIME_TYPE: mimeType,
      DISPLAY_NAME: displayName,
    };
    const result = await runCommand('bash', [uploadScript], { environment });
    if (result.code !== 0) throw new Error(`The script ended with ${result.code}: ${result.stderr}${result.stdout}`);
    const { name, uri } = (JSON.parse(result.stdout) as Json).file;
    return { name, uri, mimeType };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
