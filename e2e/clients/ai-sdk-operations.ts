import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { embed, generateText, streamText, uploadFile } from 'ai';
import { model, type Target } from './client.ts';
import { contentOf, embeddingModel, given, type Operations } from './operations.ts';

/** What the AI SDK does; its base URL holds the version. It polls a file by itself until it is ready. */
export function connectAiSdk({
  apiKey,
  baseUrl,
}: Target): Pick<Operations, 'generate' | 'stream' | 'embed' | 'upload' | 'askAbout' | 'askCache'> {
  const google = createGoogleGenerativeAI({ apiKey, baseURL: `${baseUrl}/v1beta` });
  const flash = google(model);
  const once = { model: flash, maxRetries: 0 };
  return {
    generate: async (prompt) => (await generateText({ ...once, prompt })).text,
    stream: async (prompt) => {
      let text = '';
      for await (const piece of streamText({ ...once, prompt }).textStream) text += piece;
      return text;
    },
    embed: async (text) => (await embed({ model: google.embedding(embeddingModel), value: text, maxRetries: 0 })).embedding,
    upload: async ({ bytes, mimeType, displayName }) => {
      const { providerMetadata } = await uploadFile({
        api: google.files(),
        data: contentOf(bytes),
        mediaType: mimeType,
        providerOptions: { google: { displayName, pollIntervalMs: 100 } },
      });
      const { name, uri } = given(providerMetadata?.google, 'metadata');
      return { name: String(name), uri: String(uri), mimeType };
    },
    askAbout: async ({ uri, mimeType }, prompt) => {
      const content = [
        { type: 'text' as const, text: prompt },
        { type: 'file' as const, data: new URL(uri), mediaType: mimeType },
      ];
      return (await generateText({ ...once, messages: [{ role: 'user', content }] })).text;
    },
    askCache: async (name, prompt) =>
      (await generateText({ ...once, prompt, providerOptions: { google: { cachedContent: name } } })).text,
  };
}
