import type * as genai from '@google/genai';
import { model, type Target } from './client.ts';
import { contentOf, embeddingModel, given, type Operations } from './operations.ts';

/** All that `@google/genai` does, whatever its major version; runs in Node and in a page. */
export function connectGenai(sdk: Pick<typeof genai, 'GoogleGenAI'>, { apiKey, baseUrl }: Target): Operations {
  const client = new sdk.GoogleGenAI({ apiKey, httpOptions: { baseUrl } });
  const user = (...parts: genai.Part[]) => [{ role: 'user', parts }];
  const namesOf = async (pager: AsyncIterable<{ name?: string }>) => {
    const names: string[] = [];
    for await (const { name } of pager) names.push(given(name, 'name'));
    return names;
  };
  const textOf = ({ text }: { readonly text: string | undefined }) => given(text, 'text');
  return {
    generate: async (prompt) => textOf(await client.models.generateContent({ model, contents: user({ text: prompt }) })),
    stream: async (prompt) => {
      let text = '';
      const stream = await client.models.generateContentStream({ model, contents: user({ text: prompt }) });
      for await (const chunk of stream) text += textOf(chunk);
      return text;
    },
    count: async (text) =>
      given((await client.models.countTokens({ model, contents: user({ text }) })).totalTokens, 'totalTokens'),
    embed: async (text) => {
      const { embeddings } = await client.models.embedContent({ model: embeddingModel, contents: [text] });
      return given(embeddings?.[0]?.values, 'values');
    },
    models: async () => namesOf(await client.models.list({ config: { pageSize: 5 } })),
    upload: async ({ bytes, mimeType, displayName }) => {
      const file = new Blob([contentOf(bytes)], { type: mimeType });
      const { name, uri } = await client.files.upload({ file, config: { mimeType, displayName } });
      return { name: given(name, 'name'), uri: given(uri, 'uri'), mimeType };
    },
    file: async (name) => {
      const { state, sizeBytes } = await client.files.get({ name });
      return { state: String(state), sizeBytes: Number(sizeBytes) };
    },
    askAbout: async ({ uri, mimeType }, prompt) => {
      const contents = user({ text: prompt }, { fileData: { fileUri: uri, mimeType } });
      return textOf(await client.models.generateContent({ model, contents }));
    },
    files: async () => namesOf(await client.files.list({ config: { pageSize: 2 } })),
    deleteFile: async (name) => {
      await client.files.delete({ name });
    },
    createCache: async (text) =>
      given((await client.caches.create({ model, config: { contents: user({ text }), ttl: '600s' } })).name, 'name'),
    cache: async (name) => given((await client.caches.get({ name })).expireTime, 'expireTime'),
    caches: async () => namesOf(await client.caches.list({ config: { pageSize: 2 } })),
    updateCache: async (name, ttlSeconds) =>
      given((await client.caches.update({ name, config: { ttl: `${ttlSeconds}s` } })).expireTime, 'expireTime'),
    askCache: async (name, prompt) => {
      const request = { model, contents: user({ text: prompt }), config: { cachedContent: name } };
      return textOf(await client.models.generateContent(request));
    },
    deleteCache: async (name) => {
      await client.caches.delete({ name });
    },
  };
}
