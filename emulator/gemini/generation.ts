import { composeText, fitText, seedOf, splitText } from './answer-text.ts';
import type { Behaviour } from './behaviour.ts';
import { apiErrors } from './errors.ts';
import type { FunctionDeclaration, GenerateRequest } from './generate-request.ts';
import { cacheUsageOf, countTokens, type ModalityTokens, promptTokensOf, sumTokens, withCachedTokens } from './prompt-tokens.ts';
import { sampleSchema } from './schema-sample.ts';

type Part = Readonly<Record<string, unknown>>;
type FinishReason = 'STOP' | 'MAX_TOKENS';

const DEFAULT_PIECE_CHARACTERS = 40;
const THOUGHT = 'The request is clear; the answer follows from it.';
const CHARACTERS_PER_TOKEN = 4;

/** One answer of a model, as the parts that a stream carries one by one. */
export interface Generation {
  readonly model: string;
  readonly responseId: string;
  readonly thoughts: readonly string[];
  /** Text in pieces, or whole parts such as function calls. */
  readonly pieces: readonly (string | Part)[];
  readonly finishReason: FinishReason;
  readonly promptTokensDetails: readonly ModalityTokens[];
  readonly cacheUsage: Part;
}

/** Decides what the model answers: a function of the request, the model and the shape that the behaviour asks for. */
export function generate(request: GenerateRequest, model: string, shape: Behaviour): Generation {
  if (request.isJson && request.functions.length > 0 && model.startsWith('gemini-2.0')) {
    throw apiErrors.invalidArgument("Function calling with a response mime type: 'application/json' is unsupported");
  }
  const { pieces, finishReason } = composeAnswer(request, shape);
  return {
    model,
    responseId: Buffer.from(`${model}:${seedOf(request.userText).toString(36)}`).toString('base64url'),
    thoughts: request.includesThoughts ? [THOUGHT] : [],
    pieces,
    finishReason,
    promptTokensDetails: withCachedTokens(promptTokensOf(request), request),
    cacheUsage: cacheUsageOf(request),
  };
}

/** The answer as one GenerateContentResponse. */
export function toWholeResponse(generation: Generation): Part {
  const { pieces } = generation;
  const text = pieces.filter((piece) => typeof piece === 'string').join('');
  const parts = [
    ...generation.thoughts.map(thoughtPart),
    ...(text === '' ? [] : [{ text }]),
    ...pieces.filter((piece) => typeof piece !== 'string'),
  ];
  const sentCharacters = pieces.reduce((sum, piece) => sum + lengthOf(piece), 0);
  return toResponse(generation, { parts, sentCharacters, isLast: true });
}

/** The answer as the GenerateContentResponses of a stream: running totals, the reason for the end in the last one only. */
export function* toStreamedResponses(generation: Generation): Generator<Part> {
  const { pieces, thoughts } = generation;
  for (const thought of thoughts)
    yield toResponse(generation, { parts: [thoughtPart(thought)], sentCharacters: 0, isLast: false });
  if (pieces.length === 0) yield toResponse(generation, { parts: [], sentCharacters: 0, isLast: true });
  let sentCharacters = 0;
  for (const [index, piece] of pieces.entries()) {
    sentCharacters += lengthOf(piece);
    const parts = [typeof piece === 'string' ? { text: piece } : piece];
    yield toResponse(generation, { parts, sentCharacters, isLast: index === pieces.length - 1 });
  }
}

function composeAnswer(request: GenerateRequest, shape: Behaviour): Pick<Generation, 'pieces' | 'finishReason'> {
  const declaration = request.functionResponses.length > 0 ? undefined : chooseFunction(request);
  if (declaration !== undefined) return { pieces: [functionCallPart(declaration)], finishReason: 'STOP' };
  if (request.isJson || request.isEnum) {
    const pieces = splitStructured(composeStructured(request), shape);
    return { pieces, finishReason: 'STOP' };
  }
  const { text, finishReason } = limitText(request, composeText(request));
  return { pieces: shapeText(text, shape), finishReason };
}

