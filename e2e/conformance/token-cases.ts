import type { SurfaceCase } from './surface-case.ts';

const flash = '/v1beta/models/gemini-2.5-flash';
const embedding = '/v1beta/models/gemini-embedding-001';
const contents = [{ role: 'user', parts: [{ text: 'How many are we? Grüße 你好' }] }];
const [content] = contents;

export const tokenCases: readonly SurfaceCase[] = [
  { name: 'tokens of contents', run: (caller) => caller.post(`${flash}:countTokens`, { contents }) },
  {
    name: 'tokens of a whole request',
    run: (caller) =>
      caller.post(`${flash}:countTokens`, { generateContentRequest: { model: 'models/gemini-2.5-flash', contents } }),
  },
  { name: 'tokens of nothing', run: (caller) => caller.post(`${flash}:countTokens`, {}) },
  {
    name: 'an embedding',
    run: (caller) => caller.post(`${embedding}:embedContent`, { content, taskType: 'RETRIEVAL_QUERY', outputDimensionality: 8 }),
  },
  {
    name: 'a batch of embeddings',
    run: (caller) => {
      const request = { model: 'models/gemini-embedding-001', content, outputDimensionality: 8 };
      return caller.post(`${embedding}:batchEmbedContents`, { requests: [request, request] });
    },
  },
  {
    name: 'a batch of embeddings of another model',
    run: (caller) => caller.post(`${embedding}:batchEmbedContents`, { requests: [{ model: 'models/other', content }] }),
  },
  { name: 'an embedding by a model that makes none', run: (caller) => caller.post(`${flash}:embedContent`, { content }) },
];
