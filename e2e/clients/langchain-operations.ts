import { ChatGoogleGenerativeAI, GoogleGenerativeAIEmbeddings } from '@langchain/google-genai';
import { model, type Target } from './client.ts';
import { embeddingModel, type Operations } from './operations.ts';

/** What LangChain's integration does: chats and embeddings. */
export function connectLangchain({ apiKey, baseUrl }: Target): Pick<Operations, 'generate' | 'stream' | 'embed' | 'askAbout'> {
  const chat = new ChatGoogleGenerativeAI({ model, apiKey, baseUrl, maxRetries: 0 });
  return {
    generate: async (prompt) => (await chat.invoke(prompt)).text,
    stream: async (prompt) => {
      let text = '';
      for await (const chunk of await chat.stream(prompt)) text += chunk.text;
      return text;
    },
    embed: (text) => new GoogleGenerativeAIEmbeddings({ model: embeddingModel, apiKey, baseUrl }).embedQuery(text),
    askAbout: async ({ uri, mimeType }, prompt) => {
      const content = [
        { type: 'text', text: prompt },
        { type: 'media', mimeType, fileUri: uri },
      ];
      return (await chat.invoke([{ role: 'user', content }])).text;
    },
  };
}
