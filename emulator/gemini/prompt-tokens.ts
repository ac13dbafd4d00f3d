import type { Prompt } from './generate-request.ts';

export interface ModalityTokens {
  readonly modality: string;
  readonly tokenCount: number;
}

const TOKENS_PER_ATTACHMENT = 258;
const CHARACTERS_PER_TOKEN = 4;

export function countTokens(words: string): number {
  return Math.ceil(words.length / CHARACTERS_PER_TOKEN);
}

/** Counts what a prompt itself holds, without its cache, by modality; text comes first and always. */
export function promptTokensOf({ promptTextTokens, inlineData, files }: Prompt): readonly ModalityTokens[] {
  const counts = new Map([['TEXT', promptTextTokens]]);
  for (const { mimeType, bytes } of [...inlineData, ...files]) {
    const modality = modalityOf(mimeType);
    const tokens = modality === 'TEXT' ? Math.ceil(bytes / CHARACTERS_PER_TOKEN) : TOKENS_PER_ATTACHMENT;
    counts.set(modality, (counts.get(modality) ?? 0) + tokens);
  }
  return [...counts].map(([modality, tokenCount]) => ({ modality, tokenCount }));
}

/** Adds the tokens of a cache, all counted as text. */
export function withCachedTokens(details: readonly ModalityTokens[], { cache }: Prompt): readonly ModalityTokens[] {
  if (cache === undefined) return details;
  return details.map((entry) => (entry.modality === 'TEXT' ? { ...entry, tokenCount: entry.tokenCount + cache.tokens } : entry));
}

export function sumTokens(details: readonly ModalityTokens[]): number {
  return details.reduce((sum, { tokenCount }) => sum + tokenCount, 0);
}

/** What the use of a cache adds to counts of tokens. */
export function cacheUsageOf({ cache }: Prompt): Readonly<Record<string, unknown>> {
  if (cache === undefined) return {};
  return {
    cachedContentTokenCount: cache.tokens,
    cacheTokensDetails: [{ modality: 'TEXT', tokenCount: cache.tokens }],
  };
}

function modalityOf(mimeType: string): string {
  const [kind = ''] = mimeType.split('/', 1);
  if (kind === 'image' || kind === 'audio' || kind === 'video') return kind.toUpperCase();
  return kind === 'text' || mimeType === 'application/json' ? 'TEXT' : 'DOCUMENT';
}
