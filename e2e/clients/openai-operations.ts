import OpenAI from 'openai';
import { model, type Target } from './client.ts';
import { embeddingModel, given, type Operations } from './operations.ts';

/** What the compatible part of the Gemini API has for OpenAI's SDK. */
export function connectOpenai({ apiKey, baseUrl }: Target): Pick<Operations, 'generate' | 'stream' | 'embed' | 'models'> {
  const client = new OpenAI({ apiKey, baseURL: `${baseUrl}/v1beta/openai/`, maxRetries: 0 });
  const messages = (prompt: string) => [{ role: 'user' as const, content: prompt }];
  return {
    generate: async (prompt) => {
      const { choices } = await client.chat.completions.create({ model, messages: messages(prompt) });
      return given(choices[0]?.message.content, 'content');
    },
    stream: async (prompt) => {
      let text = '';
      const stream = await client.chat.completions.create({ model, messages: messages(prompt), stream: true });
      for await (const { choices } of stream) text += choices[0]?.delta.content ?? '';
      return text;
    },
    embed: async (text) => {
      const { data } = await client.embeddings.create({ model: embeddingModel, input: text });
      return given(data[0]?.embedding, 'embedding');
    },
    models: async () => {
      const names: string[] = [];
      for await (const { id } of client.models.list()) names.push(id);
      return names;
    },
  };
}
