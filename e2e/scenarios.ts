import type { Call } from './clients/client.ts';

const tableSchema = {
  type: 'object',
  properties: {
    restaurant: { type: 'string' },
    guests: { type: 'integer', minimum: 1, maximum: 12 },
    terrace: { type: 'boolean' },
  },
  required: ['restaurant', 'guests', 'terrace'],
};

/** A 1×1 PNG. */
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

export interface Scenario {
  readonly name: string;
  readonly call: Omit<Call, 'streamed'>;
}

/** What each client is asked to do, whole and streamed. */
export const scenarios: readonly Scenario[] = [
  { name: 'text', call: { prompt: 'Say hello to the reader, in 你好, café and 🙂.' } },
  { name: 'function calling', call: { prompt: 'Book a table for two.', functionParameters: tableSchema } },
  { name: 'structured output', call: { prompt: 'Describe a table as JSON.', answerSchema: tableSchema } },
  { name: 'system instruction', call: { prompt: 'Who are you?', systemInstruction: 'You are a lighthouse keeper.' } },
  { name: 'inline image', call: { prompt: 'What is in this picture?', image: { mimeType: 'image/png', base64: pixel } } },
];
