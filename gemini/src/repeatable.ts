import type { OperationName } from './operation.ts';

/** Calls by POST that leave nothing behind at the Gemini API: made twice, they cost twice, and that is all. */
const withoutEffect: ReadonlySet<OperationName> = new Set<OperationName>([
  'models.generateContent',
  'models.streamGenerateContent',
  'models.countTokens',
  'models.embedContent',
  'models.batchEmbedContents',
  'models.predict',
  'models.generateAnswer',
  'corpora.query',
  'openai.chatCompletions',
  'openai.embeddings',
  'openai.images',
]);
const reading: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether a call may be made again although the Gemini API may have executed it: reads, and calls without a lasting effect. Files, caches, batches,
 * tuned models, operations, interactions and whatever is not known may not.
 */
export function isRepeatable(method: string, operation: OperationName): boolean {
  return reading.has(method) || withoutEffect.has(operation);
}
