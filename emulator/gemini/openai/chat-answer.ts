import { type Generation, usageOf } from '../generation.ts';
import { number, toMessage } from '../proto-json.ts';

/** Always the same, so that the same request gets the same bytes. */
const CREATED_SECONDS = 1_750_000_000;

type Delta = Readonly<Record<string, unknown>>;

/** The answer as one chat completion. */
export function toChatCompletion(generation: Generation): unknown {
  const text = generation.pieces.filter((piece) => typeof piece === 'string').join('');
  const calls = generation.pieces.filter((piece) => typeof piece !== 'string').map(toToolCall);
  const message = {
    ...(text === '' ? {} : { content: text }),
    role: 'assistant',
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
  return {
    choices: [{ finish_reason: finishReasonOf(generation), index: 0, message }],
    ...factsOf(generation, 'chat.completion'),
    usage: toUsage(generation),
  };
}

/** The answer as the chunks of a stream. */
export function* toChatChunks(generation: Generation, includesUsage: boolean): Generator<unknown> {
  const last = generation.pieces.length - 1;
  for (const [index, piece] of generation.pieces.entries()) {
    const delta: Delta = typeof piece === 'string' ? { content: piece } : { tool_calls: [toToolCall(piece, 0)] };
    const end = index === last ? { finish_reason: finishReasonOf(generation) } : {};
    yield {
      choices: [{ delta: { ...delta, role: 'assistant' }, ...end, index: 0 }],
      ...factsOf(generation, 'chat.completion.chunk'),
      ...(includesUsage && index === last ? { usage: toUsage(generation) } : {}),
    };
  }
}

function factsOf({ model, responseId }: Generation, object: string): Delta {
  return { created: CREATED_SECONDS, id: responseId, model, object };
}

function toToolCall(part: Delta, index: number): unknown {
  const { name, args } = toMessage(part.functionCall);
  return { function: { arguments: JSON.stringify(args ?? {}), name }, id: String(name), index, type: 'function' };
}

function finishReasonOf({ pieces, finishReason }: Generation): string {
  if (pieces.some((piece) => typeof piece !== 'string')) return 'tool_calls';
  return finishReason === 'MAX_TOKENS' ? 'length' : 'stop';
}

function toUsage(generation: Generation): unknown {
  const sent = generation.pieces.reduce((sum, piece) => sum + (typeof piece === 'string' ? piece.length : 0), 0);
  const usage = usageOf(generation, sent);
  return {
    completion_tokens: number(usage, 'candidatesTokenCount') ?? 0,
    prompt_tokens: usage.promptTokenCount,
    total_tokens: usage.totalTokenCount,
  };
}
