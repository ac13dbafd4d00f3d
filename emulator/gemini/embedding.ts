import { seedOf } from './answer-text.ts';
import { apiErrors } from './errors.ts';
import { field, number, repeated, text, toMessage } from './proto-json.ts';
import { requireValid } from './require-valid.ts';

const DEFAULT_DIMENSIONS = 3072;
const MAX_BATCH_REQUESTS = 100;

/** Answers an EmbedContentRequest. */
export function embedContent(body: unknown, model: string): { readonly values: readonly number[] } {
  const request = requireValid('models.embedContent', body);
  requireSameModel(text(request, 'model'), model);
  const words = repeated(toMessage(field(request, 'content')), 'parts')
    .map((part) => text(toMessage(part), 'text'))
    .join('\n');
  if (words === '') throw apiErrors.invalidArgument('* EmbedContentRequest.content: contents is not specified\n');
  const maxDimensions = dimensionsOf(model);
  const dimensions = number(request, 'outputDimensionality') ?? maxDimensions;
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > maxDimensions) {
    throw apiErrors.invalidArgument(`* EmbedContentRequest.output_dimensionality: must be between 1 and ${maxDimensions}\n`);
  }
  return { values: unitVector(`${text(request, 'taskType')}\n${words}`, dimensions) };
}

/** Answers a BatchEmbedContentsRequest, in the order of its requests. */
export function batchEmbedContents(body: unknown, model: string): unknown {
  const requests = repeated(requireValid('models.batchEmbedContents', body), 'requests');
  if (requests.length > MAX_BATCH_REQUESTS) {
    throw apiErrors.invalidArgument(
      `* BatchEmbedContentsRequest.requests: at most ${MAX_BATCH_REQUESTS} requests can be in one batch\n`,
    );
  }
  if (requests.length === 0) throw apiErrors.invalidArgument('* BatchEmbedContentsRequest.requests: requests is not specified\n');
  return { embeddings: requests.map((request) => embedContent(request, model)) };
}

/** A vector of length 1 that is a function of the text alone. */
export function unitVector(words: string, dimensions: number): readonly number[] {
  let state = seedOf(words) || 1;
  const raw = Array.from({ length: dimensions }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2 ** 31;
  });
  const length = Math.hypot(...raw);
  return raw.map((value) => Number((value / length).toPrecision(8)));
}

function requireSameModel(named: string, model: string): void {
  if (named !== '' && named !== model && `models/${named}` !== model) {
    throw apiErrors.invalidArgument(`The model of the request (${named}) must be the one in the path (${model}).`);
  }
}

function dimensionsOf(model: string): number {
  return model.includes('text-embedding-004') ? 768 : DEFAULT_DIMENSIONS;
}