/** The function whose name the user mentions, or else the first. */
function chooseFunction({ functions, userText }: GenerateRequest): FunctionDeclaration | undefined {
  return functions.find(({ name }) => userText.includes(name)) ?? functions[0];
}

function functionCallPart({ name, schema }: FunctionDeclaration): Part {
  const args = schema === undefined ? {} : sampleSchema(schema);
  const thoughtSignature = Buffer.from(`signature of ${name}`).toString('base64');
  return { functionCall: { name, args }, thoughtSignature };
}

function composeStructured(request: GenerateRequest): string {
  const value = request.responseSchema === undefined ? { answer: composeText(request) } : sampleSchema(request.responseSchema);
  return request.isEnum && typeof value === 'string' ? value : JSON.stringify(value);
}

function limitText(request: GenerateRequest, text: string): { readonly text: string; readonly finishReason: FinishReason } {
  const stops = request.stopSequences.map((sequence) => text.indexOf(sequence)).filter((index) => index >= 0);
  const end = Math.min(text.length, ...stops);
  const limit = request.maxOutputTokens === undefined ? end : request.maxOutputTokens * CHARACTERS_PER_TOKEN;
  return limit < end
    ? { text: text.slice(0, limit), finishReason: 'MAX_TOKENS' }
    : { text: text.slice(0, end), finishReason: 'STOP' };
}

function shapeText(text: string, { chunkCount, chunkBytes }: Behaviour): readonly string[] {
  if (chunkCount === undefined) return splitText(text, chunkBytes ?? DEFAULT_PIECE_CHARACTERS);
  const length = chunkCount * (chunkBytes ?? Math.max(1, Math.ceil(text.length / chunkCount)));
  return splitText(fitText(text, length), length / chunkCount);
}

/** Structured text keeps its length whatever the behaviour asks for. */
function splitStructured(json: string, { chunkCount, chunkBytes }: Behaviour): readonly string[] {
  return splitText(
    json,
    chunkBytes ?? (chunkCount === undefined ? DEFAULT_PIECE_CHARACTERS : Math.ceil(json.length / chunkCount)),
  );
}

function thoughtPart(text: string): Part {
  return { text, thought: true };
}

interface ResponseSlice {
  readonly parts: readonly Part[];
  /** Characters of the answer that have been sent with this slice, which the running totals are made of. */
  readonly sentCharacters: number;
  readonly isLast: boolean;
}

function toResponse(generation: Generation, { parts, sentCharacters, isLast }: ResponseSlice): Part {
  const content = parts.length === 0 ? { role: 'model' } : { parts, role: 'model' };
  const hasIndex = !generation.model.startsWith('gemini-2.0');
  return {
    candidates: [
      {
        content,
        ...(isLast ? { finishReason: generation.finishReason } : {}),
        ...(hasIndex ? { index: 0 } : {}),
      },
    ],
    usageMetadata: usageOf(generation, sentCharacters),
    modelVersion: generation.model,
    responseId: generation.responseId,
  };
}

function lengthOf(piece: string | Part): number {
  return typeof piece === 'string' ? piece.length : JSON.stringify(piece).length;
}

/** The usageMetadata after so many characters of the answer. */
export function usageOf({ promptTokensDetails, cacheUsage, thoughts }: Generation, sentCharacters: number): Part {
  const promptTokenCount = sumTokens(promptTokensDetails);
  const candidatesTokenCount = Math.ceil(sentCharacters / CHARACTERS_PER_TOKEN);
  const thoughtsTokenCount = countTokens(thoughts.join(''));
  return {
    promptTokenCount,
    ...(candidatesTokenCount === 0 ? {} : { candidatesTokenCount }),
    totalTokenCount: promptTokenCount + candidatesTokenCount + thoughtsTokenCount,
    promptTokensDetails,
    ...cacheUsage,
    ...(thoughtsTokenCount === 0 ? {} : { thoughtsTokenCount }),
  };
}
