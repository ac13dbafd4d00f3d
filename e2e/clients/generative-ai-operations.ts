import { GoogleGenerativeAI } from '@google/generative-ai';
import { GoogleAICacheManager, GoogleAIFileManager } from '@google/generative-ai/server';
import { model, type Target } from './client.ts';
import { contentOf, embeddingModel, given, type Operations } from './operations.ts';

/** All that the legacy SDK does; it uploads by one multipart request, and lists no models. */
export function connectGenerativeAi({ apiKey, baseUrl }: Target): Omit<Operations, 'models'> {
  const client = new GoogleGenerativeAI(apiKey);
  const flash = client.getGenerativeModel({ model }, { baseUrl });
  const files = new GoogleAIFileManager(apiKey, { baseUrl });
  const caches = new GoogleAICacheManager(apiKey, { baseUrl });
  return {
    generate: async (prompt) => (await flash.generateContent(prompt)).response.text(),
    stream: async (prompt) => {
      let text = '';
      const { stream, response } = await flash.generateContentStream(prompt);
      // It fails together with the stream, and nobody awaits it.
      response.catch(() => {});
      for await (const chunk of stream) text += chunk.text();
      return text;
    },
    count: async (text) => (await flash.countTokens(text)).totalTokens,
    embed: async (text) =>
      (await client.getGenerativeModel({ model: embeddingModel }, { baseUrl }).embedContent(text)).embedding.values,
    upload: async ({ bytes, mimeType, displayName }) => {
      const { file } = await files.uploadFile(Buffer.from(contentOf(bytes)), { mimeType, displayName });
      return { name: file.name, uri: file.uri, mimeType };
    },
    file: async (name) => {
      const { state, sizeBytes } = await files.getFile(name);
      return { state, sizeBytes: Number(sizeBytes) };
    },
    askAbout: async ({ uri, mimeType }, prompt) => {
      const answer = await flash.generateContent([{ text: prompt }, { fileData: { fileUri: uri, mimeType } }]);
      return answer.response.text();
    },
    files: async () => ((await files.listFiles({ pageSize: 100 })).files ?? []).map(({ name }) => name),
    deleteFile: (name) => files.deleteFile(name),
    createCache: async (text) => {
      const contents = [{ role: 'user', parts: [{ text }] }];
      return given((await caches.create({ model: `models/${model}`, contents, ttlSeconds: 600 })).name, 'name');
    },
    cache: async (name) => given((await caches.get(name)).expireTime, 'expireTime'),
    caches: async () => ((await caches.list()).cachedContents ?? []).map(({ name }) => given(name, 'name')),
    updateCache: async (name, ttlSeconds) =>
      given((await caches.update(name, { cachedContent: { ttlSeconds } })).expireTime, 'expireTime'),
    askCache: async (name, prompt) => {
      const cached = client.getGenerativeModelFromCachedContent(await caches.get(name), {}, { baseUrl });
      return (await cached.generateContent(prompt)).response.text();
    },
    deleteCache: (name) => caches.delete(name),
  };
}
