import { formatPrettyJson, parseOperation } from '@gemini-proxy/gemini';
import { collectBody, joined, wholeBody } from '../collect-body.ts';
import type { UpstreamResponse } from '../worker.ts';
import type { Adaptation } from './adaptation.ts';
import { concatenated, isObject, readObject, withFirstMember } from './json-body.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * `:embedContent` as `:batchEmbedContents` with one request, and its answer back.
 *
 * The request's bytes stand unchanged in the batch, behind the model where they name none. The answer keeps the numbers as the
 * service printed them. An error is the service's own, with the batch's field paths (`requests[0]…`) in its text.
 */
export const embedContentAsBatch: Adaptation = {
  name: 'embed-content-as-batch',
  applies: ({ method, path, headers }) =>
    parseOperation(method, path).name === 'models.embedContent' && !headers.some(([name]) => name === 'content-encoding'),
  async execute({ request, body, signal, execute }) {
    const path = request.path.replace(EMBED_VERB, '$1batchEmbedContents');
    const content = body === undefined ? new Uint8Array(0) : joined(await collectBody(body, signal));
    const response = await execute(
      { ...request, path },
      wholeBody(toBatch(content, modelOf(request.method, request.path))),
      signal,
    );
    return response.status === 200 ? { ...response, body: toSingleAnswer(response) } : response;
  },
};

/** The verb at the end of the path; some clients percent-encode the colon. */
const EMBED_VERB = /(:|%3[aA])embedContent(?=\/?(?:\?|$))/;

function modelOf(method: string, path: string): string {
  const model = parseOperation(method, path).model ?? '';
  return model.includes('/') ? model : `models/${model}`;
}

function toBatch(content: Bytes, model: string): Bytes {
  const object = readObject(content);
  const isNamed = object === undefined || Object.hasOwn(object, 'model');
  const item = isNamed ? content : withFirstMember(content, object, `"model":${JSON.stringify(model)}`);
  return concatenated('{"requests":[', item, ']}');
}

async function* toSingleAnswer({ body }: UpstreamResponse): AsyncGenerator<Bytes, void> {
  const pieces: Bytes[] = [];
  for await (const piece of body ?? []) pieces.push(piece);
  const whole = joined(pieces);
  const answer = singleAnswer(new TextDecoder().decode(whole));
  yield answer === undefined ? whole : new TextEncoder().encode(answer);
}

const BATCH_OF_ONE = /^\{\s*"embeddings":\s*\[\s*(\{[\s\S]*\})\s*\]\s*\}\s*$/;

/** The answer with its one embedding, or nothing where the service answered something else. */
function singleAnswer(text: string): string | undefined {
  const { embeddings, ...rest } = readAnswer(text);
  if (!Array.isArray(embeddings) || embeddings.length !== 1) return undefined;
  const [, embedding] = (Object.keys(rest).length === 0 && BATCH_OF_ONE.exec(text)) || [];
  if (embedding === undefined) return formatPrettyJson({ embedding: embeddings[0], ...rest });
  // One level less of indentation; a raw line break cannot stand inside a JSON string.
  return text.includes('\n') ? `{\n  "embedding": ${embedding.replaceAll('\n  ', '\n')}\n}\n` : `{"embedding":${embedding}}`;
}

function readAnswer(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
